"""Ours and a baseline in turn, and the medians of both."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

_ROUNDS = 3


@dataclass(frozen=True)
class Measure:
    """Two things whose rates are compared; each call measures once."""

    name: str
    ours: Callable[[], float]
    baseline: Callable[[], float]
    goal: float | None = None
    unit: str = "calls/s"

    def row(self):
        """Measures; a row of the report."""
        ours, baseline = [], []
        for _ in range(_ROUNDS):
            ours.append(self.ours())
            baseline.append(self.baseline())
        medians = statistics.median(ours), statistics.median(baseline)
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": round(medians[0], 1),
            "baseline": round(medians[1], 1),
            "ratio": round(medians[0] / medians[1], 3),
            "goal": self.goal,
        }
