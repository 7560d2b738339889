"""Other people's files, row by row: what each becomes, what is left out and said, and what must never come through."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as ev
from core.events import encode_event, name_of
from model.importers import clean
from tests.model.builders import START_MS
from tests.model.imported import FIXTURE_OF, FIXTURES, sessions, told

SECRETS = (
    "lovelace", "example", "7946", "4111", "1111 ", "https", "google", "900111", "510000001", "aaaaaaaa-1111", "1234567.7654",
    "222.333", "anon-000", "duid", "5f1c0000", "203.0.113", "T-1", "7001", "Lamp for", "Dear", "Firefox", "Vienna",
)  # fmt: skip
"""What the fixtures have planted: names, addresses, numbers, visitors' and orders' ids, and what a visitor's browser is."""


# shows: D5
def test_retailrocket_rows_become_pages_products_carts_and_one_order_of_two_products() -> None:
    [first, second, later], said = sessions("retailrocket")
    assert told(first) == [
        "0 page_view product", "0 view_item 501*1@None None None", "40 page_view product",
        "40 view_item 503*1@None None None", "65 add_to_cart 503*1@None None None",
        "70 add_to_cart 501*1@None None None", "200 purchase 503*1@None+501*1@None None None",
    ]  # fmt: skip
    assert (first.has_bought, second.has_bought, later.has_bought) == (True, False, False)
    assert [name_of(event) for _, event in second.events] == ["page_view", "view_item"] * 2
    assert said == [
        "2 rows not usable and left out (the time or the visitor is missing: 1, not of this format's shape: 1; "
        "the first: retailrocket.csv:7). 1 row of kinds that tell nothing of shopping, left out."
    ]


def test_rees46_rows_keep_prices_and_categories_and_join_the_purchases_of_one_moment() -> None:
    [buyer, other, later], said = sessions("rees46")
    assert told(buyer) == [
        "0 page_view product", "0 view_item 1001*1@3579 None XXX", "31 add_to_cart 1001*1@3579 None XXX",
        "40 page_view product", "40 view_item 1002*1@950 None XXX", "52 add_to_cart 1002*1@950 None XXX",
        "70 purchase 1001*1@3579+1002*1@950 4529 XXX",
    ]  # fmt: skip
    looked, removed = other.events[1][1], other.events[2][1]
    assert isinstance(looked, ev.ViewItem)
    assert looked.items[0].category == "c5631882699"
    assert isinstance(removed, ev.RemoveFromCart)
    assert removed.items[0].price_minor is None, "a price below zero is none"
    assert [(s.has_bought, s.split) for s in (buyer, other, later)] == [(True, ""), (False, ""), (False, "")]
    assert "2 rows not usable" in said[0]
    assert "the time is none: 1, the session is missing: 1; the first: rees46.csv:10" in said[0]


def test_ga4_rows_become_the_events_that_the_tracker_would_have_sent() -> None:
    [buyer, other], said = sessions("ga4-bigquery")
    assert told(buyer) == [
        "0 page_view home", "12 search 24", "12 page_view search", "30 page_view product",
        "31 view_item SKU-1*1@3579 3579 EUR", "60 scroll 90", "75 add_to_cart SKU-1*2@3579 7158 EUR",
        "90 page_view cart", "91 view_cart SKU-1*2@3579 7158 EUR", "100 page_view checkout",
        "100 begin_checkout SKU-1*2@3579 7158 EUR", "140 add_shipping_info", "200 page_view confirmation",
        "200 purchase SKU-1*2@3579 7648 EUR",
    ]  # fmt: skip
    assert told(other) == [
        "20 page_view listing",
        "45 page_view account",
        "50 select_item",
        "55 view_promotion",
        "58 click",
    ]
    first, paid = buyer.events[0][1], other.events[0][1]
    assert isinstance(first, ev.PageView)
    assert (first.device, first.source, first.local_hour, first.is_new_visitor) == ("mobile", "organic_search", 2, True)
    assert isinstance(paid, ev.PageView)
    assert (paid.source, paid.is_new_visitor) == ("paid", False), (
        "how a visitor first came says nothing of later sessions"
    )
    assert (buyer.has_bought, other.has_bought) == (True, False)
    assert "3 rows not usable" in said[0]
    assert "ga4.ndjson:6" in said[0]


def test_segment_calls_become_events_and_silence_ends_a_session() -> None:
    [buyer, other, later], said = sessions("segment")
    assert told(buyer) == [
        "0 page_view home", "10 page_view search", "10 search 24", "20 page_view product",
        "21 view_item SKU-1*1@3579 None EUR", "50 add_to_cart SKU-1*2@3579 None EUR", "60 page_view checkout",
        "61 begin_checkout SKU-1*2@3579 7158 EUR", "90 add_payment_info", "100 purchase SKU-1*2@3579 7648 EUR",
    ]  # fmt: skip
    assert [name_of(event) for _, event in other.events] == ["page_view", "view_item", "view_promotion"]
    assert told(later) == ["5000 page_view faq", "5020 add_to_cart SKU-2*1@None None None"], "a price that is none"
    entries = [s.events[0][1] for s in (buyer, other, later)]
    assert [e.source for e in entries if isinstance(e, ev.PageView)] == ["social", "email", "internal"]
    assert {e.device for e in entries if isinstance(e, ev.PageView)} == {"desktop"}
    assert "2 rows not usable" in said[0]
    assert "2 rows of kinds" in said[0]


def test_snowplow_rows_become_events_with_their_entities() -> None:
    [buyer, other, plain], said = sessions("snowplow")
    assert told(buyer) == [
        "0 page_view home", "12 search 28", "20 page_view product", "21 view_item SKU-1*1@3579 None EUR",
        "50 add_to_cart SKU-1*2@3579 None EUR", "60 page_view checkout", "61 begin_checkout  None None",
        "90 add_payment_info", "120 purchase SKU-1*2@3579 7648 EUR",
    ]  # fmt: skip
    assert told(other)[:2] == ["5 page_view listing", "9 click"]
    assert told(other)[2] == "30 add_to_cart redacted*1@12 None JPY", "a yen has no cents"
    assert told(plain) == ["60 purchase  1990 EUR", "60 page_view confirmation"]
    assert [s.has_bought for s in (buyer, other, plain)] == [True, False, True]
    assert "3 rows not usable" in said[0]


def test_a_snowplow_table_from_a_warehouse_is_read_by_its_header() -> None:
    [session], said = sessions("snowplow", FIXTURES / "snowplow_warehouse.csv")
    assert told(session) == [
        "0 page_view product", "5 view_item SKU-1*1@3579 None EUR", "50 purchase SKU-1*1@3579 3579 EUR"
    ]  # fmt: skip
    assert said == []


# shows: D5 E1
@pytest.mark.parametrize("name", FIXTURE_OF)
def test_nothing_personal_that_stands_in_a_file_comes_out_of_it_nor_is_said(name: str) -> None:
    planted = (FIXTURES / FIXTURE_OF[name]).read_text()
    assert any(secret in planted for secret in SECRETS)
    read_in, said = sessions(name)
    out = " ".join(said) + repr([(event, encode_event(event)) for s in read_in for _, event in s.events])
    out = out.replace(str(START_MS)[:6], "")
    assert [secret for secret in SECRETS if secret in out] == []
    assert all(re.fullmatch("[0-9a-f]{32}", s.session_id) for s in read_in)


@given(
    secret=st.sampled_from(["ada@example.com", "ada%40example.com", "+44 20 7946 0018", "4111 1111 1111 1111", "4111111111111111"]),
    before=st.text(st.characters(categories=["Ll"]), max_size=8),
)  # fmt: skip
def test_a_secret_between_words_never_survives_cleaning(secret: str, before: str) -> None:
    for text in (clean.slug(f"{before} {secret}"), clean.item_id(f"{before} {secret}")):
        assert secret not in text
        assert not any(part in text for part in ("example", "7946", "4111"))


def test_two_sessions_of_one_visitor_have_nothing_in_common_but_the_shop() -> None:
    [first, _, later], _ = sessions("retailrocket")
    assert first.session_id != later.session_id
    assert first.session_id[:8] != later.session_id[:8]
    assert {len(s.session_id) for s in (first, later)} == {32}
