"""Shows what repeats data and what does not: seeds, set_seed, reset and the recipe."""

import argparse
import hashlib

import dgen_py


def digest(generator: dgen_py.Generator, size: int) -> str:
    """The hash of the next `size` bytes."""
    buffer = bytearray(size)
    assert generator.fill_chunk(buffer) == size
    return hashlib.blake2b(buffer, digest_size=8).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=8, metavar="MIB", help="MiB per sample (default: 8)")
    parser.add_argument("--seed", type=int, default=42, help="the seed that repeats (default: 42)")
    arguments = parser.parse_args()
    size, seed = arguments.size << 20, arguments.seed

    # The same seed gives the same bytes: in any process, with any number of threads.
    first = digest(dgen_py.Generator(size=size, seed=seed), size)
    again = digest(dgen_py.Generator(size=size, seed=seed, max_threads=1), size)
    assert first == again
    print(f"seed {seed}, twice:      {first} {again}")

    # set_seed changes streams and rewinds, wherever the generator stands.
    generator = dgen_py.Generator(size=4 * size, seed=seed)
    a = digest(generator, size)
    generator.set_seed(seed + 1)
    b = digest(generator, size)
    generator.set_seed(seed)
    assert (a, digest(generator, size)) == (first, first) and b != a
    print(f"set_seed, A B A:       {a} {b} {a}")

    # Without a seed one is drawn; seek(0) replays it, reset() draws another: fresh samples without end.
    generator = dgen_py.Generator(size=size)
    drawn = digest(generator, size)
    generator.seek(0)
    assert digest(generator, size) == drawn
    generator.reset()
    fresh = digest(generator, size)
    assert fresh != drawn
    print(f"seek, then reset:      {drawn} {fresh}")

    # The recipe is all that is needed to make the bytes again, also of an unseeded run.
    recipe = generator.recipe
    assert digest(dgen_py.Generator.from_recipe(recipe, size), size) == fresh
    print(f"the same from recipe:  {recipe}")


if __name__ == "__main__":
    main()
