"""Who may tell of orders: a secret key, or a signature over the bytes that came. Nothing else leaves a row."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.net.orders import MAX_BYTES
from server.orders.secrets import SecretSealer
from server.orders.signatures import Kind
from tests.orders.telling import SEALER, Teller, our_order, proof, shopify_order, woocommerce_order
from tests.store.tables import count

BODIES: dict[Kind, dict[str, Any]] = {
    "api": our_order(),
    "standard": {"type": "order.placed", "timestamp": "2026-01-01T00:00:00Z", "data": our_order()},
    "shopify": shopify_order(),
    "woocommerce": woocommerce_order(),
}
KINDS: list[Kind] = list(BODIES)


# shows: I3
@pytest.mark.parametrize("kind", KINDS)
async def test_an_order_that_is_proven_is_stored_once(kind: Kind, teller: Teller) -> None:
    assert await teller.tell(kind, BODIES[kind]) == (200, {"status": "stored"})
    assert await teller.tell(kind, BODIES[kind]) == (200, {"status": "unchanged"})
    assert await teller.rows("SELECT source, value_minor, currency, is_tracked FROM marts.orders") == [
        ("server", 4_200, "EUR", False)
    ]
    assert await teller.rows("SELECT source FROM raw.server_orders") == [(kind,)]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_secret_stores_nothing(kind: Kind, teller: Teller) -> None:
    secret = await teller.secret(kind)
    body = json.dumps(BODIES[kind]).encode()
    wrong = "whsec_" + base64.b64encode(b"w" * 32).decode() if kind == "standard" else f"{secret}x"
    status, _, answer = await teller.post(body, proof(kind, wrong, body))
    assert (status, answer["reason"]) == (401, "bad_key" if kind == "api" else "bad_signature")
    assert "Next:" in answer["detail"]
    assert await count(teller.connection, "raw.server_orders") == 0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "api"])
async def test_a_signature_holds_for_the_very_bytes_and_for_its_site(kind: Kind, teller: Teller) -> None:
    body = json.dumps(BODIES[kind]).encode()
    headers = proof(kind, await teller.secret(kind), body)
    for changed in (body + b" ", body.replace(b"42", b"41", 1)):
        status, _, answer = await teller.post(changed, headers)
        assert (status, answer["reason"]) == (401, "bad_signature")
    status, _, answer = await teller.post(body, headers, site="pk_other")
    assert (status, answer["reason"]) == (403, "unknown_site")
    assert await count(teller.connection, "raw.server_orders") == 0


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_standard_webhook_from_another_time_is_refused(minutes: int, teller: Teller) -> None:
    body = json.dumps(BODIES["standard"]).encode()
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    status, _, answer = await teller.post(body, proof("standard", await teller.secret("standard"), body, at=at))
    assert (status, answer["reason"]) == (401, "bad_signature")


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-id": "1", "webhook-timestamp": "now", "webhook-signature": "v1"},
        {"webhook-id": "1", "webhook-timestamp": "1e999", "webhook-signature": "v1,%%%"},
        {"webhook-signature": "v1,a b,c,d"},
        {"X-Shopify-Hmac-Sha256": "no base64 at all!"},
        {"X-WC-Webhook-Signature": ""},
        {"Authorization": "Basic c2tfOng="},
        {"Authorization": "Bearer "},
    ],
)
async def test_headers_that_are_no_proof_are_a_plain_no(headers: dict[str, str], teller: Teller) -> None:
    for kind in KINDS:
        await teller.secret(kind)
    status, _, answer = await teller.post(b"\xff\x00 no text", headers)
    assert status == 401
    assert answer["reason"] in ("bad_signature", "bad_key")


async def test_nothing_that_says_who_sends_it_is_told_what_to_do(teller: Teller) -> None:
    status, _, answer = await teller.post(json.dumps(our_order()).encode(), {})
    assert (status, answer["reason"]) == (401, "not_signed")
    assert "Bearer" in answer["detail"]


async def test_a_site_without_a_secret_for_this_kind_is_told_how_to_make_one(teller: Teller) -> None:
    status, _, answer = await teller.post(b"{}", {"X-Shopify-Hmac-Sha256": base64.b64encode(b"x").decode()})
    assert (status, answer["reason"]) == (401, "no_secret")
    assert "fifthclick site webhook" in answer["detail"]


async def test_a_secret_key_that_comes_from_a_page_is_refused(teller: Teller) -> None:
    headers = {**proof("api", await teller.secret("api"), b""), "Origin": "https://shop.example"}
    status, _, answer = await teller.post(json.dumps(our_order()).encode(), headers)
    assert (status, answer["reason"]) == (403, "secret_in_browser")
    assert await count(teller.connection, "raw.server_orders") == 0


@pytest.mark.parametrize("kind", ["api", "woocommerce"])
async def test_a_new_secret_leaves_the_one_before_it_a_day(kind: Kind, teller: Teller) -> None:
    old = await teller.secret(kind)
    body = json.dumps(BODIES[kind]).encode()
    new = await teller.secret(kind, is_new=True)
    for secret in (old, new):
        assert (await teller.post(body, proof(kind, secret, body)))[0] == 200
    await teller.connection.execute("UPDATE config.site_secrets SET ends_at = ends_at - interval '1 day'")
    assert (await teller.post(body, proof(kind, old, body)))[0] == 401
    assert (await teller.post(body, proof(kind, new, body)))[0] == 200


@pytest.mark.parametrize("kind", ["api", "woocommerce"])
async def test_a_new_secret_can_end_the_one_before_it_at_once(kind: Kind, teller: Teller) -> None:
    old = await teller.secret(kind)
    body = json.dumps(BODIES[kind]).encode()
    await teller.secret(kind, is_new=True, is_at_once=True)
    assert (await teller.post(body, proof(kind, old, body)))[0] == 401


async def test_no_secret_can_be_read_in_the_database(teller: Teller) -> None:
    made = [await teller.secret(kind) for kind in KINDS]
    [(text,)] = await teller.rows("SELECT string_agg(s::text, ' ') FROM config.site_secrets AS s")
    for secret in made:
        assert secret not in text
        assert secret.removeprefix("whsec_") not in text
    [(sealed,)] = await teller.rows("SELECT sealed FROM config.site_secrets WHERE kind = 'shopify'")
    assert SEALER.open(sealed, site_id="shop", kind="shopify") == made[2]
    assert SEALER.open(sealed, site_id="other", kind="shopify") is None
    assert SecretSealer({1: b"2" * 32}, 1).open(sealed, site_id="shop", kind="shopify") is None


async def test_woocommerce_may_try_the_address_before_it_signs_anything(teller: Teller) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, answer = await teller.post(b"webhook_id=17", form)
    assert (status, answer) == (200, {"status": "ignored"})
    status, _, answer = await teller.post(b"webhook_id=17&order_id=1", form)
    assert (status, answer["reason"]) == (401, "not_signed")


async def test_a_body_that_is_too_big_is_not_read(teller: Teller) -> None:
    body = b" " * (MAX_BYTES + 1)
    status, _, answer = await teller.post(body, proof("shopify", await teller.secret("shopify"), body))
    assert (status, answer["reason"]) == (413, "too_big")


async def test_while_postgres_is_away_the_shop_is_asked_to_send_it_again(teller: Teller) -> None:
    body = json.dumps(shopify_order()).encode()
    headers = proof("shopify", await teller.secret("shopify"), body)
    await teller.connection.execute("ALTER TABLE config.site_secrets RENAME TO away")
    status, sent, answer = await teller.post(body, headers)
    assert (status, answer["reason"]) == (503, "orders_wait")
    assert int(sent["Retry-After"]) > 0
    await teller.connection.execute("ALTER TABLE config.away RENAME TO site_secrets")
    assert (await teller.post(body, headers))[0] == 200
    assert await count(teller.connection, "marts.orders") == 1


def test_platforms_sign_as_python_does_without_any_library() -> None:
    # RFC 4231, test case 2: known for certain to others than us.
    expected = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    assert hmac.digest(b"Jefe", b"what do ya want for nothing?", "sha256") == expected
