"""What an operator's day came to: as a table, or as JSON."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from loadtests.api.measured import Measured

MOST_P99 = 250.0  # ms, beside the jobs


@dataclass(slots=True)
class Report:
    """Seconds of each step; `alone` and `beside` have the traffic and the jobs' seconds by their names."""

    scale: float
    machine: dict[str, Any]
    rows: int = 0
    live: float = 0.0
    indexing: float = 0.0
    rejected: int = 0
    repairs: int = 0
    stayed: int = 0
    repaired: int = 0
    repairing: float = 0.0
    alone: Measured | None = None
    beside: Measured | None = None
    jobs_alone: dict[str, float] = field(default_factory=dict)
    jobs_beside: dict[str, float] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nobody met an error beside the jobs, nor waited too long."""
        beside = self.beside
        return not self.wrong and (beside is None or (not beside.errors and (beside.p99 or 0.0) <= MOST_P99))

    def as_json(self) -> str:
        """For programs."""
        return json.dumps({**asdict(self), "holds": self.holds}, indent=1)

    def in_words(self) -> str:
        """For people."""
        whole = self.live + self.repairing
        lines = [
            f"A delivery of {self.rows:,} rows, scale {self.scale:g}",
            f"  from the bucket to live      {self.live:10.1f} s  {self.rows / max(self.live, 0.001):12,.0f} rows/s",
            f"  until its words are found    {self.indexing:10.1f} s",
            f"  {self.rejected:,} rejects; {self.repairs} kinds repaired, {self.repaired:,} rows loaded",
            f"  {self.stayed} kinds stay: mended, they belong to what is not there",
            f"  from live to repaired        {self.repairing:10.1f} s",
            f"  both, without the words      {whole:10.1f} s",
        ]
        if self.alone is None or self.beside is None:
            return "\n".join(lines + self.wrong)
        lines += [f"{'':<34}{'alone':>12}{'beside':>12}"]
        for name, key, form in (
            ("answers a second", "rate", ",.0f"),
            ("median, ms", "p50", ".1f"),
            ("p99, ms", "p99", ".1f"),
            ("errors", "errors", ",d"),
        ):
            lines.append(f"  {name:<32}{getattr(self.alone, key):>12{form}}{getattr(self.beside, key):>12{form}}")
        for name, seconds in self.jobs_alone.items():
            lines.append(f"  {name + ', s':<32}{seconds:>12.1f}{self.jobs_beside.get(name, 0.0):>12.1f}")
        lines += self.said
        lines.append(f"p99 beside the jobs: bar {MOST_P99:.0f} ms {'holds' if self.holds else 'DOES NOT HOLD'}")
        return "\n".join(lines + self.wrong)
