"""What `fifthclick report` does not say: a number that health forbids, amounts that cannot be added, what too few visits show."""

import re

import asyncpg
import pytest
from msgspec.structs import replace

from tests.store.reported import MARCH, SOUND, Run, check_of, planted
from tests.store.visits import shop


# shows: H5
async def test_a_sample_ratio_fault_stands_first_and_no_lift_is_printed(
    reported: Run, postgres_url: str, connection: asyncpg.Connection
) -> None:
    await planted(postgres_url, connection, replace(SOUND, lost_share=0.12))
    told, page, _ = await reported(*MARCH)
    assert told["checks"][0]["name"] == "Sample ratio"
    assert told["checks"][0]["verdict"] == "bad"
    assert "Next:" in told["checks"][0]["words"]
    [lift] = told["lifts"]
    assert lift["sentence"].endswith("see Health.")
    assert {lift[name] for name in ("conversion", "extra_orders", "report")} == {None}
    assert lift["amounts"] == []
    assert told["whom"] == {}
    assert "points more often" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


async def test_a_month_without_visits_says_what_to_do_next(reported: Run, postgres_url: str) -> None:
    await shop(postgres_url)
    told, page, said = await reported(*MARCH)
    assert told["lifts"] == []
    assert check_of(told, "Visits")["verdict"] == "bad"
    assert "check-tag" in said
    assert "no action was chosen in any visit. Next:" in page


async def test_without_a_holdout_there_is_no_lift_and_the_next_step(
    reported: Run, postgres_url: str, connection: asyncpg.Connection
) -> None:
    await planted(postgres_url, connection)
    for table in ("sessions", "outcomes", "decisions"):
        await connection.execute(f"UPDATE marts.{table} SET arm = 'treatment', treatment_probability = 1"
                                 if table != "outcomes" else "UPDATE marts.outcomes SET arm = 'treatment'")  # fmt: skip
    told, _, said = await reported(*MARCH)
    assert check_of(told, "Sample ratio")["verdict"] == "bad"
    assert "holdout_share" in said
    assert told["lifts"][0]["conversion"] is None


async def recoloured(connection: asyncpg.Connection, currency: str, count: int) -> None:
    """The first orders are paid in this currency."""
    for table in ("claims", "orders", "outcomes"):
        await connection.execute(
            f"UPDATE marts.{table} SET currency = {currency} WHERE currency IS NOT NULL AND session_id IN"
            f" (SELECT session_id FROM marts.orders ORDER BY order_id LIMIT {count})"
        )


async def test_each_currency_has_its_own_amount_and_none_are_added(
    reported: Run, postgres_url: str, connection: asyncpg.Connection
) -> None:
    await planted(postgres_url, connection)
    told, _, _ = await reported(*MARCH)
    [alone] = told["lifts"][0]["amounts"]
    await recoloured(connection, "'USD'", 200)
    told, page, _ = await reported(*MARCH)
    [lift] = told["lifts"]
    assert [amount["currency"] for amount in lift["amounts"]] == ["EUR", "USD"]
    euros, dollars = lift["amounts"]
    assert (euros["visit_count"], dollars["visit_count"]) == (alone["visit_count"] - 200, 200)
    assert euros["given_minor"] + dollars["given_minor"] == alone["given_minor"]
    # By assignment each: what is extra in both together is what was extra in one, up to how the score is held equal.
    both = euros["extra_minor"]["value"] + dollars["extra_minor"]["value"]
    assert both == pytest.approx(alone["extra_minor"]["value"], rel=0.02)
    assert dollars["extra_minor"]["value"] < euros["extra_minor"]["value"] < alone["extra_minor"]["value"]
    assert "worth EUR " in lift["sentence"]
    assert " and USD " in lift["sentence"]
    assert lift["sentence"] in page
    assert check_of(told, "Currency")["verdict"] == "unsure"


async def test_what_too_few_paid_in_is_named_and_said_of_no_amount(
    reported: Run, postgres_url: str, connection: asyncpg.Connection
) -> None:
    await planted(postgres_url, connection)
    await recoloured(connection, "'USD'", 8)
    told, _, _ = await reported(*MARCH)
    [lift] = told["lifts"]
    assert lift["amounts"][1]["extra_minor"] is None
    assert "cannot be said in USD: there are 8 visits with margin in all" in lift["sentence"]
    assert "worth EUR " in lift["sentence"]


async def test_orders_without_a_currency_are_counted_and_in_no_amount(
    reported: Run, postgres_url: str, connection: asyncpg.Connection
) -> None:
    await planted(postgres_url, connection)
    await recoloured(connection, "NULL", 40)
    told, _, _ = await reported(*MARCH)
    [lift] = told["lifts"]
    assert lift["conversion"]["value"] > 0
    assert lift["nameless_count"] == 40
    assert [amount["currency"] for amount in lift["amounts"]] == ["EUR"]
    assert "Orders of 40 visits name no currency and are in no amount. Next: send `currency`" in lift["sentence"]
    assert check_of(told, "Currency")["verdict"] == "unsure"


async def test_too_few_visits_are_refused_with_what_is_missing(
    reported: Run, postgres_url: str, connection: asyncpg.Connection
) -> None:
    await planted(postgres_url, connection, replace(SOUND, day_count=2, visits_per_day=40))
    told, _, _ = await reported(*MARCH)
    [lift] = told["lifts"]
    assert "cannot be judged" in lift["sentence"]
    assert "Next: wait for more visits" in lift["sentence"]
    assert lift["conversion"] is None


async def test_the_page_fetches_nothing_runs_nothing_and_hides_no_markup(
    reported: Run, postgres_url: str, connection: asyncpg.Connection
) -> None:
    await planted(postgres_url, connection)
    await connection.execute("UPDATE marts.decisions SET reason = 'a<b>&'")
    _, page, _ = await reported(*MARCH)
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "url(http" not in page
    assert "a<b>" not in page


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("month", "--month", "2026-13"), "is no month. Next: for example --month 2026-10"),
        (("week", "--week", "2026-W54"), "is no week. Next: for example --week 2026-W43"),
        (("week", "--month", "2026-10"), "a week is asked for and --month is given"),
    ],
)
async def test_a_span_that_is_none_is_refused(
    words: tuple[str, ...], wrong: str, reported: Run, postgres_url: str
) -> None:
    _, _, said = await reported("report", words[0], "--site", "shop", *words[1:])
    assert wrong in said
