"""What `fifthclick train` and `fifthclick evaluate` do, with a progress bar and tables. The verbs only read the command line."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from core.errors import ConfigError
from core.features import CLICKS_MOST
from model import baselines
from model.bundle import STARTER, Manifest, Platt, load_bundle, save_bundle
from model.dataset import Encoded, Recorded, encode_session
from model.evaluate import DEFAULT_THRESHOLD, LEAST_SESSIONS, by_click
from model.importers import read
from model.importers.source import Source
from model.network import Network
from model.train import Plan, fit, logits_of

Report = dict[str, object]
COLUMNS = ("click", "sessions", "base_rate", "auroc", "auprc", "brier", "ece", "accuracy", "precision")
LABELS = {
    "simulated": "simulated shoppers, seed {seed}, not your shop",
    "shop-a": "recorded page sequences, {path}",
    "postgres": "this shop's own sessions, {path}",
}


def train(name: str, source: Source, out: Path, plan: Plan, console: Console) -> Manifest:
    """Train a bundle, say how good it is on sessions that it never saw, and give its manifest.

    Raises:
        ConfigError: the source cannot be read or holds too little.
        BundleRefused: `out` cannot be written.
    """
    with _progress(console) as progress:
        sessions = _encoded(read(name, source), progress)
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
            trained_on=LABELS[name].format(seed=source.seed, path=Path(source.path).name or "all sites"),
            calibration=trained.calibration,
            sessions=len(trained.parts.fit),
            metrics=[{k: v for k, v in row.items() if k in COLUMNS} for row in rows],
            created=datetime.now(UTC).strftime("%Y-%m-%d"),
        ),
    )
    console.print(_table("Calibrated scores on sessions that were held out, by click", rows))
    console.print(f"Bundle {manifest.version} in {out}: {manifest.trained_on}.")
    return manifest


def evaluate(
    name: str, source: Source, bundle_folder: Path | None, console: Console, *, threshold: float = DEFAULT_THRESHOLD
) -> Report:
    """The figures of a bundle on a source, beside its baselines. Rows that the source marks `train` only teach the baselines."""
    bundle = load_bundle(bundle_folder or STARTER)
    with _progress(console) as progress:
        sessions = _encoded(read(name, source), progress)
    test = [s for s in sessions if s.split != "train"]
    learn = [s for s in sessions if s.split == "train"]
    if len(test) < LEAST_SESSIONS:
        raise ConfigError(f"{len(test)} sessions to measure on: too few. Next: bring at least {LEAST_SESSIONS}.")
    rows = by_click(
        test, scores_of(bundle.network(), bundle.manifest.calibration["purchase"], test), threshold=threshold
    )
    others = baselines.by_click(learn, test, threshold=threshold)
    console.print(_table(f"Bundle {bundle.manifest.version} ({bundle.manifest.trained_on})", rows))
    for other, other_rows in others.items():
        console.print(_table(f"Baseline: {other.replace('_', ' ')}", other_rows))
    return {
        "bundle": bundle.manifest.version,
        "trained_on": bundle.manifest.trained_on,
        "source": name,
        "sessions": len(test),
        "by_click": rows,
        "baselines": others,
    }


def write_json(report: Report, file: Path) -> None:
    """Write the report. Raises `ConfigError` where it cannot be written."""
    try:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror}. Next: name a file in a folder that exists.", file=str(file)
        ) from None


def scores_of(
    network: Network, calibration: Sequence[Platt], sessions: Sequence[Encoded], *, column: int = 0
) -> list[NDArray[np.float64]]:
    """The calibrated scores [T] of each session, by default those of the purchase head."""
    slopes, offsets = np.array([p.slope for p in calibration]), np.array([p.offset for p in calibration])
    scores = []
    for session, logits in zip(sessions, logits_of(network, sessions), strict=True):
        clicks = np.minimum(session.clicks, CLICKS_MOST)
        scores.append(1.0 / (1.0 + np.exp(-(slopes[clicks] * logits[:, column] + offsets[clicks]))))
    return scores


def _encoded(sessions: Iterable[Recorded], progress: Progress) -> list[Encoded]:
    task = progress.add_task("reading sessions", total=None)
    encoded: list[Encoded] = []
    for i, session in enumerate(sessions):
        one = encode_session(session)
        if one.length > 0:
            encoded.append(one)
        if i % 200 == 0:
            progress.update(task, description=f"reading sessions ({len(encoded):,})")
    progress.update(task, total=1, completed=1, description=f"read {len(encoded):,} sessions")
    return encoded


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=False
    )


def _table(title: str, rows: list[dict[str, float]]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for row in rows:
        cells = [row.get(column) for column in COLUMNS]
        table.add_row(*["-" if c is None else f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells])
    return table
