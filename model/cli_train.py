"""What `fifthclick train` does, with a progress bar and a table. The verb only reads the command line."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from model.bundle import Manifest, save_bundle
from model.dataset import Encoded
from model.distil import with_lessons
from model.evaluate import by_click
from model.gate import judge
from model.importers import read
from model.importers.source import Source
from model.origin import label_of
from model.report.pictures_training import training_picture
from model.scores import scores_of
from model.terminal import COLUMNS, encoded_of, progress_of, table_of
from model.train import Epoch, Lessons, Plan, fit

PICTURE = "training.svg"


def train(name: str, source: Source, out: Path, plan: Plan, console: Console) -> Manifest:
    """Train a bundle, say how good it is on sessions that it never saw, and give its manifest.

    Raises:
        ConfigError: the source cannot be read or holds too little.
        BundleRefused: `out` cannot be written.
    """
    with progress_of(console) as progress:
        sessions = encoded_of(read(name, source), progress)
        # Simulated shoppers bring their true chances: there is nothing that another model could teach.
        lessons = _lessons(plan, progress) if name != "simulated" else None
        task = progress.add_task("training", total=plan.epochs)

        def on_epoch(done: int, total: int, loss: float) -> None:
            progress.update(task, completed=done, total=total, description=f"training (loss {loss:.4f})")

        trained = fit(sessions, plan, on_epoch, lessons=lessons)
        progress.update(task, completed=plan.epochs)
    test = trained.parts.test
    scores = scores_of(trained.network, trained.calibration["purchase"], test)
    rows = by_click(test, scores)
    manifest = save_bundle(
        out,
        trained.network.state_dict(),
        Manifest(
            trained_on=label_of(name, source),
            heads=trained.heads,
            calibration=trained.calibration,
            sessions=len(trained.parts.fit),
            metrics=[{k: v for k, v in row.items() if k in COLUMNS} for row in rows],
            created=datetime.now(UTC).strftime("%Y-%m-%d"),
        ),
    )
    console.print(table_of("Calibrated scores on sessions that were held out, by click", rows, COLUMNS))
    _draw(out, trained.history)
    console.print(f"Bundle {manifest.version} in {out}: {manifest.trained_on}.")
    if name != "simulated":
        console.print(judge(test, scores, plan.seed).words)
    return manifest


def _lessons(plan: Plan, progress: Progress) -> Lessons:
    """`distil.with_lessons`, told to the bar."""
    task = progress.add_task("teachers", total=None)

    def told(what: str, done: int, of: int) -> None:
        progress.update(task, description=what, completed=done, total=of)

    def lessons(teach: Sequence[Encoded], choose: Sequence[Encoded]) -> list[Encoded]:
        taught = with_lessons(teach, choose, plan, told)
        progress.update(task, total=1, completed=1)
        return taught

    return lessons


def _draw(out: Path, history: Sequence[Epoch]) -> None:
    """The training's picture beside the bundle. A folder that takes the weights takes a picture."""
    (out / PICTURE).write_text(training_picture(history))
