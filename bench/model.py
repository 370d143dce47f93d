"""A model of how generation scales: cores add up until their node's memory takes no more.

One node with n physical cores at work: rate(n) = ((n * core)^-SHARP + node^-SHARP)^(-1/SHARP), which is n * core for few
cores, `node` for many, and 16 % below both where the two meet. Nodes add up.
"""

import math
from dataclasses import dataclass

# How sharply one bound takes over from the other.
SHARP = 4.0
# A core alone is at most so much faster than the rate per core of the first point: the corner hides that much and no more.
HIDDEN = 2 ** (1 / SHARP)
# A rate per core above this share of the first one shows no bound.
UNBOUND = 0.9


@dataclass(frozen=True)
class Point:
    """Cores at work over so many nodes, and what was measured."""

    cores: int
    nodes: int
    bytes_per_s: float


@dataclass(frozen=True)
class Model:
    """Rates in bytes per second: of a core alone, and that of a node at most (infinite where none was reached)."""

    core: float
    node: float

    def rate(self, cores: int, nodes: int = 1) -> float:
        """The rate of so many cores, evenly over the nodes."""
        each = cores / nodes * self.core
        return nodes * (each**-SHARP + self.node**-SHARP) ** (-1 / SHARP)


def fit(points: list[Point]) -> Model:
    """The model that is nearest to the points, by the mean square of the logarithms of the ratios."""
    base = max(points[0].bytes_per_s / points[0].cores, 1.0)
    last = points[-1]
    if last.bytes_per_s / last.cores >= UNBOUND * base:
        logs = [math.log(point.bytes_per_s / point.cores) for point in points]
        return Model(math.exp(sum(logs) / len(logs)), math.inf)
    model, step = Model(base, max(point.bytes_per_s / point.nodes for point in points) * 1.05), 0.5
    # Two numbers and a smooth error: shrinking steps along each find its least value.
    while step > 1e-6:
        near = [Model(min(model.core * a, HIDDEN * base), model.node * b) for a in (1 - step, 1, 1 + step) for b in (1 - step, 1, 1 + step)]
        best = min(near, key=lambda candidate: square(candidate, points))
        if best == model or square(best, points) >= square(model, points):
            step /= 2
        else:
            model = best
    return model


def square(model: Model, points: list[Point]) -> float:
    return sum(math.log(point.bytes_per_s / model.rate(point.cores, point.nodes)) ** 2 for point in points)


def worst(model: Model, points: list[Point]) -> float:
    """The largest relative error of the model on the points."""
    return max(abs(model.rate(point.cores, point.nodes) / point.bytes_per_s - 1) for point in points)
