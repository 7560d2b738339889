"""What tests of the model are built from: small networks, rows, sessions, and a made-up folder of recorded ones."""

import csv
import gzip
from pathlib import Path
from random import Random

import torch
from hypothesis import strategies as st

from core import events as ev
from core.events import EVENT_TAG_COUNT
from core.features import CLICKS_MOST, NUMBER_COUNT, Encoded
from core.pages import PAGE_CODE_COUNT
from model.bundle import Bundle, Manifest, Platt
from model.dataset import Recorded
from model.heads import HEADS, Head
from model.network import Network

START_MS = 1_767_225_600_000
STREAM = b"\x50\x00" + b"m" * 12

numbers = st.lists(st.floats(-4, 4, width=32, allow_subnormal=False), min_size=NUMBER_COUNT, max_size=NUMBER_COUNT).map(
    tuple
)
rows = st.builds(
    Encoded,
    st.integers(0, EVENT_TAG_COUNT - 1),
    st.integers(0, PAGE_CODE_COUNT - 1),
    numbers,
    st.integers(0, CLICKS_MOST),
)
VOCABULARY = range(1, 20)


def untrained(
    seed: int = 3, *, heads: tuple[Head, ...] = HEADS, calibration: dict[str, tuple[Platt, ...]] | None = None
) -> Bundle:
    """A bundle whose weights come from a seed: what it says is worth nothing, its arithmetic is as real as any."""
    torch.manual_seed(seed)
    network = Network(VOCABULARY, heads=heads)
    network.landing.uniform_(-0.5, 0.5)
    weights = {name: tensor.detach() for name, tensor in network.state_dict().items()}
    manifest = Manifest(trained_on="nothing", version="0" * 16, heads=heads, calibration=calibration or {})
    return Bundle(manifest, weights)


def some_rows(count: int, seed: int = 1) -> list[Encoded]:
    chance = Random(seed)

    def one() -> Encoded:
        values = tuple(chance.uniform(-1.5, 2.0) for _ in range(NUMBER_COUNT))
        tag, page_code = chance.randrange(EVENT_TAG_COUNT), chance.randrange(25)
        return Encoded(tag, page_code, values, chance.randint(0, CLICKS_MOST))

    return [one() for _ in range(count)]


def visit(*events: ev.Event, has_bought: bool = False, split: str = "", was_offered: bool = False) -> Recorded:
    """These events on one page, a second apart and numbered, whatever seq and time they were given."""
    kept = []
    for i, event in enumerate(events):
        fields = {name: getattr(event, name) for name in type(event).__struct_fields__}
        kept.append((STREAM, type(event)(**{**fields, "seq": i + 1, "at_ms": START_MS + 1000 * i})))
    return Recorded("visit", kept, has_bought=has_bought, split=split, was_offered=was_offered)


def page(kind: str) -> ev.PageView:
    return ev.PageView(seq=1, at_ms=0, page_type=kind)


def dwell(seconds: int) -> ev.Dwell:
    return ev.Dwell(seq=1, at_ms=0, active_ms=seconds * 1000)


def write_recorded(folder: Path, count: int, *, is_packed: bool = True, seed: int = 1) -> Path:
    """A made-up folder in the format `shop-a`, in which page 6 and haste go with buying."""
    chance = Random(seed)
    sessions, events = [], []
    for i in range(count):
        buys = chance.random() < 0.3
        split = "val" if i % 4 == 0 else "train"
        sessions.append([f"s{i}", int(buys), 1, 0, split])
        t_seconds = 0.0
        for pos in range(chance.randint(6, 9)):
            kind = chance.choice("123456" + ("66" if buys else "11"))
            events.append([f"s{i}", pos, kind, round(t_seconds, 1)])
            t_seconds += chance.expovariate(1 / (10 if buys else 40))
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "sessions.csv", ["session_id", "purchase", "static0", "static1", "split"], sessions, is_packed)
    _write(folder / "events.csv", ["session_id", "pos", "page", "t_seconds"], events, is_packed)
    return folder


def _write(file: Path, head: list[str], lines: list[list[object]], is_packed: bool) -> None:
    if is_packed:
        with gzip.open(file.with_suffix(".csv.gz"), "wt", newline="") as handle:
            csv.writer(handle).writerows([head, *lines])
        return
    with file.open("w", newline="") as handle:
        csv.writer(handle).writerows([head, *lines])
