"""Pages of words."""

import string

import pytest
from dgen_py import Generator

PAGE = 4096
TAG = 16


def test_pages_are_words_behind_their_tags() -> None:
    generator = Generator(1 << 20, compress_ratio=2.5, texture="text", tune="zstd", seed=3)
    assert generator.recipe == "dgen1,seed=0x3,compress=5/2,texture=text,tune=zstd"
    data = b"".join(bytes(chunk) for chunk in generator)
    allowed = set((string.ascii_letters + string.digits + " ,.:;-\n").encode())
    for start in range(0, len(data), PAGE):
        assert set(data[start + TAG : start + PAGE]) <= allowed
    assert data == b"".join(bytes(chunk) for chunk in Generator.from_recipe(generator.recipe, 1 << 20))


def test_one_compressor_must_be_named() -> None:
    with pytest.raises(ValueError, match="lz4, zstd or zlib with texture=text"):
        Generator(1 << 20, compress_ratio=2.5, texture="text")
    with pytest.raises(ValueError, match="rar"):
        Generator(1 << 20, compress_ratio=2.5, texture="text", tune="rar")
