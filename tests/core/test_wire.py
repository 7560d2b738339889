"""Frames and events over the wire: what goes in comes out, and no bytes at all do worse than be refused."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as ev
from core.errors import Malformed, TooBig
from core.fields import Item
from core.privacy import without_personal_data
from core.records import Decision, Frame, Record, Rejected, Scores, decode_frame, encode_frame
from core.wire import (
    MAX_EVENT_BYTES,
    MAX_FRAME_BYTES,
    Ack,
    ActionFrame,
    Batch,
    Events,
    Hello,
    Notice,
    Unreadable,
    Withdraw,
    decode_body,
    decode_client_frame,
    decode_event,
    decode_server_frame,
    encode,
)
from tests.support.builders import START_MS, STREAM, dwell
from tests.support.strategies import any_event, events_of

HELLO = Hello(1, "pk_shop", b"s" * 16, STREAM, START_MS, b"token", "preview", "control", True)


@pytest.mark.parametrize("kind", ev.EVENT_TYPES, ids=lambda kind: ev.NAME_BY_TYPE[kind])
@given(st.data())
def test_every_event_of_every_type_survives_the_wire(kind: type[ev.Event], data: st.DataObject) -> None:
    event = data.draw(events_of(kind))
    if len(ev.encode_event(event)) <= MAX_EVENT_BYTES:
        assert decode_event(ev.encode_event(event)) == event


@given(any_event())
def test_what_was_redacted_can_still_be_read_when_it_is_replayed(event: ev.Event) -> None:
    redacted, _ = without_personal_data(event)
    assert not isinstance(decode_event(ev.encode_event(redacted)), Unreadable)


def test_a_path_at_its_limit_can_be_read_again_after_an_address_was_cut_from_it() -> None:
    view = ev.PageView(seq=1, at_ms=START_MS, page_type="home", path="/" + "a" * 192 + "/" + "x@y.de")
    redacted, count = without_personal_data(view)
    assert (count, isinstance(redacted, ev.PageView)) == (1, True)
    assert decode_event(ev.encode_event(redacted)) == redacted
    assert b"@" not in ev.encode_event(redacted)


@given(st.binary(max_size=300))
def test_no_bytes_do_worse_than_be_refused(data: bytes) -> None:
    for decode in (decode_client_frame, decode_server_frame, decode_body):
        with suppress(Malformed):
            assert decode(data) is not None
    read = decode_event(data)
    assert isinstance(read, Unreadable) or read.seq >= 1


@given(any_event(), st.data())
def test_an_event_that_was_changed_in_a_byte_is_read_or_named_and_never_raises(
    event: ev.Event, data: st.DataObject
) -> None:
    changed = bytearray(ev.encode_event(event))
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    read = decode_event(bytes(changed))
    assert not isinstance(read, Unreadable) or read.reason


@pytest.mark.parametrize(
    "frame", [HELLO, Events([Batch(STREAM, 3, [msgspec.Raw(ev.encode_event(dwell(4)))])])], ids=["hello", "events"]
)
def test_client_frames_survive_the_wire_alone_and_in_a_body(frame: Hello | Events) -> None:
    assert encode(decode_client_frame(encode(frame))) == encode(frame)
    assert [encode(part) for part in decode_body(encode([frame, frame]))] == [encode(frame)] * 2


@pytest.mark.parametrize(
    "frame",
    [
        Ack(((STREAM, 7),), b"token"),
        ActionFrame("0" * 16, STREAM, 7, "free-shipping", {"title": "Free", "to_go_minor": 0}, 15_000),
        Withdraw("0" * 16, "payment_step"),
        Notice(STREAM, 7, 420, "on_the_fence", "quiet_period", "", "The shopper has only just arrived."),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_server_frames_survive_the_wire(frame: Ack | ActionFrame | Withdraw | Notice) -> None:
    assert decode_server_frame(encode(frame)) == frame


def test_a_newer_tracker_may_add_fields_at_the_end_and_an_older_one_leave_them_out() -> None:
    fields = msgspec.msgpack.decode(encode(HELLO))
    assert decode_client_frame(msgspec.msgpack.encode([*fields, "later"])) == HELLO
    old = decode_client_frame(msgspec.msgpack.encode(fields[:6]))
    assert isinstance(old, Hello)
    assert (old.token, old.traffic) == (None, "live")
    view = ev.encode_event(ev.PageView(seq=1, at_ms=5, page_type="home"))
    longer = msgspec.msgpack.encode([*msgspec.msgpack.decode(view), 1, 2])
    assert decode_event(longer) == decode_event(view)


def test_a_frame_over_the_limit_is_too_big_and_one_at_the_limit_is_only_judged_by_its_content() -> None:
    with pytest.raises(TooBig):
        decode_client_frame(b"\xc1" * (MAX_FRAME_BYTES + 1))
    with pytest.raises(Malformed):
        decode_client_frame(b"\xc1" * MAX_FRAME_BYTES)


@pytest.mark.parametrize(
    ("raw", "reason", "seq"),
    [
        ([99, 7, 5], "unknown_type", 7),
        ([1, 7, 5, "two words"], "invalid_page_type", 7),
        ([1, 0, 5, "home"], "invalid_seq", None),
        ([18, 7, 5, float("nan")], "invalid_percent", 7),
        ([18, 7, 5, 101], "invalid_percent", 7),
        ([12, 7, 5, None, 4200, []], "missing_currency", 7),
        ([12, 7, 5, None, None, [["sku", "", 100, 1]]], "missing_currency", 7),
        ([12, 7, 5, "eur", 4200, []], "invalid_currency", 7),
        ([12, 7, 5, "EUR", -1, []], "invalid_value_minor", 7),
        ([6, 7, 5, "EUR", 1, [["sku", "", -100, 1]]], "invalid_items", 7),
        ([32, 7, 5, "x" * 9000], "event_too_big", 7),
        (["1", 7, 5], "malformed_event", 7),
        ({"seq": 1}, "malformed_event", None),
        (None, "malformed_event", None),
    ],
)
def test_an_event_that_cannot_be_read_says_why_and_keeps_its_place(raw: object, reason: str, seq: int | None) -> None:
    read = decode_event(msgspec.msgpack.encode(raw))
    assert isinstance(read, Unreadable)
    assert (read.reason, read.seq) == (reason, seq)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (ev.PageView(seq=10, at_ms=5, page_type="home\n"), "invalid_page_type"),
        (ev.PageView(seq=10, at_ms=5, page_type="home", path="/a\n"), "invalid_path"),
        (ev.Purchase(seq=10, at_ms=5, currency="EUR\n", value_minor=100), "invalid_currency"),
        (ev.ViewItem(seq=10, at_ms=5, items=(Item("lamp\n"),)), "invalid_items"),
    ],
)
def test_a_line_end_is_no_part_of_any_field(event: ev.Event, reason: str) -> None:
    read = decode_event(ev.encode_event(event))
    assert isinstance(read, Unreadable)
    assert (read.seq, read.reason) == (10, reason)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(Malformed):
        decode_client_frame(b"\x91" * 60_000)
    assert isinstance(decode_event(b"\x92\x01" + b"\x91" * 5000), Unreadable)


def test_a_frame_of_records_survives_the_log() -> None:
    decision = Decision(
        "0" * 16, "case", "upsell", "chosen", "likely_to_buy", "treatment", 0.9, (("guide", "other_page"),), False, True
    )
    record = Record(
        site_id="shop", stream=STREAM, seq=1, session_id=b"s" * 16, received_at_ms=START_MS, payload=b"x", epoch=b"e" * 8,
        step=1, scores=Scores(0.1 + 0.2, 1 / 3), segment="on_the_fence", decision=decision,
    )  # fmt: skip
    rejected = Rejected(
        site_id="shop", stream=STREAM, seq=2, session_id=b"s" * 16, received_at_ms=START_MS, reason="gap"
    )
    frame = Frame((record,), (rejected,))
    assert decode_frame(encode_frame(frame)) == frame


def test_an_item_is_as_bounded_as_its_event() -> None:
    too_many = ev.ViewItemList(seq=1, at_ms=5, items=tuple(Item(f"sku-{i}") for i in range(21)))
    read = decode_event(ev.encode_event(too_many))
    assert isinstance(read, Unreadable)
    assert read.reason == "invalid_items"
