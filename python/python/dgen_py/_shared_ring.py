"""A ring of buffers in shared memory, between a generator and the processes that consume its data.

What is filled goes to the consumers through one queue, from which each takes the next. What is given back comes to the
producer through a line of each consumer, made by the process that uses it. All are sockets, so that the end of a
process, however it comes, ends the wait of the other side. The memory has no name: the system frees it with its last user.
"""

from __future__ import annotations

import contextlib
import errno
import io
import mmap
import os
import select
import socket
import time
from collections.abc import Callable
from operator import index
from typing import TYPE_CHECKING, NoReturn

from ._dgen import Generator
from ._ring_consumer import FILLED, LEAVING, WORD, RingConsumer, Shape, is_over, mapped, poll_ms, tell_after_fork
from ._source import size_of
from ._values import not_accepted, seconds

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from .typing import Size

__all__ = ["SharedRing"]

_MAX_BUFFERS = 256
_MAX_BUFFER_SIZE = 1 << 40


class SharedRing:
    """Fills buffers in shared memory from a generator, for consumers in other processes; none is refilled while in use.

    `buffers` (1 to 256) of `buffer_size` bytes each (a number, or text such as "8MiB"; the generator's `chunk_size` by default) are all the memory there is,
    whatever the size of the stream. Give `consumer()` to the processes that consume, start them, then fill: `run()` does
    all of it, `fill_next()` one buffer. Any start method of `multiprocessing` will do, and several consumers compete for
    the buffers: each chunk goes to one of them.

    A side that ends before it is done, killed or not, is an error of the other: `BrokenPipeError` here,
    `ConnectionResetError` there, also in the midst of waiting. `timeout` is how many seconds either side waits for the
    other before it raises `TimeoutError` (None: for ever). The ring is of the process and for one thread at a time; the
    generator is its own meanwhile. Nothing is left in `/dev/shm`, whose size is no limit either.

    A script, which any start method runs:

        def consume(consumer, path):
            with consumer, open(path, "wb") as file:
                for chunk in consumer:
                    file.write(chunk.view)

        if __name__ == "__main__":
            with dgen_py.SharedRing(dgen_py.Generator(10 << 30), buffers=4, buffer_size=8 << 20) as ring:
                process = multiprocessing.Process(target=consume, args=(ring.consumer(), "/mnt/test/checkpoint"))
                process.start()
                ring.run()
            process.join()
    """

    def __init__(
        self, generator: Generator, buffers: int = 4, buffer_size: Size | None = None, *, timeout: float | None = None
    ) -> None:
        if not isinstance(generator, Generator):
            raise TypeError(f"generator: a Generator is required, not {type(generator).__name__}")
        count = index(buffers)
        if not 1 <= count <= _MAX_BUFFERS:
            raise not_accepted("buffers", buffers, f"1 to {_MAX_BUFFERS}")
        size = generator.chunk_size if buffer_size is None else buffer_size
        size = size_of("buffer_size", size, 1, _MAX_BUFFER_SIZE, "1 to 2^40 bytes")
        shape = Shape(count, size, None if timeout is None else seconds(timeout))
        memory = io.FileIO(os.memfd_create("dgen_py.SharedRing"), "r+")
        try:
            memory.truncate(shape.mapped)
            self._map = mapped(memory, shape)
        except BaseException:
            memory.close()
            raise
        self._generator, self._shape = generator, shape
        self._free = list(range(count))
        self._begun = self._elsewhere = False
        # The consumers by their line; the door lets in those to come.
        self._processes: dict[int, tuple[socket.socket, int]] = {}
        self._seen = 0
        self._queue, queue = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        door, their_door = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door: socket.socket | None = door
        self._poll = select.poll()
        self._poll.register(door, select.POLLIN)
        self._consumer = RingConsumer(shape, memory, queue, their_door)
        tell_after_fork(self)

    @property
    def buffers(self) -> int:
        """Number of buffers."""
        return self._shape.buffers

    @property
    def buffer_size(self) -> int:
        """Bytes in a buffer; the last chunk may be shorter."""
        return self._shape.size

    def consumer(self) -> RingConsumer:
        """What the consuming processes need: an argument for each of them, the same for all."""
        self._check()
        return self._consumer

    def fill_next(self) -> int:
        """Waits for a free buffer, fills it with the next bytes and passes it on; returns their number.

        At the end of the generator's bytes it does what `finish()` does, and returns 0. The processes that consume must
        have been started before the first call.
        """
        self._begin()
        if self._map[-1] or self._generator.is_complete():
            self.finish()
            return 0
        if not self._free:
            self._wait(lambda: bool(self._free))
        number, position = self._free.pop(), self._generator.position()
        start = number * self._shape.stride
        try:
            with memoryview(self._map) as whole, whole[start : start + self._shape.size] as buffer:
                length = self._generator.fill_chunk(buffer)
        except BaseException:
            self._free.append(number)
            self._generator.seek(position)
            raise
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # The wait for a buffer tells who it was.
            self._queue.send(FILLED.pack(number, position, length), socket.MSG_NOSIGNAL)
        return length

    def finish(self) -> None:
        """Ends the stream for the consumers, also before the generator's end, and waits until all buffers are given back."""
        self._begin()
        self._map[-1] = 1
        _shut(self._queue)
        self._wait(lambda: len(self._free) == self._shape.buffers)

    def run(self) -> int:
        """Fills buffers to the end of the generator's bytes and waits until all are given back; returns the bytes passed on."""
        total = 0
        while length := self.fill_next():
            total += length
        return total

    def close(self) -> None:
        """Lets go of memory and consumers; those that still wait get an error, unless the stream was finished."""
        _shut(self._queue)
        self._let_go()
        if not self._elsewhere:
            self._consumer._let_go()

    def __enter__(self) -> Self:
        self._check()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "of another process" if self._elsewhere else "closed" if self._map.closed else f"free={len(self._free)}"
        return f"<dgen_py.SharedRing buffers={self.buffers} buffer_size={self.buffer_size} {state}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("cannot pickle 'SharedRing' object; give its consumer() to the process")

    def _check(self) -> None:
        if self._elsewhere:
            raise RuntimeError("the ring belongs to the process that made it; this one may have its consumer()")
        if self._map.closed:
            raise ValueError("the ring is closed")

    def _begin(self) -> None:
        """Lets go of the consumers' ends, so that only consumers have them."""
        self._check()
        if not self._begun:
            self._begun = True
            self._consumer._let_go()

    def _wait(self, done: Callable[[], bool]) -> None:
        """Takes note of what the consumers say until it is enough."""
        limit = self._shape.timeout
        deadline = None if limit is None else time.monotonic() + limit
        while not done():
            if self._door is None and not self._processes:
                self._fail("none is left" if self._seen else "no process took part; start those that have it before the first fill")
            if not self._hear(poll_ms(deadline)) and is_over(deadline):
                held = self._shape.buffers - len(self._free)
                raise TimeoutError(f"timeout: {held} of {self.buffers} buffers were not given back in {limit} s")

    def _hear(self, milliseconds: int | None) -> int:
        """Waits for words of consumers and reads one of each; returns how many had something to say."""
        ready = self._poll.poll(milliseconds)
        for fd, _ in ready:
            if self._door is not None and fd == self._door.fileno():
                self._let_in(self._door)
            else:
                self._listen(fd)
        return len(ready)

    def _let_in(self, door: socket.socket) -> None:
        said, fds, _, _ = socket.recv_fds(door, WORD.size, 1, socket.MSG_CMSG_CLOEXEC)
        if not said:
            self._poll.unregister(door)
            door.close()
            self._door = None
            return
        if not fds:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        line = socket.socket(fileno=fds[0])
        self._processes[line.fileno()] = line, WORD.unpack(said)[0]
        self._poll.register(line, select.POLLIN)
        self._seen += 1

    def _listen(self, fd: int) -> None:
        line, process = self._processes[fd]
        said = line.recv(WORD.size)
        word = WORD.unpack(said)[0] if said else LEAVING
        if word != LEAVING:
            self._free.append(word)
            return
        self._poll.unregister(line)
        line.close()
        del self._processes[fd]
        if not said:
            self._fail(f"process {process} ended before it was done")

    def _fail(self, what: str) -> NoReturn:
        self.close()
        raise BrokenPipeError(errno.EPIPE, f"consumer: {what}")

    def _let_go(self) -> None:
        self._queue.close()
        if self._door is not None:
            self._door.close()
        for line, _ in self._processes.values():
            line.close()
        self._map.close()

    def _forked(self) -> None:
        """In a forked child: leaves the producer's ends to the parent."""
        self._elsewhere = True
        with contextlib.suppress(BufferError):  # A thread of the parent was filling; the child has no such thread.
            self._let_go()


def _shut(end: socket.socket) -> None:
    """The end for all who have a copy of it."""
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


SharedRing.__module__ = "dgen_py"
