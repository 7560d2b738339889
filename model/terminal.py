"""What training and evaluation show while they work: a progress bar that reads sessions, and tables of figures."""

import os
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from model.dataset import Encoded, Recorded, encode_session
from model.heads import HEADS, Head

COLUMNS = (
    "click", "sessions", "base_rate", "auroc", "auprc", "brier", "ece", "accuracy", "majority_accuracy", "precision",
)  # fmt: skip
"""A row of figures as it is printed: accuracy never without the majority's."""


WIDTH = 140
"""A file or a pipe has no width of its own, and a row of `COLUMNS` is cut at the 80 that are else assumed."""


def console_of() -> Console:
    """The console of these verbs: as wide as the terminal, or wide enough for the tables where there is none."""
    console = Console()
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(width=WIDTH)


def progress_of(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=False
    )


def encoded_of(sessions: Iterable[Recorded], progress: Progress) -> list[Encoded]:
    """Every session that has a scored event, encoded."""
    return [encoded for _, encoded in read_all(sessions, progress)]


def read_all(
    sessions: Iterable[Recorded], progress: Progress, heads: Sequence[Head] = HEADS
) -> Iterator[tuple[Recorded, Encoded]]:
    """Every session that has a scored event, as it was recorded and encoded, while the bar counts."""
    task = progress.add_task("reading sessions", total=None)
    count = 0
    for i, session in enumerate(sessions):
        one = encode_session(session, heads=heads)
        if one.length > 0:
            count += 1
            yield session, one
        if i % 200 == 0:
            progress.update(task, description=f"reading sessions ({count:,})")
    progress.update(task, total=1, completed=1, description=f"read {count:,} sessions")


def table_of(title: str, rows: Sequence[dict[str, float]], columns: Sequence[str]) -> Table:
    """A table of figures; a dash where the data cannot say."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        cells = [row.get(column) for column in columns]
        table.add_row(*["-" if c is None else f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells])
    return table
