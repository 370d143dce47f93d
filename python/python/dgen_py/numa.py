"""One process per memory node, each bound to its node's processors, all starting at the same time.

>>> from dgen_py.numa import run_per_node
>>> results = run_per_node(hex)              # calls `hex(node)` in a process on each node
>>> [(result.node, result.value) for result in results][:1]
[(0, '0x0')]

A process that is bound to a node's processors gets the node's memory, too, unless it inherits another policy (from
`numactl`, say), which is obeyed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Generic, Literal, TypeVar

from ._dgen import get_system_info
from ._node_process import Child
from ._values import not_accepted, seconds

__all__ = ["NodeResult", "NodeResults", "cpus_of_nodes", "run_per_node"]

T = TypeVar("T")
# How long a process whose work is done may take to end by itself, in seconds.
_LEAVE_S = 5.0


@dataclass(frozen=True)
class NodeResult(Generic[T]):
    """What the process of one node came to. Times are of the monotonic clock that all processes share, in ns."""

    node: int
    cpus: tuple[int, ...]
    begin_ns: int
    end_ns: int
    value: T

    @property
    def elapsed_ns(self) -> int:
        """The time from the common start, or the function's own `yield`, to its return."""
        return self.end_ns - self.begin_ns


class NodeResults(list[NodeResult[T]]):
    """The results in order of node, and what they come to together.

    >>> halves = [NodeResult(0, (0, 1), 0, 10**9, 6 * 10**9), NodeResult(1, (2, 3), 0, 2 * 10**9, 6 * 10**9)]
    >>> results = NodeResults(halves)
    >>> results.elapsed_ns, results.slowest.node, results.bytes_per_s
    (2000000000, 1, 6000000000.0)
    >>> print(results.table())
    node 0: 1.000 s, 6.00 GB/s on 2 processors
    node 1: 2.000 s, 3.00 GB/s on 2 processors
    together: 6.00 GB/s, slowest: node 1
    """

    @property
    def elapsed_ns(self) -> int:
        """The time from the first begin to the last end."""
        return max(result.end_ns for result in self) - min(result.begin_ns for result in self)

    @property
    def slowest(self) -> NodeResult[T]:
        """The result that took longest."""
        return max(self, key=lambda result: result.elapsed_ns)

    @property
    def bytes_per_s(self) -> float:
        """The rate of all together, for functions that return the number of bytes that they have done.

        Raises `TypeError` for values of other types.
        """
        return sum(_count(result) for result in self) * 1e9 / max(self.elapsed_ns, 1)

    def table(self) -> str:
        """A line per node and one for all together, for functions that return a number of bytes."""
        lines = []
        for result in self:
            rate = _count(result) / max(result.elapsed_ns, 1)
            seconds, processors = result.elapsed_ns / 1e9, len(result.cpus)
            lines.append(f"node {result.node}: {seconds:.3f} s, {rate:.2f} GB/s on {processors} processors")
        lines.append(f"together: {self.bytes_per_s / 1e9:.2f} GB/s, slowest: node {self.slowest.node}")
        return "\n".join(lines)


def _count(result: NodeResult[Any]) -> int:
    if isinstance(result.value, int):
        return result.value
    raise TypeError(f"value of node {result.node}: a number of bytes is required, not {type(result.value).__name__}")


def run_per_node(
    fn: Callable[..., Any],
    *,
    nodes: Iterable[int] | None = None,
    physical_only: bool = False,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    start_method: Literal["spawn", "fork", "forkserver"] = "spawn",
) -> NodeResults[Any]:
    """Call `fn(node, *args, **kwargs)` in one new process per memory node, and return what they return.

    Each process is bound to the processors of its node that this one may use (`physical_only`: one of each core), with
    all its threads. All begin at the same time. If `fn` is a generator function, they begin at its first `yield`: what
    comes before is preparation, and not timed. `nodes` selects nodes; without it, all that have processors take part.

    Processes are started by `start_method`, so with "spawn" `fn`, its arguments and its value must be picklable, and a
    script must call this below `if __name__ == "__main__":`.

    Raises what `fn` raises, with the traceback of its process as the cause (`RuntimeError` for `SystemExit` and others that
    would end this process, and for what cannot be pickled); `ChildProcessError` naming node and signal or
    exit code when a process ends by itself; `TimeoutError` when they take more than `timeout` seconds; `ValueError` for
    nodes that cannot take part. No process outlives the call, also when it is interrupted.

    >>> run_per_node(pow, args=(2,), nodes=[0])[0].value
    0
    """
    if not callable(fn):
        raise TypeError(f"fn: a callable is required, not {fn!r}")
    plan = cpus_of_nodes(get_system_info(), nodes=nodes, physical_only=physical_only)
    context = get_context(start_method)
    deadline = None if timeout is None else time.monotonic() + seconds(timeout)
    children: list[Child] = []
    try:
        for node, cpus in plan.items():
            children.append(Child(context, node, cpus, fn, tuple(args), dict(kwargs or {})))
        Child.answers(children, "ready", deadline)
        for child in children:
            child.go()
        spans = Child.answers(children, "done", deadline)
        for child in children:
            child.leave(_LEAVE_S)
        return NodeResults(NodeResult(node, cpus, *span) for (node, cpus), span in zip(plan.items(), spans))
    finally:
        for child in children:
            child.end()


def cpus_of_nodes(
    info: Mapping[str, Any], *, nodes: Iterable[int] | None = None, physical_only: bool = False
) -> dict[int, tuple[int, ...]]:
    """The processors of each node that this process may use, by node; `info` is what `get_system_info()` returns.

    Nodes without any take no part. Raises `ValueError` for `nodes` that do not exist or cannot take part.

    >>> info = {
    ...     "nodes": [{"id": 0, "cpus": "0-3"}, {"id": 2, "cpus": "4-7"}, {"id": 3, "cpus": ""}],
    ...     "cores": [{"cpus": "0,2"}, {"cpus": "1,3"}, {"cpus": "4,6"}, {"cpus": "5,7"}],
    ...     "limits": {"cpus": "0-6"},
    ... }
    >>> cpus_of_nodes(info)
    {0: (0, 1, 2, 3), 2: (4, 5, 6)}
    >>> cpus_of_nodes(info, nodes=[2], physical_only=True)
    {2: (4, 5)}
    >>> cpus_of_nodes(info, nodes=[3])
    Traceback (most recent call last):
    ValueError: nodes: 3 is not accepted (accepted: 0, 2)
    """
    allowed = set(_ids(info["limits"]["cpus"]))
    if physical_only:
        usable = [sorted(allowed.intersection(_ids(core["cpus"]))) for core in info["cores"]]
        allowed = {cpus[0] for cpus in usable if cpus}
    able = {node["id"]: tuple(cpu for cpu in _ids(node["cpus"]) if cpu in allowed) for node in info["nodes"]}
    able = {node: cpus for node, cpus in able.items() if cpus}
    if nodes is None:
        return able
    asked = sorted({_node(node, able) for node in nodes})
    if not asked:
        raise ValueError("nodes: at least one is required")
    return {node: able[node] for node in asked}


def _node(node: object, able: Mapping[int, object]) -> int:
    if not isinstance(node, int) or isinstance(node, bool):
        raise TypeError(f"nodes: integers are required, not {node!r}")
    if node not in able:
        raise not_accepted("nodes", node, ", ".join(map(str, able)))
    return node


def _ids(text: str) -> list[int]:
    """The ids of a list in the kernel's form.

    >>> _ids("0-2,8"), _ids("")
    ([0, 1, 2, 8], [])
    """
    ids: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        ids.extend(range(int(first), int(last or first) + 1))
    return ids
