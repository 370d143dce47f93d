#!/usr/bin/env bash
# A compressor's command with its options: all files as one stream. Stored is what it prints.
. "$(dirname "$0")/common.sh"
need "$1"
stored=$(stream | "$@" | wc -c)
result "$stored" "$1 $(packages "$1")"
