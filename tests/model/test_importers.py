"""Every format gives the same thing; a file that is wrong is named with its line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import events as ev
from core.errors import ConfigError
from core.events import encode_event
from core.features import is_feature
from core.pages import page_bucket
from model.dataset import encode_all
from model.importers import FILES, IMPORTERS, LABELS, read
from model.importers.shop_a import page_type
from model.importers.simulated import START_MS, played
from model.importers.source import Source, StoredEvent
from model.simulator.shopper import draw_shopper
from tests.model.builders import write_recorded
from tests.model.imported import WRITERS, write

OFFERED = frozenset(range(0, 60, 7))


def stored(site_id: str) -> Iterator[StoredEvent]:
    assert site_id in ("", "shop")
    for seed in range(60):
        for stream, event in played(draw_shopper(seed)).events:
            yield StoredEvent(f"{seed:032x}", stream, encode_event(event), seed in OFFERED)


def source_for(name: str, folder: Path) -> Source:
    path = {"simulated": "60", "postgres": "shop"}.get(name) or str(write(name, folder, 60))
    return Source(path=path, seed=3, stored_events=stored)


@pytest.mark.parametrize("name", IMPORTERS)
def test_every_importer_gives_sessions_that_can_be_encoded_and_both_outcomes(name: str, tmp_path: Path) -> None:
    sessions = list(read(name, source_for(name, tmp_path)))
    assert len(sessions) == 60
    assert len({session.session_id for session in sessions}) == 60
    assert {session.has_bought for session in sessions} == {True, False}
    for session in sessions:
        times = [event.at_ms for _, event in session.events]
        assert times == sorted(times)
        assert any(is_feature(event) for _, event in session.events)
        bought = any(isinstance(event, ev.Purchase) for _, event in session.events)
        assert not bought or session.has_bought
        assert session.began_at_ms > 0
    assert len(encode_all(sessions)) == 60


@pytest.mark.parametrize("name", IMPORTERS)
def test_every_importer_gives_the_same_sessions_again(name: str, tmp_path: Path) -> None:
    source = source_for(name, tmp_path)
    assert list(read(name, source)) == list(read(name, source))


def test_every_format_that_is_a_file_says_so_and_what_a_bundle_is_to_be_called() -> None:
    assert set(FILES) == set(WRITERS)
    assert set(LABELS) == set(IMPORTERS)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_there_is_named_with_a_next_step(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.*Next:"):
        list(read(name, Source(path=str(tmp_path / "nowhere"))))


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="use one of simulated, shop-a, postgres"):
        read("csv", Source())


def test_another_seed_gives_other_shoppers() -> None:
    first, other = (list(read("simulated", Source(path="5", seed=seed))) for seed in (1, 2))
    assert [s.events for s in first] != [s.events for s in other]


def test_stored_sessions_know_whether_an_action_was_chosen() -> None:
    sessions = list(read("postgres", Source(stored_events=stored)))
    assert [i for i, session in enumerate(sessions) if session.was_offered] == sorted(OFFERED)


def test_the_latest_tenth_of_stored_sessions_measures_and_what_has_taught_never_does_later() -> None:
    def until(count: int) -> Callable[[str], Iterator[StoredEvent]]:
        def rows(site_id: str) -> Iterator[StoredEvent]:
            for seed in range(count):
                hours = (seed * 7) % count
                shopper = draw_shopper(seed)
                for stream, event in played(shopper, START_MS + hours * 3_600_000).events:
                    yield StoredEvent(f"{hours:032x}", stream, encode_event(event), False)

        return rows

    then, now = ({s.session_id: s.split for s in read("postgres", Source(stored_events=until(n)))} for n in (60, 90))
    measured = sorted(session_id for session_id, split in then.items() if split == "val")
    assert measured == sorted(then)[-6:]
    taught = {session_id for session_id, split in then.items() if split == "train"}
    assert not taught & {session_id for session_id, split in now.items() if split == "val"}


def test_stored_sessions_without_a_database_say_what_to_do() -> None:
    with pytest.raises(ConfigError, match="Next: fifthclick train --from postgres"):
        list(read("postgres", Source()))


@pytest.mark.parametrize(
    ("site", "says"), [("nosite", "no site 'nosite' with live visits"), ("", "no site has live visits")]
)
def test_a_site_without_live_visits_is_named_and_that_simulated_ones_do_not_count(site: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        list(read("postgres", Source(path=site, stored_events=lambda _: [])))
    assert says in str(error.value)
    assert "simulated visits are left out. Next: " in str(error.value)


def test_plain_and_packed_tables_give_the_same(tmp_path: Path) -> None:
    packed = write_recorded(tmp_path / "packed", 20)
    plain = write_recorded(tmp_path / "plain", 20, is_packed=False)
    assert list(read("shop-a", Source(path=str(packed)))) == list(read("shop-a", Source(path=str(plain))))


def test_the_seven_unnamed_page_kinds_stay_apart_and_any_word_is_taken() -> None:
    kinds = [page_type(str(i)) for i in range(7)]
    assert kinds == [f"page_{i}" for i in range(7)]
    assert len({page_bucket(kind) for kind in kinds}) == 7
    assert page_type("Füße & more?") == "page_Füße---more-"


def test_a_recorded_purchase_is_a_label_and_no_event_is_invented(tmp_path: Path) -> None:
    sessions = list(read("shop-a", Source(path=str(write_recorded(tmp_path, 40)))))
    assert any(session.has_bought for session in sessions)
    assert {type(event) for session in sessions for _, event in session.events} == {ev.PageView}
    assert {session.split for session in sessions} == {"train", "val"}


def _replace(file: str, old: str, new: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1))

    return damage


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_replace("events.csv", "s0,1,", "s0,one,"), "events.csv:3: pos is 'one', no whole number"),
        (_replace("events.csv", "s0,1,", "s0,1.5,"), "events.csv:3: pos is '1.5', no whole number"),
        (_replace("events.csv", ",0.0\n", ",soon\n"), "events.csv:2: t_seconds is 'soon', no number"),
        (_replace("events.csv", "t_seconds", "seconds"), "events.csv:1: has no column 't_seconds'"),
        (_replace("sessions.csv", "s0,", "s0,maybe,"), "sessions.csv:2: purchase is 'maybe', not 0 or 1"),
        (lambda folder: (folder / "sessions.csv").unlink(), "has no sessions.csv or sessions.csv.gz"),
        (_replace("events.csv", "s0,1,", "s0,1\ns0,1,"), "events.csv:3: is cut short"),
        (_replace("events.csv", ",0.0\n", ",nan\n"), "events.csv:2: t_seconds is 'nan', no number"),
        (_replace("events.csv", ",0.0\n", ",inf\n"), "events.csv:2: t_seconds is 'inf', no number"),
        (lambda folder: (folder / "events.csv").write_bytes(b"\x1f\x8bnothing"), "events.csv:1: cannot be read"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(tmp_path: Path, damage: Callable[[Path], None], words: str) -> None:
    folder = write_recorded(tmp_path, 5, is_packed=False)
    damage(folder)
    with pytest.raises(ConfigError) as error:
        list(read("shop-a", Source(path=str(folder))))
    assert words in str(error.value)
    assert "Next:" in str(error.value)


def test_a_byte_order_mark_and_an_odd_letter_spoil_no_table(tmp_path: Path) -> None:
    folder = write_recorded(tmp_path, 5, is_packed=False)
    source = Source(path=str(folder))
    plain = list(read("shop-a", source))
    for file in (folder / "events.csv", folder / "sessions.csv"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert list(read("shop-a", source)) == plain
    with (folder / "events.csv").open("ab") as events:
        events.write(b"s0,999,\xe9,9999\n")
    [first, *others] = list(read("shop-a", source))
    assert len(first.events) == len(plain[0].events) + 1
    assert others == plain[1:]


def test_a_number_of_shoppers_that_is_none_is_refused() -> None:
    for path in ("many", "0", "-3"):
        with pytest.raises(ConfigError, match="is no number of shoppers"):
            read("simulated", Source(path=path))
