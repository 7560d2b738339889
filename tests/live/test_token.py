"""The sealed token: what it opens for, what it refuses, and how big it may become."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core import events as ev
from core.assignment import Assignment
from core.errors import ConfigError
from core.pacing import Pacing
from core.records import Scores
from core.session import Session, observe
from server.live.token import FORMAT, LIFETIME_S, Sealer, TokenRefused
from tests.support.builders import START_MS, make_sealer
from tests.support.script import make_visits

NOW_MS = START_MS
SESSION = Session(id=b"s" * 16, step=3, hidden=b"h" * 256)


def seal(sealer: Sealer | None = None, session: Session = SESSION, *, site_id: str = "shop") -> bytes:
    return (sealer or make_sealer()).seal(session, site_id=site_id, now_ms=NOW_MS)


def why_refused(token: bytes, *, site_id: str = "shop", session_id: bytes = SESSION.id, now_ms: int = NOW_MS) -> str:
    with pytest.raises(TokenRefused) as refused:
        make_sealer().open(token, site_id=site_id, session_id=session_id, now_ms=now_ms)
    return refused.value.reason


def long_session(seed: int, *, events: int, pages: int) -> Session:
    """A state after so many events on so many pages, with every part of it as full as it gets."""
    chance = Random(seed)
    session = Session(id=chance.randbytes(16))
    at_ms, count, visits = START_MS, 0, make_visits(chance, pages=pages)
    for page, visit in enumerate(visits):
        stream = chance.randbytes(14)
        view = ev.PageView(
            seq=1, at_ms=at_ms, page_type=visit.page_type, path=f"/products/{page}", topic="size-comparison",
            device="desktop", source="organic_search", local_hour=21, is_new_visitor=True,
        )  # fmt: skip
        session = observe(session, stream, view)
        count += 1
        for seq in range(2, 2 + (events - count) // (pages - page) if page < pages - 1 else 2 + events - count):
            at_ms += chance.randrange(200, 15_000)
            session = observe(session, stream, chance.choice(visit.moves).make(seq, at_ms))
            count += 1
    assert count == events
    return replace(
        session,
        hidden=chance.randbytes(256),
        scorer_version=chance.randbytes(8).hex(),
        scores=Scores(*(chance.random() for _ in Scores.__struct_fields__)),
        page=replace(session.page, score_before=chance.random()),
        peak_score=chance.random(),
        pacing=Pacing(
            offered={"free-shipping-over-50": 2, "newsletter": 1},
            last_offer_ms=session.elapsed_ms,
            pending=chance.randbytes(8).hex(),
            has_chosen=True,
            assignment=Assignment("treatment", 0.9),
            last_answer=("free-shipping-over-50", "waits_for_a_pause", "unlikely_to_buy"),
        ),
    )


# shows: B4
@pytest.mark.parametrize("seed", range(5))
def test_a_session_of_500_events_on_30_pages_is_sealed_in_1024_bytes_and_opens_bit_for_bit(seed: int) -> None:
    session = long_session(seed, events=500, pages=30)
    token = seal(session=session)
    assert len(token) <= 1024
    assert make_sealer().open(token, site_id="shop", session_id=session.id, now_ms=NOW_MS) == session


def test_a_token_opens_for_its_own_site_and_session_only() -> None:
    token = seal()
    assert make_sealer().open(token, site_id="shop", session_id=SESSION.id, now_ms=NOW_MS) == SESSION
    assert why_refused(token, site_id="other") == "forged"
    assert why_refused(token, session_id=b"t" * 16) == "forged"


@given(st.data())
def test_a_token_that_was_changed_anywhere_or_cut_is_refused_and_nothing_worse(data: st.DataObject) -> None:
    token = bytearray(seal())
    if data.draw(st.booleans()):
        token[data.draw(st.integers(0, len(token) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del token[data.draw(st.integers(0, len(token) - 1)) :]
    assert why_refused(bytes(token)) in ("forged", "unknown_key", "unknown_format")


@given(st.binary(max_size=2048))
def test_any_bytes_are_refused_and_nothing_worse(token: bytes) -> None:
    assert why_refused(token) in ("forged", "unknown_key", "unknown_format")


def test_a_token_expires_after_a_day_and_not_before() -> None:
    token = seal()
    last_ms = NOW_MS + LIFETIME_S * 1000 - 1000
    assert make_sealer().open(token, site_id="shop", session_id=SESSION.id, now_ms=last_ms) == SESSION
    assert why_refused(token, now_ms=last_ms + 1000) == "expired"


def test_each_key_opens_whichever_seals_and_a_key_that_is_gone_is_named_so() -> None:
    for key_id in (1, 2):
        token = seal(make_sealer(key_id))
        assert make_sealer().open(token, site_id="shop", session_id=SESSION.id, now_ms=NOW_MS) == SESSION
    assert why_refused(seal(Sealer({9: b"9" * 32}, sealing_key_id=9))) == "unknown_key"


def test_the_same_key_id_with_another_key_is_a_forgery() -> None:
    assert why_refused(seal(Sealer({1: b"x" * 32}, sealing_key_id=1))) == "forged"


def test_a_later_format_is_refused_as_such() -> None:
    assert why_refused(bytes((FORMAT + 1,)) + seal()[1:]) == "unknown_format"


def test_nothing_of_the_state_can_be_read_from_a_token() -> None:
    session = replace(SESSION, pacing=Pacing(pending="0123456789abcdef"), scorer_version="feedfacefeedface")
    token = seal(session=session)
    assert SESSION.id not in token
    assert b"0123456789abcdef" not in token
    assert b"h" * 8 not in token
    assert token != seal(session=session), "a nonce was used twice"


@pytest.mark.parametrize(("keys", "sealing"), [({}, 1), ({1: b"short"}, 1), ({300: b"1" * 32}, 300)])
def test_keys_that_cannot_be_used_are_named_with_a_next_step(keys: dict[int, bytes], sealing: int) -> None:
    with pytest.raises(ConfigError, match="Next:"):
        Sealer(keys, sealing_key_id=sealing)
