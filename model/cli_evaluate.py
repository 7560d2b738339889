"""What `fifthclick evaluate` does: measures a bundle on a source, prints the figures, gives the report as JSON and page."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import torch
from msgspec import Struct
from rich.console import Console
from rich.progress import Progress, TaskID

from core.errors import ConfigError
from core.rules import Segments
from model.bundle import STARTER, Manifest, load_bundle
from model.compared import Compared, Row
from model.dataset import Encoded, Recorded
from model.evaluate import DEFAULT_THRESHOLD, LEAST_SESSIONS
from model.importers import read
from model.importers.source import Source
from model.origin import has_split, left_alone, part, words_on
from model.report import clicks
from model.report.opening import Check, checks, in_short
from model.report.page import render
from model.report.section import Asked, Make, Section
from model.report.section import Progress as Told
from model.report.sections import SECTIONS
from model.scores import scores_of
from model.terminal import COLUMNS, progress_of, read_all, table_of

Report = dict[str, object]


class Wish(Struct, frozen=True, kw_only=True):
    """What to measure beside the bundle and the source. `precision`: a level to look for. `is_quick`: the figures by click only."""

    threshold: float = DEFAULT_THRESHOLD
    seed: int = 1
    precision: float | None = None
    segments: Segments = Segments()
    thorough: bool = False
    learning_curve: bool = False
    is_quick: bool = False


class Evaluated(NamedTuple):
    """`report` is the JSON's content, `page` the HTML's."""

    report: Report
    page: str


def evaluate(
    name: str, source: Source, bundle_folder: Path | None, console: Console, wish: Wish | None = None
) -> Evaluated:
    """The figures of a bundle on a source, beside its baselines; the source's `train` rows only teach those.

    Raises:
        ConfigError: the source cannot be read, holds too little, or taught the bundle.
        BundleRefused: the bundle cannot be loaded.
    """
    torch.set_num_threads(1)
    wish = wish or Wish()
    bundle = load_bundle(bundle_folder or STARTER)
    with progress_of(console) as progress:
        pairs = list(read_all(read(name, source), progress, bundle.manifest.heads))
        words = words_on(bundle.manifest, name, source, is_split=has_split([one for one, _ in pairs]))
        learn, test, recorded, more_words = _parts(pairs, wish.seed)
        task = progress.add_task("measuring", total=None)
        network = bundle.network()
        asked = Asked(
            bundle=bundle,
            network=network,
            test=test,
            learn=learn,
            scores=scores_of(network, bundle.manifest.calibration["purchase"], test),
            threshold=wish.threshold,
            seed=wish.seed,
            recorded=recorded,
            thorough=wish.thorough,
            progress=_told(progress, task),
            precision=wish.precision,
            segments=wish.segments,
        )
        sections = _sections(asked, wish, progress, task)
        progress.update(task, total=1, completed=1, description="measured")
    first = sections[0]
    compared = Compared(**first.data) if isinstance(first.data, dict) else Compared([], {}, {})
    health = checks(asked, compared)
    words = (*words, *more_words)
    _print(console, bundle.manifest, compared, health, words, sections)
    about = _about(bundle.manifest, name, source, learn, test)
    title = "Can this model be trusted here?"
    page = render(title=title, about=about, short=in_short(health), checks=health, words=words, sections=sections)
    report: Report = {
        "bundle": bundle.manifest.version,
        "trained_on": bundle.manifest.trained_on,
        "source": name,
        "sessions": len(test),
        "sessions_learned_from": len(learn),
        "by_click": _whole(compared.by_click),
        "baselines": {other: _whole(rows) for other, rows in compared.baselines.items()},
        "differences": compared.differences,
        "health": [check._asdict() for check in health],
        "words": list(words),
        **{section.name: section.data for section in sections[1:]},
    }
    return Evaluated(report, page)


MEASURED_MOST = 50_000
"""The baselines' tables take some 10 kB a visit."""

MAY_LACK = ("auroc", "auprc", "precision", "false_positive_rate")
"""What has no meaning where nobody bought or nobody is above the threshold: null in the JSON, and never a neutral number."""


def _whole(rows: Sequence[Row]) -> list[dict[str, float | None]]:
    """The rows with every key of the contract."""
    return [{**dict.fromkeys(MAY_LACK), **row} for row in rows]


def write_json(report: Report, file: Path) -> None:
    """Write the report. Raises `ConfigError` where it cannot be written."""
    _write(file, msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def write_html(page: str, file: Path) -> None:
    """Write the page. Raises `ConfigError` where it cannot be written."""
    _write(file, page.encode())


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror}. Next: name a file in a folder that exists.", file=str(file)
        ) from None


class _Parts(NamedTuple):
    """Sessions to learn from, sessions to measure, those as they were recorded, and what is to be said of the choice."""

    learn: list[Encoded]
    test: list[Encoded]
    recorded: list[Recorded]
    words: tuple[str, ...]


def _parts(pairs: Sequence[tuple[Recorded, Encoded]], seed: int) -> _Parts:
    learn, test = part([recorded for recorded, _ in pairs])
    if len(test) < LEAST_SESSIONS:
        raise ConfigError(f"{len(test)} sessions to measure on: too few. Next: bring at least {LEAST_SESSIONS}.")
    kept = left_alone([recorded for recorded, _ in pairs], test)
    words: list[str] = []
    if len(kept) < len(test):
        words.append(
            f"{len(test) - len(kept):,} visits in which an action was chosen are left out: what was shown may have changed "
            "how they ended. The figures are of visits that were left alone, which are not quite the same kind of visit."
        )
    if len(kept) > MEASURED_MOST:
        words.append(
            f"{MEASURED_MOST:,} of {len(kept):,} visits are measured, drawn at random: more would tell no more."
        )
        kept = sorted(Random(seed).sample(kept, MEASURED_MOST))
    return _Parts([pairs[i][1] for i in learn], [pairs[i][1] for i in kept], [pairs[i][0] for i in kept], tuple(words))


def _sections(asked: Asked, wish: Wish, progress: Progress, task: TaskID) -> list[Section]:
    makes = [clicks.section, *(() if wish.is_quick else SECTIONS)]
    if wish.learning_curve:
        from model.report import learning

        makes.append(lambda whole: curve_of(whole, learning.section))
    sections = []
    for make in makes:
        what = "learning" if make.__module__ == __name__ else make.__module__.rsplit(".", 1)[-1]
        progress.update(task, total=None, description=f"measuring: {what}")
        sections.append(make(asked))
    return sections


def curve_of(asked: Asked, section: Make) -> Section:
    """The learning curve. A source without `train` rows is parted by time: what a shop learns from lies before what it serves."""
    if asked.learn:
        return section(asked)
    order = sorted(range(len(asked.test)), key=lambda i: asked.test[i].began_at_ms)
    count = len(order) * 2 // 3
    earlier, later = order[:count], order[count:]
    made = section(
        asked._replace(
            learn=[asked.test[i] for i in earlier],
            test=[asked.test[i] for i in later],
            scores=[asked.scores[i] for i in later],
            recorded=[asked.recorded[i] for i in later],
        )
    )
    words = (
        f"The source does not say which visits teach. For this curve the earlier two thirds by time ({len(earlier):,}) teach "
        f"and the later {len(later):,} are measured."
    )
    return made._replace(words=(*made.words, words))


def _told(progress: Progress, task: TaskID) -> Told:
    def told(what: str, done: int, of: int) -> None:
        progress.update(task, description=f"measuring: {what}", completed=done, total=of)

    return told


def _print(
    console: Console,
    manifest: Manifest,
    compared: Compared,
    health: Sequence[Check],
    words: Sequence[str],
    sections: Sequence[Section],
) -> None:
    console.print(table_of(f"Bundle {manifest.version} ({manifest.trained_on})", compared.by_click, COLUMNS))
    for other, rows in compared.baselines.items():
        console.print(table_of(f"Baseline: {other.replace('_', ' ')}", rows, COLUMNS))
    console.print(in_short(health))
    for check in health:
        console.print(f"  {check.name}: {check.verdict}. {check.words}", markup=False, highlight=False, soft_wrap=True)
    for sentence in words:
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    for section in sections[1:]:
        console.print(f"\n{section.title}", style="bold")
        for sentence in (*section.words, *section.lines):
            console.print(f"  {sentence}", markup=False, highlight=False, soft_wrap=True)


def _about(
    manifest: Manifest, name: str, source: Source, learn: Sequence[Encoded], test: Sequence[Encoded]
) -> list[tuple[str, str]]:
    taught = f"{len(learn):,} visits of the same data" if learn else "the measured visits themselves, out of five folds"
    return [
        ("Model", f"{manifest.version}, trained on {manifest.trained_on}"),
        ("Measured on", f"{len(test):,} visits from {name} {Path(source.path).name}".strip()),
        ("Baselines learned from", taught),
    ]
