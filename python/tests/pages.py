"""Pages of what clients write, told apart; importing this imports nothing of the tests, so that spawned processes can."""

import hashlib

import dgen_py

PAGE = 4096


def pages_of(data):
    """A digest of each whole page."""
    view = memoryview(data).cast("B")
    return [hashlib.sha256(view[at : at + PAGE]).digest() for at in range(0, len(view) - PAGE + 1, PAGE)]


def all_differ(pages):
    return len(pages) > 0 and len(set(pages)) == len(pages)


def files_of_one_generator(generator, files, size):
    """The pages of files that are written from one generator, which starts anew for each."""
    pages = []
    for _ in range(files):
        generator.reset()
        pages += pages_of(generator.get_chunk(size))
    return pages


def rank_of_its_own(queue, files, size):
    """What a process does that makes its own generator."""
    queue.put(files_of_one_generator(dgen_py.Generator(size), files, size))


def rank_of_a_given_one(queue, generator, files, size):
    """What a process does that is handed a generator."""
    queue.put(files_of_one_generator(generator, files, size))
