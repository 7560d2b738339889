"""What is read of each platform's body: these fields, in these units, and a body that is none is a plain no without a quotation."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.money import THOUSANDTHS, WHOLE, minor_of
from server.orders import ours, shopify, woocommerce
from server.orders.notice import BadOrder, Notice, checked, session_of
from tests.orders.telling import PLACED, Teller, our_order, session_text, shopify_order, woocommerce_order
from tests.store.tables import count
from tests.store.visits import NOON

ORDER = "SELECT order_id, value_minor, shipping_minor, tax_minor, currency, coupons, item_count FROM raw.server_orders"


# shows: I3
async def test_each_platform_s_order_is_the_same_order(teller: Teller) -> None:
    await teller.tell("shopify", shopify_order())
    await teller.tell("woocommerce", woocommerce_order())
    await teller.tell("api", our_order(shipping_minor=490, tax_minor=700, coupons=["SHIP"], item_count=3))
    assert sorted(await teller.rows(ORDER)) == [
        ("5000001", 4_200, 490, 700, "EUR", ["SHIP"], 3),
        ("701", 4_200, 490, 700, "EUR", ["ship"], 3),
        ("A-1", 4_200, 490, 700, "EUR", ["SHIP"], 3),
    ]
    assert await teller.rows("SELECT DISTINCT placed_at FROM raw.server_orders") == [(NOON,)]


async def test_an_order_may_go_by_its_number(teller: Teller) -> None:
    await teller.tell("shopify", shopify_order(), order="number")
    await teller.tell("woocommerce", woocommerce_order(), order="number")
    assert await teller.rows("SELECT order_id FROM marts.orders ORDER BY 1") == [("1001",), ("W-1",)]


@pytest.mark.parametrize("kind", ["shopify", "woocommerce"])
async def test_the_visit_is_read_from_the_notes_of_a_cart_or_an_order(kind: Any, teller: Teller) -> None:
    noted: dict[str, Any] = (
        {"note_attributes": [{"name": "_fifthclick_session", "value": session_text(7)}]}
        if kind == "shopify"
        else {"meta_data": [{"id": 1, "key": "_fifthclick_session", "value": session_text(7)}]}
    )
    await teller.tell(kind, shopify_order(**noted) if kind == "shopify" else woocommerce_order(**noted))
    [(found,)] = await teller.rows("SELECT session_id FROM marts.orders")
    assert found.hex == session_text(7)


@pytest.mark.parametrize("odd", [None, "", 7, "x" * 32, "A" * 32, [session_text(7)], {"a": 1}])
def test_what_is_no_visit_s_id_joins_nothing(odd: object) -> None:
    assert session_of(odd) is None
    body = json.dumps(shopify_order(note_attributes=[{"name": "_fifthclick_session", "value": odd}])).encode()
    notice = shopify.read(body, by_number=False)
    assert notice is not None
    assert notice.order is not None
    assert notice.order.session_id is None


@pytest.mark.parametrize(
    "status", ["pending", "checkout-draft", "auto-draft", ""], ids=lambda status: status or "no status"
)
async def test_a_woocommerce_order_that_waits_for_its_money_is_none_yet(status: str, teller: Teller) -> None:
    assert await teller.tell("woocommerce", woocommerce_order(status=status)) == (200, {"status": "ignored"})
    assert await count(teller.connection, "marts.orders") == 0
    await teller.tell("woocommerce", woocommerce_order(status="on-hold"))
    assert await count(teller.connection, "marts.orders") == 1


@pytest.mark.parametrize(
    "other",
    [
        {"id": 1, "email": "ann.lee@example.org"},
        {"id": 1, "total_price": "10.00", "currency": "EUR", "token": "a checkout", "created_at": PLACED},
        shopify_order(test=True),
    ],
    ids=["a customer", "a checkout", "a test order"],
)
async def test_what_is_no_order_of_shopify_s_is_left_alone(other: dict[str, Any], teller: Teller) -> None:
    assert await teller.tell("shopify", other) == (200, {"status": "ignored"})
    assert await count(teller.connection, "raw.server_orders") == 0


async def test_a_webhook_about_something_else_is_left_alone(teller: Teller) -> None:
    assert await teller.tell("standard", {"type": "customer.created", "data": our_order()}) == (
        200,
        {"status": "ignored"},
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"value_minor": -1}, "value_minor"),
        ({"value_minor": "4200"}, "value_minor"),
        ({"value_minor": 42.5}, "value_minor"),
        ({"value_minor": None}, "value_minor"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "ann.lee@example.org"}, "currency"),
        ({"placed_at": None}, "placed_at"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"placed_at": "2026-01-05T12:00:00"}, "placed_at"),
        ({"changed_at": "2199-01-01T00:00:00Z"}, "changed_at"),
        ({"order_id": ""}, "order_id"),
        ({"order_id": "ann lee <ann.lee@example.org>"}, "order_id"),
        ({"order_id": 7}, "order_id"),
        ({"refunds": [{"refund_id": "r", "refunded_minor": -5}]}, "refunds"),
        ({"coupons": "SHIP"}, "coupons"),
    ],
)
async def test_a_field_that_is_wrong_is_named_and_never_quoted(
    fields: dict[str, Any], field: str, teller: Teller
) -> None:
    status, answer = await teller.tell("api", our_order(**fields))
    assert (status, answer["reason"], answer.get("field")) == (400, "bad_order", field)
    assert "lee" not in json.dumps(answer)
    assert await count(teller.connection, "raw.server_orders") == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"ann.lee@example.org"', b"\xff\xfe", b"[" * 100_000, b"null"])
async def test_a_body_that_is_no_order_at_all_is_a_plain_no(body: bytes, teller: Teller) -> None:
    for kind in ("api", "shopify", "woocommerce"):
        status, answer = await teller.tell(kind, body)
        assert (status, answer["reason"]) == (400, "bad_order")
        assert "field" not in answer


def test_an_order_number_that_could_be_a_card_s_is_named_by_its_hash() -> None:
    told = checked(Notice("4111111111111111", None, ()), datetime.now(UTC))
    assert told.order_id.startswith("order-")
    assert told.order_id.removeprefix("order-").isalpha()
    assert told == checked(Notice("4111111111111111", None, ()), datetime.now(UTC)), "the same name every time"
    assert checked(Notice("5000001", None, ()), datetime.now(UTC)).order_id == "5000001"


def test_codes_of_another_shape_are_none_of_ours() -> None:
    body = json.dumps(our_order(coupons=["SHIP", "ann.lee@example.org", "a b", "SHIP", "+44 20 7946 0958"])).encode()
    told = checked(ours.read(body), datetime.now(UTC)).order
    assert told is not None
    assert told.coupons == ("SHIP",)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("19.90", "EUR", 1_990), ("1990", "JPY", 1_990), ("1.990", "KWD", 1_990), ("0.125", "USD", 12),
        ("-3.5", "USD", -350), ("1e3", "EUR", 100_000), ("", "EUR", None), ("NaN", "EUR", None), ("Infinity", "EUR", None),
        ("1e999999999", "EUR", None), ("12,50", "EUR", None), ("99999999999999", "EUR", None),
    ],
)  # fmt: skip
def test_amounts_become_minor_units_of_their_currency(amount: str, currency: str, minor: int | None) -> None:
    assert minor_of(amount, currency) == minor


def test_python_and_the_tracker_know_the_same_currencies() -> None:
    source = (Path(__file__).parents[2] / "tracker_js" / "src" / "money.ts").read_text()
    assert f"'{WHOLE.replace(' ', '')}'" in source
    assert f"'{THOUSANDTHS.replace(' ', '')}'" in source


def test_a_refund_alone_goes_to_its_order_and_one_that_only_restocks_is_of_nothing() -> None:
    paid = {"kind": "refund", "status": "success", "amount": "5.00", "currency": "EUR"}
    failed = {**paid, "status": "failure"}
    body = {"id": 9, "order_id": 5_000_001, "created_at": PLACED, "note": "Ann asked", "transactions": [paid, failed]}
    notice = shopify.read(json.dumps(body).encode(), by_number=False)
    assert notice is not None
    assert (notice.order_id, notice.order) == ("5000001", None)
    assert [tuple(r) for r in notice.refunds] == [("9", 500, "EUR", NOON)]
    restock = shopify.read(json.dumps({**body, "transactions": []}).encode(), by_number=False)
    assert restock is not None
    assert restock.refunds[0].refunded_minor == 0


def test_woocommerce_states_say_whether_an_order_stands() -> None:
    def cancelled(status: str) -> datetime | None:
        notice = woocommerce.read(json.dumps(woocommerce_order(status=status)).encode(), by_number=False)
        assert notice is not None
        assert notice.order is not None
        return notice.order.cancelled_at

    assert [cancelled(s) for s in ("cancelled", "failed", "trash")] == [NOON] * 3
    assert [cancelled(s) for s in ("processing", "completed", "refunded", "a-status-of-a-plugin")] == [None] * 4


def test_a_missing_amount_is_named() -> None:
    with pytest.raises(BadOrder) as caught:
        shopify.read(json.dumps(shopify_order(total_price="a lot")).encode(), by_number=False)
    assert caught.value.field == "value_minor"
