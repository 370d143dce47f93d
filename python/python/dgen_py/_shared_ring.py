"""A ring of buffers in shared memory, between a generator and the processes that consume its data.

What is filled goes to the consumers through one queue, from which each takes the next. What is given back comes to the
producer through a line of each consumer, made by the process that uses it. All are sockets, so that the end of a
process, however it comes, ends the wait of the other side. The memory has no name: the system frees it with its last user.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import mmap
import os
import select
import socket
import struct
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ._dgen import Generator
from ._values import not_accepted, seconds

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["RingChunk", "RingConsumer", "SharedRing"]

_MAX_BUFFERS = 256
_MAX_BUFFER_SIZE = 1 << 40
# A filled buffer: its number, the generator's position and the bytes. A word of a consumer: a buffer's number, or that it leaves.
_FILLED = struct.Struct("=IQQ")
_WORD = struct.Struct("=i")
_LEAVING = -1
_LONGEST_POLL_MS = 2**31 - 1


class SharedRing:
    """Fills buffers in shared memory from a generator, for consumers in other processes; none is refilled while in use.

    `buffers` (1 to 256) of `buffer_size` bytes each (the generator's `chunk_size` by default) are all the memory there is,
    whatever the size of the stream. Give `consumer()` to the processes that consume, start them, then fill: `run()` does
    all of it, `fill_next()` one buffer. Any start method of `multiprocessing` will do, and several consumers compete for
    the buffers: each chunk goes to one of them.

    A side that ends before it is done, killed or not, is an error of the other: `BrokenPipeError` here,
    `ConnectionResetError` there, also in the midst of waiting. `timeout` is how many seconds either side waits for the
    other before it raises `TimeoutError` (None: for ever). The ring is of the process and for one thread at a time; the
    generator is its own meanwhile. Nothing is left in `/dev/shm`, whose size is no limit either.

    >>> import dgen_py, multiprocessing
    >>> def consume(consumer, path):
    ...     with consumer, open(path, "wb") as file:
    ...         for chunk in consumer:
    ...             file.write(chunk.view)
    >>> generator = dgen_py.Generator(10_000_000, seed=7)
    >>> with dgen_py.SharedRing(generator, buffers=4, buffer_size=1 << 20) as ring:
    ...     process = multiprocessing.get_context("fork").Process(target=consume, args=(ring.consumer(), "/dev/null"))
    ...     process.start()
    ...     ring.run()
    10000000
    >>> process.join()
    """

    def __init__(
        self, generator: Generator, buffers: int = 4, buffer_size: int | None = None, *, timeout: float | None = None
    ) -> None:
        if not isinstance(generator, Generator):
            raise TypeError(f"generator: a Generator is required, not {type(generator).__name__}")
        count = _in_range("buffers", buffers, _MAX_BUFFERS, "1 to 256")
        size = generator.chunk_size if buffer_size is None else buffer_size
        size = _in_range("buffer_size", size, _MAX_BUFFER_SIZE, "1 to 2^40 bytes")
        shape = _Shape(count, size, generator.total_size(), None if timeout is None else seconds(timeout))
        memory = io.FileIO(os.memfd_create("dgen_py.SharedRing"), "r+")
        try:
            memory.truncate(shape.mapped)
            self._map = _mapped(memory, shape)
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
        _known.add(self)

    @property
    def buffers(self) -> int:
        """Number of buffers."""
        return self._shape.count

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
            self._queue.send(_FILLED.pack(number, position, length), socket.MSG_NOSIGNAL)
        return length

    def finish(self) -> None:
        """Ends the stream for the consumers, also before the generator's end, and waits until all buffers are given back."""
        self._begin()
        self._map[-1] = 1
        _shut(self._queue)
        self._wait(lambda: len(self._free) == self._shape.count)

    def run(self) -> int:
        """Fills buffers to the end of the generator's bytes and waits until all are given back; returns the bytes passed on."""
        total = 0
        while length := self.fill_next():
            total += length
        return total

    def close(self) -> None:
        """Lets go of memory and consumers; those that still wait get an error, unless the stream was finished."""
        _known.discard(self)
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
        """Takes note of what the consumers say, and waits for more until it is enough."""
        limit = self._shape.timeout
        deadline = None if limit is None else time.monotonic() + limit
        while self._hear(0):
            pass
        while not done():
            if self._door is None and not self._processes:
                self._fail("none is left" if self._seen else "no process took part; start those that have it before the first fill")
            if not self._hear(_poll_ms(deadline)) and _is_over(deadline):
                held = self._shape.count - len(self._free)
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
        said, fds, _, _ = socket.recv_fds(door, _WORD.size, 1, socket.MSG_CMSG_CLOEXEC)
        if not said:
            self._poll.unregister(door)
            door.close()
            self._door = None
            return
        if not fds:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        line = socket.socket(fileno=fds[0])
        self._processes[line.fileno()] = line, _WORD.unpack(said)[0]
        self._poll.register(line, select.POLLIN)
        self._seen += 1

    def _listen(self, fd: int) -> None:
        line, process = self._processes[fd]
        said = line.recv(_WORD.size)
        word = _WORD.unpack(said)[0] if said else _LEAVING
        if word != _LEAVING:
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


class RingConsumer:
    """The consumers' side of a `SharedRing`, which makes it: pass it to processes, in their arguments.

    Iterating gives each chunk in turn and gives the one before back; `take()` is for those who hold several. Threads may
    share it. Used as a context manager, it leaves the ring at the end of the block, also before the end of the stream,
    with all buffers given back; a block that ends by an exception is an error of the producer, too.

    It can be pickled only while a process is started, and used only in processes other than the ring's. The process that
    asks for the first chunk takes part; those that it forks later do not.
    """

    def __init__(self, shape: _Shape, memory: io.FileIO, queue: socket.socket, door: socket.socket, *, here: bool = True) -> None:
        self._shape, self._memory, self._queue, self._door = shape, memory, queue, door
        self._in_the_rings_process = here
        self._line: socket.socket | None = None
        self._ended = self._elsewhere = False
        # What is held by number: whether its memory is still seen, and the chunk.
        self._held: dict[int, tuple[weakref.ref[Any], weakref.ref[RingChunk]]] = {}
        self._lock = threading.RLock()
        _known.add(self)

    def take(self) -> RingChunk | None:
        """Waits for the next chunk and returns it, None at the end of the stream.

        Raises `ConnectionResetError` when the producer ended before the end of the stream, `TimeoutError`.
        """
        self._take_part()
        limit = self._shape.timeout
        deadline = None if limit is None else time.monotonic() + limit
        poll = select.poll()
        poll.register(self._queue, select.POLLIN)
        while True:
            try:
                filled = self._queue.recv(_FILLED.size, socket.MSG_DONTWAIT)
                break
            except BlockingIOError:
                if not poll.poll(_poll_ms(deadline)) and _is_over(deadline):
                    held = len(self._held)
                    what = f"no chunk came in {limit} s ({held} of {self._shape.count} buffers are held here)"
                    raise TimeoutError(f"timeout: {what}") from None
        if filled:
            return self._chunk(*_FILLED.unpack(filled))
        if not self._map[-1]:
            raise ConnectionResetError(errno.ECONNRESET, "producer: it ended before the end of the stream")
        self._ended = True
        self._leave_when_done()
        return None

    def __iter__(self) -> Iterator[RingChunk]:
        """Gives each chunk until the end, and back when the next is asked for.

        Raises `BufferError` then if the chunk is still in use.
        """
        while (chunk := self.take()) is not None:
            yield chunk
            chunk.release()

    def close(self) -> None:
        """Gives everything back and leaves the ring. Raises `BufferError` while a chunk is in use; then nothing is closed."""
        for _, chunk_ref in list(self._held.values()):
            if (chunk := chunk_ref()) is not None:
                chunk.release()
        if self._held:
            raise BufferError(f"{len(self._held)} buffers are still in use: views or arrays of them exist")
        if self._line is not None:
            self._ended = True
            self._leave_when_done()
        self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self._let_go()

    def __repr__(self) -> str:
        state = "closed" if self._queue.fileno() < 0 else f"held={len(self._held)}"
        return f"<dgen_py.RingConsumer buffers={self._shape.count} buffer_size={self._shape.size} {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        from multiprocessing import context, reduction

        if context.get_spawning_popen() is None:
            raise TypeError("cannot pickle 'RingConsumer' object, except as an argument of a process that is started")
        self._check()
        if self._line is not None:
            raise RuntimeError("the consumer takes part in this process; it cannot be passed on")
        ends = (self._memory, self._queue, self._door)
        return _received, (self._shape, *(reduction.DupFd(end.fileno()) for end in ends))

    def _check(self) -> None:
        if self._elsewhere:
            raise RuntimeError("the consumer belongs to the process that asked for the first chunk")
        if self._queue.fileno() < 0:
            raise ValueError("the consumer is closed, or its process was started after the ring had begun to fill")

    def _take_part(self) -> None:
        """Tells the producer of this process, once."""
        with self._lock:
            self._check()
            if self._in_the_rings_process:
                raise RuntimeError("the consumer is for other processes than the ring's; start them with it as an argument")
            if self._line is not None:
                return
            self._map = _mapped(self._memory, self._shape)
            self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            # A producer that is gone shows in the queue, which may still hold what it filled.
            with theirs, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                socket.send_fds(self._door, [_WORD.pack(os.getpid())], [theirs.fileno()], socket.MSG_NOSIGNAL)
            self._door.close()
            self._memory.close()

    def _chunk(self, number: int, position: int, length: int) -> RingChunk:
        # Every view and array, also those made of views, keeps this object alive: when it goes, nobody sees the memory.
        seen = (ctypes.c_ubyte * length).from_buffer(self._map, number * self._shape.stride)
        lease = weakref.ref(seen, lambda _: self._give_back(number))
        chunk = RingChunk(position, memoryview(seen).cast("B").toreadonly(), lease)
        self._held[number] = lease, weakref.ref(chunk)
        return chunk

    def _give_back(self, number: int) -> None:
        del self._held[number]
        self._say(number)
        self._leave_when_done()

    def _leave_when_done(self) -> None:
        if self._ended and not self._held:
            self._say(_LEAVING)

    def _say(self, word: int) -> None:
        # One that cannot hear it any more is missed elsewhere.
        if self._line is not None and self._line.fileno() >= 0:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._line.send(_WORD.pack(word), socket.MSG_NOSIGNAL)

    def __del__(self) -> None:
        # Without a warning: the producer learns of those that have not left.
        self._let_go()

    def _let_go(self) -> None:
        for end in (self._memory, self._queue, self._door, self._line):
            if end is not None:
                end.close()

    def _forked(self) -> None:
        """In a forked child: a consumer that takes part stays with the parent, another may take part here."""
        self._in_the_rings_process = False
        self._lock = threading.RLock()
        if self._line is not None:
            self._elsewhere = True
            self._let_go()


class RingChunk:
    """One filled buffer, held until it is released: by `release()`, at the end of a `with` block, or by the loop."""

    __slots__ = ("__weakref__", "_lease", "_length", "_position", "_view")

    def __init__(self, position: int, view: memoryview, lease: weakref.ref[Any]) -> None:
        self._position, self._length, self._view, self._lease = position, len(view), view, lease

    @property
    def position(self) -> int:
        """The generator's position of the first byte: `fill_at(generator.offset + position, …)` gives the same bytes."""
        return self._position

    @property
    def view(self) -> memoryview:
        """The bytes, read-only and without a copy; it cannot be used once the chunk is released."""
        return self._view

    def __len__(self) -> int:
        return self._length

    def release(self) -> None:
        """Gives the buffer back to the producer, which refills it; a second call does nothing.

        Raises `BufferError` while views of `view` or arrays made of it exist. The buffer is not refilled then: release
        them and call again.
        """
        with contextlib.suppress(BufferError):
            self._view.release()
        if self._lease() is not None:
            raise BufferError(
                f"the chunk at position {self._position} is still in use: views or arrays of it exist; "
                "delete or release them first, or copy the data"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()

    def __repr__(self) -> str:
        state = "released" if self._lease() is None else f"of {len(self)} bytes"
        return f"<dgen_py.RingChunk {state} at position {self._position}>"


class _Shape(NamedTuple):
    """What both sides know of a ring: buffers, bytes in each, bytes in all, seconds to wait."""

    count: int
    size: int
    total: int
    timeout: float | None

    @property
    def stride(self) -> int:
        """From one buffer to the next, in whole pages."""
        return -(-self.size // mmap.PAGESIZE) * mmap.PAGESIZE

    @property
    def mapped(self) -> int:
        """All buffers, and a page whose last byte says that the stream was finished."""
        return self.count * self.stride + mmap.PAGESIZE


def _mapped(memory: io.FileIO, shape: _Shape) -> mmap.mmap:
    mapping = mmap.mmap(memory.fileno(), shape.mapped)
    with contextlib.suppress(OSError):  # Some systems have no huge pages.
        mapping.madvise(mmap.MADV_HUGEPAGE)
    return mapping


def _received(shape: _Shape, *ends: Any) -> RingConsumer:
    """The consumer in the process that was started; what unpickling calls."""
    memory, queue, door = (end.detach() for end in ends)
    for fd in (memory, queue, door):
        os.set_inheritable(fd, False)
    files = io.FileIO(memory, "r+"), socket.socket(fileno=queue), socket.socket(fileno=door)
    return RingConsumer(shape, *files, here=False)


def _shut(end: socket.socket) -> None:
    """The end for all who have a copy of it."""
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


def _in_range(name: str, value: int, most: int, accepted: str) -> int:
    number = index(value)
    if not 1 <= number <= most:
        raise not_accepted(name, value, accepted)
    return number


def _poll_ms(deadline: float | None) -> int | None:
    if deadline is None:
        return None
    return min(max(0, int((deadline - time.monotonic()) * 1000) + 1), _LONGEST_POLL_MS)


def _is_over(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


_known: weakref.WeakSet[SharedRing | RingConsumer] = weakref.WeakSet()


def _forked() -> None:
    for one in list(_known):
        one._forked()


os.register_at_fork(after_in_child=_forked)
for _public in (SharedRing, RingConsumer, RingChunk):
    _public.__module__ = "dgen_py"
