"""What `atelier up` shows: each stage with its progress and time, then one short screen, then what happens."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text


class Seconds(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.elapsed or 0.0:5.1f} s", style="dim")


class _Bar(BarColumn):
    """Only where something is counted."""

    def render(self, task: Task):  # type: ignore[no-untyped-def]
        return super().render(task) if task.total and not task.finished else Text("")


class Stage:
    """One line of the start."""

    def __init__(self, screen: "Screen", name: str) -> None:
        self._screen = screen
        self.name = name
        self.began = time.monotonic()
        self._task: TaskID | None = None
        self.said = ""
        if screen.live is not None:
            self._task = screen.live.add_task(name, total=None, said="")

    def say(self, what: str) -> None:
        """What it is doing, or what came of it."""
        self.said = what
        if self._screen.live is not None and self._task is not None:
            self._screen.live.update(self._task, said=escape(what[:60]))

    def progress(self, done: int, total: int, unit: str) -> None:
        self.said = f"{done:,} of {total:,} {unit}"
        if self._screen.live is not None and self._task is not None:
            self._screen.live.update(self._task, completed=done, total=max(total, 1), said=self.said)

    def end(self) -> None:
        if self._screen.live is not None and self._task is not None:
            self._screen.live.update(self._task, completed=1, total=1, said=escape(self.said))
        else:
            self._screen.console.print(
                f"{self.name:<12} {time.monotonic() - self.began:5.1f} s  {self.said}", markup=False, highlight=False
            )


class Screen:
    """On a terminal a living list, elsewhere a line for each stage as it ends."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.began = time.monotonic()
        self.live: Progress | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.live = Progress(
                SpinnerColumn(finished_text="[green]✓[/green]"),
                TextColumn("{task.description:<12}"),
                Seconds(),
                _Bar(bar_width=24),
                TextColumn("[dim]{task.fields[said]}[/dim]"),
                console=self.console,
            )
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live is not None:
            self.live.stop()
            self.live = None

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """A stage as long as the `with` lasts; its time stops where it ends well."""
        stage = Stage(self, name)
        yield stage
        stage.end()

    def tell(self, what: str) -> None:
        """Something that happened while all runs."""
        self.console.print(f"{datetime.now().astimezone():%H:%M:%S}  {what}", markup=False, highlight=False)

    def summary(self, rows: list[tuple[str, str]]) -> None:
        """The one short screen."""
        self.console.print(f"\n[bold]Atelier Reviews runs[/bold], after {time.monotonic() - self.began:.1f} s.\n")
        for name, text in rows:
            self.console.print(f"[bold]{name:<8}[/bold] {escape(text)}")
        self.console.print()
