"""Amounts as shops write them: read where they can mean one thing, left out where not, and never a purchase lost over one."""

import json
from pathlib import Path

import pytest

from core import events as ev
from model.importers import clean
from tests.model.imported import REES46_COLUMNS, sessions


@pytest.mark.parametrize(
    ("told", "cents"),
    [
        ("9.90", 990), (9.9, 990), (9, 900), ("9,90", 990), ("9,90 €", 990), ("1.234,50 €", 123_450), ("EUR 1,234.50", 123_450),
        ("1 234,50 kr", 123_450), ("1'234.50", 123_450), ("1.234.567", 123_456_700), ("12,-", 1200), ("$5", 500),
        ("1,234", None), ("1.234 €", None), ("free", None), ("9,90 or 10,90", None), ("", None), ("NaN", None),
        ("-9,90", None), (None, None), (True, None), ({"amount": 5}, None), ("1e300", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_where_it_can_mean_one_thing_and_else_is_none(told: object, cents: int | None) -> None:
    assert clean.minor(told, "EUR") == cents


def _lines(file: Path, rows: list[dict[str, object]]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def _order(name: str, folder: Path, price: object, total: object) -> Path:
    """One visit with one order in this format."""
    if name == "segment":
        told = {"order_id": "o", "total": total, "currency": "EUR", "products": [{"product_id": "p", "price": price}]}
        call = {"type": "track", "event": "Order Completed", "anonymousId": "v", "timestamp": "2026-01-01T00:00:00Z"}
        return _lines(folder / "calls", [{**call, "properties": told}])
    if name == "ga4-bigquery":
        params = [
            {"key": "currency", "value": {"string_value": "EUR"}},
            {"key": "value", "value": {"string_value": total}},
        ]
        row: dict[str, object] = {
            "event_name": "purchase",
            "event_timestamp": "1767225600000000",
            "user_pseudo_id": "v",
        }
        return _lines(folder / "rows", [{**row, "event_params": params, "items": [{"item_id": "p", "price": price}]}])
    schema = "iglu:com.snowplowanalytics.snowplow.ecommerce/{}/jsonschema/1-0-0"
    action = {"schema": schema.format("snowplow_ecommerce_action"), "data": {"type": "transaction"}}
    product = {"schema": schema.format("product"), "data": {"id": "p", "price": price, "currency": "EUR"}}
    order = {
        "schema": schema.format("transaction"),
        "data": {"transaction_id": "o", "revenue": total, "currency": "EUR"},
    }
    cells = {
        "collector_tstamp": "2026-01-01 00:00:00",
        "event_name": "snowplow_ecommerce_action",
        "domain_sessionid": "v",
        "unstruct_event": json.dumps({"schema": "u", "data": action}),
        "contexts": json.dumps({"schema": "c", "data": [product, order]}),
    }
    file = folder / "table.tsv"
    file.write_text("\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n")
    return file


# shows: D5
@pytest.mark.parametrize("name", ["segment", "ga4-bigquery", "snowplow"])
def test_an_order_whose_amounts_are_written_as_a_shop_writes_them_is_a_purchase_with_its_value(
    name: str, tmp_path: Path
) -> None:
    [visit], said = sessions(name, _order(name, tmp_path, "9,90", "1.234,50 €"))
    [(_, order)] = visit.events
    assert isinstance(order, ev.Purchase)
    assert (order.value_minor, order.items[0].price_minor, order.currency) == (123_450, 990, "EUR")
    assert visit.has_bought
    assert said == []


@pytest.mark.parametrize("name", ["segment", "ga4-bigquery", "snowplow"])
def test_an_order_whose_amounts_are_no_numbers_is_a_purchase_all_the_same(name: str, tmp_path: Path) -> None:
    [visit], said = sessions(name, _order(name, tmp_path, "on request", "1,234"))
    [(_, order)] = visit.events
    assert isinstance(order, ev.Purchase)
    assert (order.value_minor, order.items[0].price_minor, order.currency) == (None, None, None)
    assert visit.has_bought
    assert said == []


def test_a_rees46_purchase_without_a_price_stays_one(tmp_path: Path) -> None:
    file = tmp_path / "rees46.csv"
    file.write_text(f"{REES46_COLUMNS}\n2026-01-01 00:00:00 UTC,purchase,1,2,lamp,,on request,3,s\n")
    [visit], said = sessions("rees46", file)
    assert visit.has_bought
    assert said == []
