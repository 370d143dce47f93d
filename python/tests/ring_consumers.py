"""What the tests of the ring run in other processes."""

import hashlib
import os
import random
import signal
import threading
import time

import dgen_py

PAGE = 4096


def write(consumer, path, pause=0.0):
    """Writes each chunk to its place in a file that exists, with pauses up to `pause` seconds."""
    fd = os.open(path, os.O_WRONLY)
    with consumer:
        for chunk in consumer:
            os.pwrite(fd, chunk.view, chunk.position)
            time.sleep(random.uniform(0, pause))
    os.close(fd)


def positions(consumer, answers, threads=1):
    """Sends the positions and lengths that each of some threads got."""
    def one():
        got = [(chunk.position, len(chunk)) for chunk in consumer]
        answers.send(got)

    with consumer:
        workers = [threading.Thread(target=one) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()


def count_pages(consumer, answers):
    """Sends how many pages came, and how many different ones."""
    pages, seen = 0, set()
    for chunk in consumer:
        for start in range(0, len(chunk), PAGE):
            pages += 1
            seen.add(hashlib.blake2b(chunk.view[start : start + PAGE], digest_size=16).digest())
    answers.send((pages, len(seen)))


def hold_two(consumer, answers):
    """Holds the first two chunks to the end of the stream; sends how many chunks came and whether the two ever changed."""
    held = [consumer.take(), consumer.take()]
    before, count, same = [bytes(chunk.view) for chunk in held], 2, True
    for _ in consumer:
        count += 1
        same = same and [bytes(chunk.view) for chunk in held] == before
    for chunk in held:
        chunk.release()
    answers.send((count, same))


def keep_views(consumer, answers, kind):
    """Tries to give a chunk back while something of it is in use; goes on when told to."""
    chunk = consumer.take()
    before = bytes(chunk.view)
    if kind == "array":
        import numpy

        kept = numpy.frombuffer(chunk.view, dtype=numpy.uint8)
    else:
        kept = chunk.view[10:]
    skipped = len(before) - len(kept)
    try:
        chunk.release()
        answers.send("released")
    except BufferError as error:
        answers.send(str(error))
    answers.recv()
    answers.send(bytes(kept) == before[skipped:])
    del kept
    chunk.release()
    answers.send([chunk.position for chunk in consumer])


def keep_in_loop(consumer, answers):
    kept = []
    try:
        for chunk in consumer:
            kept.append(chunk.view[:1])
    except BufferError as error:
        answers.send(str(error))


def drop(consumer, answers):
    """Never releases a chunk, only drops it."""
    got = 0
    while (chunk := consumer.take()) is not None:
        got += len(chunk)
        del chunk
    answers.send(got)


def use_after_release(consumer, answers):
    chunk = consumer.take()
    view = chunk.view
    chunk.release()
    chunk.release()
    try:
        view[0]
    except ValueError as error:
        answers.send(str(error))
    consumer.close()


def write_to_view(consumer, answers):
    with consumer, consumer.take() as chunk:
        try:
            chunk.view[0] = 1
        except TypeError as error:
            answers.send(str(error))
    try:
        consumer.take()
    except ValueError as error:
        answers.send(str(error))


def take_and_stay(consumer, answers, chunks):
    """Takes that many chunks, says so and holds them until it is killed."""
    held = [consumer.take() for _ in range(chunks)]
    answers.send(len(held))
    signal.pause()


def fork_and_stay(consumer, answers):
    """Takes a chunk, forks a child that lives on while `answers` is open, and stays."""
    held = consumer.take()
    child = os.fork()
    if child == 0:
        try:
            consumer.take()
        except RuntimeError as error:
            answers.send((os.getpid(), str(error), held.position))
        signal.pause()
    signal.pause()


def loop(consumer):
    for _ in consumer:
        pass


def end_of_wait(consumer, answers):
    """Sends what ended the loop."""
    try:
        for chunk in consumer:
            answers.send(chunk.position)
        answers.send("end")
    except Exception as error:
        answers.send(f"{type(error).__name__}: {error}")


def leave(consumer, answers, chunks):
    """Leaves after that many chunks."""
    with consumer:
        got = 0
        for _ in consumer:
            got += 1
            if got == chunks:
                break
    answers.send(got)


def leave_in_silence(consumer, chunks):
    """Returns after that many chunks, without leaving."""
    for number, _ in enumerate(consumer, 1):
        if number == chunks:
            break


def fail(consumer):
    with consumer:
        for _ in consumer:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            raise ValueError("no space")


def interrupted(consumer, answers):
    """Is interrupted while it waits, and takes the next chunk then."""
    def interrupt(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        consumer.take()
    except KeyboardInterrupt:
        answers.send("interrupted")
    answers.send([chunk.position for chunk in consumer])


def produce(method, report, paused):
    """A producer that starts a consumer and fills for ever or stands still; prints who the other processes are."""
    import multiprocessing

    context = multiprocessing.get_context(method)
    ring = dgen_py.SharedRing(dgen_py.Generator(1 << 40, seed=1), 3, 1 << 16)
    process = context.Process(target=report_end, args=(ring.consumer(), report))
    process.start()
    # One that has nothing to do with it and outlives the producer.
    other = os.fork()
    if other == 0:
        signal.pause()
    for _ in range(3):
        ring.fill_next()
    print(process.pid, other, flush=True)
    if paused:
        signal.pause()
    ring.run()


def report_end(consumer, report):
    try:
        loop(consumer)
        end = "end"
    except Exception as error:
        end = type(error).__name__
    with open(report + ".part", "w") as file:
        file.write(end)
    os.rename(report + ".part", report)


def report_through(consumer, answers):
    """Says that it takes part, and what ends it."""
    try:
        consumer.take().release()
        answers.send("took part")
        loop(consumer)
        answers.send("end")
    except Exception as error:
        answers.send(type(error).__name__)


def end_at_once(consumer):
    """Never asks for a chunk."""
