#!/bin/bash
# Writes and verifies one file from all ranks of a Slurm job, without MPI: sbatch slurm.sh PATH SIZE
#SBATCH --job-name=dgen
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=4
set -eu
path=$1 size=$2 reports=${3:-reports-$SLURM_JOB_ID}
mkdir -p "$reports"

# Each task takes its part by SLURM_PROCID; --kill-on-bad-exit ends all of them when one fails.
srun --kill-on-bad-exit=1 dgen write "$path" --size "$size" --seed "$SLURM_JOB_ID" --dedup-ratio 2 --compress-ratio 1.5 \
    "--json=$reports/write-{rank}.json"
srun --kill-on-bad-exit=1 dgen verify "$path" "--json=$reports/verify-{rank}.json"
