"""What `fifthclick train` does, with a progress bar and a table. The verb only reads the command line."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from model.bundle import Manifest, save_bundle
from model.evaluate import by_click
from model.importers import read
from model.importers.source import Source
from model.origin import label_of
from model.scores import scores_of
from model.terminal import COLUMNS, encoded_of, progress_of, table_of
from model.train import Plan, fit


def train(name: str, source: Source, out: Path, plan: Plan, console: Console) -> Manifest:
    """Train a bundle, say how good it is on sessions that it never saw, and give its manifest.

    Raises:
        ConfigError: the source cannot be read or holds too little.
        BundleRefused: `out` cannot be written.
    """
    with progress_of(console) as progress:
        sessions = encoded_of(read(name, source), progress)
        task = progress.add_task("training", total=plan.epochs)

        def on_epoch(done: int, total: int, loss: float) -> None:
            progress.update(task, completed=done, total=total, description=f"training (loss {loss:.4f})")

        trained = fit(sessions, plan, on_epoch)
        progress.update(task, completed=plan.epochs)
    calibration = trained.calibration["purchase"]
    rows = by_click(trained.parts.test, scores_of(trained.network, calibration, trained.parts.test))
    manifest = save_bundle(
        out,
        trained.network.state_dict(),
        Manifest(
            trained_on=label_of(name, source),
            calibration=trained.calibration,
            sessions=len(trained.parts.fit),
            metrics=[{k: v for k, v in row.items() if k in COLUMNS} for row in rows],
            created=datetime.now(UTC).strftime("%Y-%m-%d"),
        ),
    )
    console.print(table_of("Calibrated scores on sessions that were held out, by click", rows, COLUMNS))
    console.print(f"Bundle {manifest.version} in {out}: {manifest.trained_on}.")
    return manifest
