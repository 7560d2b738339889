"""A shop's server sends all that it knows of a person; what is kept is the order. Nothing else is anywhere in the data folder."""

import asyncio
import io
import json
import urllib.request
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from server.orders.signatures import Kind
from server.store.privacy_scan import scan_for_personal_data
from tests.orders.telling import PLACED, SHOPIFY_SECRET, proof
from tests.support.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PERSON = {
    "name": "Wilhelmina Featherstonehaugh", "first_name": "Wilhelmina", "last_name": "Featherstonehaugh",
    "email": "wilhelmina.f@letterbox.example", "phone": "+44 20 7946 0999", "address1": "17 Gooseberry Crescent",
    "city": "Puddletown-on-Wold", "zip": "PW17 4GC", "company": "Featherstonehaugh & Daughters",
}  # fmt: skip
ADDRESS = "203.0.113.77"
CARD = "4242 4242 4242 4242"
PLANTED = [*PERSON.values(), ADDRESS, CARD, CARD.replace(" ", ""), "Featherstone", "Gooseberry", "letterbox.example"]


def shopify() -> dict[str, Any]:
    return {
        "id": 820_982_911, "order_number": 1234, "name": "#1234", "created_at": PLACED, "updated_at": PLACED,
        "currency": "USD", "total_price": "99.00", "total_tax": "9.00", "email": PERSON["email"], "phone": PERSON["phone"],
        "contact_email": PERSON["email"], "browser_ip": ADDRESS, "note": f"for {PERSON['name']}", "customer": PERSON,
        "client_details": {"browser_ip": ADDRESS, "user_agent": PERSON["name"]}, "billing_address": PERSON,
        "shipping_address": PERSON, "payment_details": {"credit_card_number": CARD, "name": PERSON["name"]},
        "discount_codes": [{"code": PERSON["email"]}, {"code": "WELCOME"}],
        "note_attributes": [{"name": "gift_to", "value": PERSON["name"]}, {"name": PERSON["email"], "value": PERSON},
                            {"name": "_fifthclick_session", "value": PERSON["phone"]}],
        "line_items": [{"id": 1, "quantity": 1, "title": PERSON["name"], "properties": [PERSON]}],
        "refunds": [{"id": 5, "created_at": PLACED, "note": PERSON["name"], "transactions": [
            {"kind": "refund", "status": "success", "amount": "9.00", "currency": "USD", "receipt": PERSON}]}],
        "total_shipping_price_set": {"shop_money": {"amount": "5.00", "note": PERSON["name"]}},
    }  # fmt: skip


def woocommerce() -> dict[str, Any]:
    return {
        "id": 727, "number": "727", "status": "processing", "currency": "USD", "total": "29.35", "total_tax": "1.35",
        "shipping_total": "10.00", "date_created_gmt": PLACED[:19], "date_modified_gmt": PLACED[:19], "billing": PERSON,
        "shipping": PERSON, "customer_ip_address": ADDRESS, "customer_user_agent": PERSON["name"],
        "customer_note": f"{PERSON['name']} {CARD}", "transaction_id": CARD, "coupon_lines": [{"code": PERSON["email"]}],
        "line_items": [{"quantity": 2, "name": PERSON["name"]}],
        "meta_data": [{"key": "_billing_ssn", "value": PERSON}, {"key": "_fifthclick_session", "value": PERSON["email"]}],
        "refunds": [{"id": 6, "total": "-1.00", "reason": PERSON["name"]}],
    }  # fmt: skip


def our_own(**fields: object) -> dict[str, Any]:
    return {
        "order_id": "own-1", "placed_at": PLACED, "currency": "USD", "value_minor": 500, "customer": PERSON, "ip": ADDRESS,
        "session_id": PERSON["email"], "coupons": [PERSON["phone"], PERSON["name"]], **fields,
    }  # fmt: skip


GOOD: list[tuple[Kind, Any]] = [
    ("shopify", shopify()),
    ("woocommerce", woocommerce()),
    ("api", our_own()),
    ("standard", {"type": "order.placed", "data": our_own(order_id="own-2"), "person": PERSON}),
    ("api", our_own(order_id=CARD.replace(" ", ""))),
]
BAD: list[tuple[Kind, bytes]] = [
    ("shopify", json.dumps({**shopify(), "total_price": PERSON["name"]}).encode()),
    ("shopify", json.dumps({**shopify(), "currency": PERSON["email"]}).encode()),
    ("shopify", json.dumps(PERSON).encode()),
    ("woocommerce", json.dumps({**woocommerce(), "date_created_gmt": PERSON["name"]}).encode()),
    ("woocommerce", PERSON["name"].encode()),
    ("api", json.dumps(our_own(order_id=PERSON["email"])).encode()),
    ("api", json.dumps(our_own(value_minor=PERSON["name"])).encode()),
    ("api", json.dumps({PERSON["email"]: PERSON["name"]}).encode()[:-1]),
    ("standard", json.dumps({"type": PERSON["name"], "data": PERSON}).encode()),
    ("standard", json.dumps({"type": "order.placed", "data": PERSON["name"]}).encode()),
]


# shows: B1 I3
async def test_an_order_full_of_a_person_leaves_nothing_of_the_person_anywhere(stack: Stack, tmp_path: Path) -> None:
    key_file = tmp_path / "secret"
    key_file.write_text(SHOPIFY_SECRET)
    secrets: dict[Kind, str] = {"shopify": SHOPIFY_SECRET}
    [secrets["api"]] = [w for w in stack.cli("site", "key", "demo").split() if w.startswith("sk_") and w.isascii()][:1]
    assert SHOPIFY_SECRET not in stack.cli("site", "webhook", "demo", "shopify", "--secret", str(key_file))
    for kind in ("woocommerce", "standard"):
        said = stack.cli("site", "webhook", "demo", kind)
        secrets[kind] = said.split("shown this once:")[1].split()[0]
    [site] = await stack.rows("SELECT site_key FROM config.sites WHERE site_id = 'demo'")

    answers = b""
    async with aiohttp.ClientSession() as http:

        async def post(body: bytes, headers: dict[str, str]) -> int:
            nonlocal answers
            url = f"{stack.base_url}/_fc/v1/orders"
            async with http.post(
                url, params={"site": site["site_key"]}, data=io.BytesIO(body), headers=headers
            ) as answer:
                answers += await answer.read() + repr(answer.headers).encode()
                return answer.status

        for kind, content in GOOD:
            body = json.dumps(content).encode()
            assert await post(body, proof(kind, secrets[kind], body)) == 200, kind
            assert await post(body, proof(kind, "whsec_d3Jvbmd3cm9uZ3dyb25nd3Jvbmd3cm9uZw==", body)) == 401, kind
            assert await post(body, {}) == 401
        for kind, body in BAD:
            assert await post(body, proof(kind, secrets[kind], body)) in (200, 400), kind
        await stack.rows("ALTER TABLE raw.server_orders RENAME TO away")
        try:
            body = json.dumps(shopify()).encode()
            assert await post(body, proof("shopify", SHOPIFY_SECRET, body)) == 503
        finally:
            await stack.rows("ALTER TABLE raw.away RENAME TO server_orders")
    stored = await stack.rows("SELECT source, coupons, session_id FROM raw.server_orders ORDER BY source, order_id")
    assert [(r["source"], r["coupons"]) for r in stored] == [
        ("api", []), ("api", []), ("shopify", ["WELCOME"]), ("standard", []), ("woocommerce", [])
    ]  # fmt: skip
    assert all(row["session_id"] is None for row in stored)
    await stack.rows("CHECKPOINT")  # what Postgres has in memory only, it writes to its files now

    assert found_in(answers) == []
    with urllib.request.urlopen(f"{stack.base_url}/metrics") as answer:
        metrics = answer.read()
    assert found_in(metrics) == []
    assert b'fifthclick_orders_received_total{result="stored",site="demo",source="shopify"}' in metrics
    connection = await asyncpg.connect(stack.info.database_url)
    try:
        assert [f for f in await scan_for_personal_data(connection) if "order" in f.column] == []
    finally:
        await connection.close()
    files = [stack.data.parent / f"{stack.data.name}.log", *(f for f in stack.data.rglob("*") if f.is_file())]
    assert len(files) > 100
    for file in files:
        assert found_in(await asyncio.to_thread(file.read_bytes)) == [], file
    assert b"WELCOME" in b"".join(f.read_bytes() for f in (stack.data / "postgres").rglob("*") if f.is_file()), (
        "what may be kept is found in the same way"
    )


def found_in(data: bytes) -> list[str]:
    """Which of the planted texts stand in these bytes, also as hex and as JSON writes them."""
    return [t for t in PLANTED if t.encode() in data or t.encode().hex().encode() in data]
