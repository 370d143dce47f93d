"""The consumers' side of a ring of shared buffers, and what both sides agree on."""

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
from collections.abc import Iterator
from multiprocessing import context, current_process, reduction, util
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["RingChunk", "RingConsumer"]

# A filled buffer: its number, the generator's position and the bytes. A word of a consumer: a buffer's number, or that it leaves.
FILLED = struct.Struct("=IQQ")
WORD = struct.Struct("=i")
LEAVING = -1
LONGEST_POLL_MS = 2**31 - 1


class Shape(NamedTuple):
    """What both sides know of a ring: buffers, bytes in each, seconds to wait."""

    buffers: int
    size: int
    timeout: float | None

    @property
    def stride(self) -> int:
        """From one buffer to the next, in whole pages."""
        return -(-self.size // mmap.PAGESIZE) * mmap.PAGESIZE

    @property
    def mapped(self) -> int:
        """All buffers, and a page whose last byte says that the stream was finished."""
        return self.buffers * self.stride + mmap.PAGESIZE


class RingConsumer:
    """The consumers' side of a `SharedRing`, which makes it: pass it to processes, in their arguments.

    Iterating gives each chunk in turn and gives the one before back; `take()` is for those who hold several. Threads may
    share it. Used as a context manager, it leaves the ring at the end of the block, also before the end of the stream,
    with all buffers given back; a block that ends by an exception is an error of the producer, too.

    It can be pickled only while a process is started, and used only in processes other than the ring's. A process that is
    started with it among its arguments takes part from then on, one that is forked otherwise from its first chunk on;
    processes that it forks later have none of it.
    """

    def __init__(self, shape: Shape, memory: io.FileIO, queue: socket.socket, door: socket.socket, *, here: bool = True) -> None:
        self._shape, self._memory, self._queue, self._door = shape, memory, queue, door
        self._in_the_rings_process = here
        self._line: socket.socket | None = None
        self._ended = self._elsewhere = False
        # What is held by number: whether its memory is still seen, and the chunk.
        self._held: dict[int, tuple[weakref.ref[Any], weakref.ref[RingChunk]]] = {}
        self._lock = threading.RLock()
        tell_after_fork(self)
        if here:
            util.register_after_fork(self, RingConsumer._started)

    def take(self) -> RingChunk | None:
        """Waits for the next chunk and returns it, None at the end of the stream.

        Raises `ConnectionResetError` when the producer ended before the end of the stream, `TimeoutError`.
        """
        limit = self._shape.timeout
        deadline = None if limit is None else time.monotonic() + limit
        while True:
            with self._lock, contextlib.suppress(BlockingIOError):
                self._take_part()
                return self._next()
            self._wait(deadline)

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
        return f"<dgen_py.RingConsumer buffers={self._shape.buffers} buffer_size={self._shape.size} {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if context.get_spawning_popen() is None:
            raise TypeError("cannot pickle 'RingConsumer' object, except as an argument of a process that is started")
        self._check()
        if self._line is not None:
            raise RuntimeError("the consumer takes part in this process; it cannot be passed on")
        ends = (self._memory, self._queue, self._door)
        return _received, (self._shape, *(reduction.DupFd(end.fileno()) for end in ends))

    def _check(self) -> None:
        if self._elsewhere:
            raise RuntimeError("the consumer belongs to the process that took part before this one was forked")
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
            self._map = mapped(self._memory, self._shape)
            self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            # A producer that is gone shows in the queue, which may still hold what it filled.
            with theirs, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                socket.send_fds(self._door, [WORD.pack(os.getpid())], [theirs.fileno()], socket.MSG_NOSIGNAL)
            self._door.close()
            self._memory.close()

    def _next(self) -> RingChunk | None:
        """As `take`, for what is there. Under the lock, so that whoever sees the end knows all that is held."""
        filled = self._queue.recv(FILLED.size, socket.MSG_DONTWAIT)
        if filled:
            return self._chunk(*FILLED.unpack(filled))
        if not self._map[-1]:
            raise ConnectionResetError(errno.ECONNRESET, "producer: it ended before the end of the stream")
        self._ended = True
        self._leave_when_done()
        return None

    def _wait(self, deadline: float | None) -> None:
        """Waits for something to take, which another consumer may take first."""
        poll = select.poll()
        poll.register(self._queue, select.POLLIN)
        if not poll.poll(poll_ms(deadline)) and is_over(deadline):
            held = f"{len(self._held)} of {self._shape.buffers} buffers are held here"
            raise TimeoutError(f"timeout: no chunk came in {self._shape.timeout} s ({held})")

    def _chunk(self, number: int, position: int, length: int) -> RingChunk:
        # Every view and array, also those made of views, keeps this object alive: when it goes, nobody sees the memory.
        seen = (ctypes.c_ubyte * length).from_buffer(self._map, number * self._shape.stride)
        lease = weakref.ref(seen, lambda _: self._give_back(number))
        chunk = RingChunk(position, memoryview(seen).cast("B").toreadonly(), lease)
        self._held[number] = lease, weakref.ref(chunk)
        return chunk

    def _give_back(self, number: int) -> None:
        with self._lock:
            del self._held[number]
            self._say(number)
            self._leave_when_done()

    def _leave_when_done(self) -> None:
        if self._ended and not self._held:
            self._say(LEAVING)

    def _say(self, word: int) -> None:
        # One that cannot hear it any more is missed elsewhere.
        if self._line is not None and self._line.fileno() >= 0:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._line.send(WORD.pack(word), socket.MSG_NOSIGNAL)

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

    def _started(self) -> None:
        """In a forked process of `multiprocessing`: takes part if it is for this one, so that its end is noticed from now on."""
        process = current_process()
        arguments = *getattr(process, "_args", ()), *getattr(process, "_kwargs", {}).values(), *vars(process).values()
        if self._line is None and self._queue.fileno() >= 0 and any(argument is self for argument in arguments):
            self._take_part()


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


def mapped(memory: io.FileIO, shape: Shape) -> mmap.mmap:
    mapping = mmap.mmap(memory.fileno(), shape.mapped)
    with contextlib.suppress(OSError):  # Some systems have no huge pages.
        mapping.madvise(mmap.MADV_HUGEPAGE)
    return mapping


def _received(shape: Shape, *ends: Any) -> RingConsumer:
    """The consumer in the process that was started; what unpickling calls."""
    memory, queue, door = (end.detach() for end in ends)
    for fd in (memory, queue, door):
        os.set_inheritable(fd, False)
    files = io.FileIO(memory, "r+"), socket.socket(fileno=queue), socket.socket(fileno=door)
    consumer = RingConsumer(shape, *files, here=False)
    consumer._take_part()
    return consumer


def poll_ms(deadline: float | None) -> int | None:
    if deadline is None:
        return None
    return min(max(0, int((deadline - time.monotonic()) * 1000) + 1), LONGEST_POLL_MS)


def is_over(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def tell_after_fork(one: Any) -> None:
    """Has `one._forked()` called in forked children."""
    _known.add(one)


_known: weakref.WeakSet[Any] = weakref.WeakSet()


def _forked() -> None:
    for one in list(_known):
        one._forked()


os.register_at_fork(after_in_child=_forked)
for _public in (RingConsumer, RingChunk):
    _public.__module__ = "dgen_py"
