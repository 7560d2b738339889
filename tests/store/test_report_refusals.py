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
    assert {lift[name] for name in ("conversion", "extra_orders", "extra_minor", "report")} == {None}
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


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ("'USD'", "paid in EUR, USD, and amounts of two currencies are never added"),
        ("NULL", "some orders name no currency. Next: send `currency`"),
    ],
)
async def test_amounts_that_cannot_be_added_are_not_and_the_lift_is_still_said(
    changed: str, words: str, reported: Run, postgres_url: str, connection: asyncpg.Connection
) -> None:
    await planted(postgres_url, connection)
    for table in ("orders", "outcomes"):
        await connection.execute(
            f"UPDATE marts.{table} SET currency = {changed} WHERE currency IS NOT NULL AND session_id IN"
            " (SELECT session_id FROM marts.orders ORDER BY order_id LIMIT 40)"
        )
    told, page, _ = await reported(*MARCH)
    [lift] = told["lifts"]
    assert lift["conversion"]["value"] > 0
    assert lift["extra_minor"] is lift["wasted"] is lift["given_minor"] is None
    assert words in lift["sentence"]
    assert "worth EUR" not in page
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
