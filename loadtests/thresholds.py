"""What must hold, in one place: it decides a load test's exit status."""

from dataclasses import dataclass

from backend.domain.load_tests import Figures, Threshold


@dataclass(frozen=True, slots=True)
class Limits:
    """Errors as a share of all requests; times in ms; `rate` as a share of the one that was asked for."""

    errors: float = 0.01
    p95: float = 100.0
    p99: float = 250.0
    rate: float = 0.95

    def judge(self, total: Figures, asked: float = 0.0) -> list[Threshold]:
        """Each of them beside what was reached; the rate only where one was asked for (requests a second)."""
        judged = [
            Threshold("errors", self.errors, total.failed, total.failed < self.errors),
            *(
                Threshold(name, limit, reached, reached is not None and reached <= limit)
                for name, limit, reached in (("p95", self.p95, total.p95), ("p99", self.p99, total.p99))
            ),
        ]
        if asked:
            least = round(asked * self.rate, 2)
            judged.append(Threshold("rate", least, total.rate, total.rate >= least))
        return judged
