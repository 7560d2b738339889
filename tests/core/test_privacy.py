"""The second gate: personal data that got past the page is cut before an event is folded, scored or logged."""

from typing import Any

import msgspec
import pytest

from core import events as ev
from core.fields import Item
from core.privacy import REDACTED, is_personal, redact, without_personal_data

PERSONAL = [
    "jane.doe@example.com",
    "/account/jane@example.org/orders",
    "jane%40example.com",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "5500005555555559",
    "+49 170 1234567",
    "+14155550123",
    "(555) 123-4567",
    "555-123-4567",
    "0049 30 1234567",
    "01701234567",
    "1.800.555.1234",
    "/call/+491701234567x",
    "/a/4111%201111%201111%201111",
    "/t/+49%20170%201234567",
    "/u/jane%2540example.com",
    "/back%2Fjane%40example.com%2F",
    "4111_1111_1111_1111",
]
HARMLESS = [
    "/product/12345",
    "/blog/2024/11/best-headphones",
    "sku-100234",
    "T-20261122-0042",
    "reviews",
    "wireless-headphones",
    "2026-11-22",
    "1700000000001",
    "/c/headphones",
    "WH-1000XM5",
    "free_shipping_2026",
    "/%C3%A9t%C3%A9/100%25-cotton",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_what_looks_personal_is_cut(text: str) -> None:
    assert is_personal(text)
    assert REDACTED in redact(text)
    assert not is_personal(redact(text))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_a_shop_calls_its_things_is_kept(text: str) -> None:
    assert not is_personal(text)
    assert redact(text) == text


# shows: B4
def test_every_string_of_an_event_is_looked_at() -> None:
    view = ev.PageView(seq=1, at_ms=1, page_type="account", path="/u/jane@example.com", topic="+14155550123")
    clean, count = without_personal_data(view)
    assert count == 2
    assert "jane" not in str(clean)
    assert "4155550123" not in str(clean)


def test_items_are_looked_at_too() -> None:
    bought = ev.Purchase(
        seq=1, at_ms=1, currency="USD", value_minor=5, items=(Item("jane@example.com"),), transaction_id="T-1"
    )
    clean, count = without_personal_data(bought)
    assert count == 1
    assert "jane" not in str(clean)
    assert isinstance(clean, ev.Purchase)
    assert clean.transaction_id == "T-1"


def test_a_harmless_event_passes_unchanged() -> None:
    event = ev.Search(seq=1, at_ms=1, term_length=12)
    assert without_personal_data(event) == (event, 0)


def test_every_string_field_of_every_event_type_is_looked_at() -> None:
    planted = "jane@example.com"
    needed: dict[str, Any] = {"page_type": "home", "name": "n", "percent": 1, "active_ms": 1, "waited_ms": 1}
    needed |= {"term_length": 1, "decision_id": "0" * 16, "action_id": "a", "seq": 1, "at_ms": 1}
    checked = 0
    for event_type in ev.EVENT_TYPES:
        values = {name: value for name, value in needed.items() if name in event_type.__struct_fields__}
        for field in msgspec.structs.fields(event_type):
            if "str" not in str(field.type) or field.name in ("decision_id", "currency"):
                continue
            event = event_type(**{**values, field.name: planted})
            assert planted not in str(without_personal_data(event)[0]), (event_type, field.name)
            checked += 1
    assert checked > 15
