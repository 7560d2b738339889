"""Amounts of two currencies: never added, each by assignment, and what is left out is counted and named."""

import pytest
from msgspec.structs import replace

from core.analysis.allocation import Wish
from core.analysis.currency import Paid, in_currency, paid_in
from core.analysis.report import lift_report
from core.analysis.visits import Row


def visits(count: int = 4_000) -> list[Row]:
    """Half treated: a third of those bought, of the others a quarter, for 10.00; every fourth buyer paid in dollars."""
    made = []
    for n in range(count):
        is_treated = n % 2 == 0
        has_bought = (n // 2) % 12 < (4 if is_treated else 3)
        made.append(
            Row(
                session_id=f"v{n}",
                arm="treatment" if is_treated else "control",
                decided_at_s=float(n),
                converted=has_bought,
                revenue_minor=1_000.0 * has_bought,
                margin_minor=400.0 * has_bought,
                treatment_probability=0.5,
                currency=("USD" if (n // 24) % 4 == 0 else "EUR") if has_bought else None,
            )
        )
    return made


def extra(rows: list[Row], currency: str | None = None) -> float:
    found = lift_report(rows, Wish(currency=currency)).measures["margin_per_session"].lift
    assert found is not None
    return found


def test_each_currency_s_lift_is_by_assignment_and_together_they_are_the_whole() -> None:
    rows = visits()
    alone = [replace(row, currency="EUR" if row.converted else None) for row in rows]
    assert extra(alone) == pytest.approx(400 / 12, rel=0.02)
    assert extra(rows) + extra(rows, "USD") == pytest.approx(extra(alone), rel=1e-9)
    assert extra(rows, "USD") == pytest.approx(extra(alone) / 4, rel=0.05)


def test_the_commonest_is_taken_and_the_others_are_counted_and_named() -> None:
    rows = visits()
    report = lift_report(rows)
    dollars = sum(row.currency == "USD" for row in rows)
    assert report.currency == "EUR"
    assert report.paid[1] == Paid(currency="USD", visit_count=dollars)
    [note] = [each for each in report.notes if "Amounts" in each]
    assert f"{dollars:,} in USD" in note
    # Who converted is no amount: it is the same in every currency.
    assert report.lift == lift_report(rows, Wish(currency="USD")).lift


def test_in_one_currency_nothing_is_said_of_it_and_without_any_all_is_one() -> None:
    for currency in ("EUR", None):
        report = lift_report([replace(row, currency=currency) for row in visits()])
        assert report.currency == currency
        assert not [each for each in report.notes if "Amounts" in each]
        assert report.measures["revenue_per_session"].lift == pytest.approx(1_000 / 12, rel=0.02)


def test_money_without_a_currency_is_not_taken_for_the_others() -> None:
    rows = [replace(row, currency=None) if row.currency == "USD" else row for row in visits()]
    assert paid_in(rows)[-1].currency is None
    assert sum(row.revenue_minor for row in in_currency(rows, "EUR")) == 1_000 * sum(r.currency == "EUR" for r in rows)
    [note] = [each for each in lift_report(rows).notes if "Amounts" in each]
    assert "name no currency" in note
    assert "Next:" in note


def test_a_margin_that_is_not_known_in_another_currency_hides_none_in_this() -> None:
    rows = [replace(row, margin_minor=None) if row.currency == "USD" else row for row in visits()]
    assert extra(rows) > 0
    assert "no margin" in lift_report(rows, Wish(currency="USD")).measures["margin_per_session"].reason
