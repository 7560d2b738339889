"""`fifthclick report`: the planted truth lies within its intervals, and every printed statement gives its figure."""

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from server.cli import main
from server.store.roles import ANALYST, ensure_login
from tests.store.reported import MARCH, SOUND, Run, planted


def holds(found: dict[str, float], truth: float) -> bool:
    return found["low"] < truth < found["high"]


# shows: I4 H4
async def test_the_planted_truth_lies_within_the_intervals_and_the_sentence_says_them(
    reported: Run, postgres_url: str, connection: asyncpg.Connection
) -> None:
    experiment = await planted(postgres_url, connection)
    told, page, said = await reported(*MARCH)
    [lift] = told["lifts"]
    treated = int(experiment.visits.is_treated.sum())
    assert lift["treated_count"] == treated
    assert holds(lift["conversion"], experiment.truth.lift("conversion"))
    assert holds(lift["extra_orders"], experiment.truth.lift("conversion") * treated)
    [amount] = lift["amounts"]
    assert holds(amount["extra_minor"], experiment.truth.lift("margin_per_session") * treated)
    # What a treated visit that bought was given is in it already; the held back were given nothing.
    bought = int(experiment.visits.converted[experiment.visits.is_treated].sum())
    assert amount["given_minor"] == bought * SOUND.discount_minor
    assert (amount["currency"], lift["nameless_count"]) == ("EUR", 0)
    points = f"{lift['conversion']['value'] * 100:.1f}"
    assert lift["sentence"].startswith(
        f"In March 2026 on-the-fence visits that were offered free-shipping bought {points} points more often"
    )
    assert "worth EUR " in lift["sentence"]
    assert lift["sentence"] in page
    assert lift["sentence"].replace("\n", "") in said.replace("\n", " ").replace("  ", " ")


async def test_every_printed_statement_gives_its_figure_to_the_analyst(
    reported: Run, postgres_url: str, simulated_url: str, connection: asyncpg.Connection, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", simulated_url)
    told, page, _ = await reported(*MARCH[:4], "--month", "2026-02", "--traffic", "simulated")
    analyst = await asyncpg.connect(
        await ensure_login(simulated_url, ANALYST, tmp_path / "data" / f"{ANALYST}.password")
    )
    try:
        names = set()
        for name, answers in told["figures"].items():
            for answer in answers:
                assert escaped(answer["sql"]) in page, name
                rows = [plain(dict(row)) for row in await analyst.fetch(answer["sql"])]
                if "rows" in answer:
                    assert rows == answer["rows"], name
                    names.add(name)
        assert len(names) >= 12
        assert told["figures"]["trade.funnel"][0]["rows"][0]["visit"] > 100
        assert told["figures"]["silence.silence"][0]["rows"]
        guarded = told["figures"]["lifts.guarded"][0]["rows"]
        assert {row["is_treated"] for row in guarded} == {True, False}
        assert told["figures"]["quality.quality"][0]["rows"]
    finally:
        await analyst.close()


async def test_a_printed_statement_and_fifthclick_lift_give_the_lift(
    reported: Run, postgres_url: str, connection: asyncpg.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await planted(postgres_url, connection)
    told, _, _ = await reported(*MARCH)
    [answer] = told["figures"]["lifts.lift-free-shipping-on_the_fence"]
    assert await asyncio.to_thread(main, ["sql", "--csv", answer["sql"]]) == 0
    rows, again = tmp_path / "rows.csv", tmp_path / "lift.json"
    rows.write_text(capsys.readouterr().out)
    assert await asyncio.to_thread(main, ["lift", "--from", str(rows), "--json", str(again)]) == 0
    recomputed, mine = json.loads(again.read_text()), told["lifts"][0]["report"]
    assert recomputed["lift"] == pytest.approx(mine["lift"], rel=1e-9)
    assert recomputed["interval"] == pytest.approx(mine["interval"], rel=1e-9)
    for name, measure in mine["measures"].items():
        assert recomputed["measures"][name]["lift"] == pytest.approx(measure["lift"], rel=1e-9), name


async def test_the_figures_are_those_of_the_views(reported: Run, simulated: asyncpg.Connection, simulated_url: str,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """All simulated visits are of two months; their two reports add up to what the views say of all."""
    monkeypatch.setenv("DATABASE_URL", simulated_url)
    parts = [
        (await reported(*MARCH[:4], "--month", month, "--traffic", "simulated"))[0] for month in ("2026-02", "2026-03")
    ]

    def summed(figure: str, column: str, **where: Any) -> float:
        return sum(
            row[column] or 0
            for part in parts
            for row in part["figures"][figure][0]["rows"]
            if all(row[key] == value for key, value in where.items())
        )

    for row in await simulated.fetch("SELECT * FROM marts.funnel WHERE traffic = 'simulated'"):
        assert summed("trade.funnel", row["step"]) == row["session_count"]
    health = await simulated.fetchrow("SELECT * FROM marts.experiment_health WHERE traffic = 'simulated'")
    for column in ("session_count", "treatment_count", "control_count", "holdout_count"):
        assert summed("health.arms", column) == health[column]
    for row in await simulated.fetch(
        "SELECT currency, sum(net_minor) AS net FROM marts.revenue_by_day GROUP BY currency"
    ):
        assert summed("trade.revenue", "net_minor", currency=row["currency"]) == row["net"]
    for row in await simulated.fetch("SELECT * FROM marts.score_calibration WHERE traffic = 'simulated'"):
        assert summed("quality.quality", "session_count", click_number=row["click_number"]) == row["session_count"]
    guarded = await simulated.fetch("SELECT * FROM marts.guardrails_by_arm WHERE traffic = 'simulated'")
    assert {row["is_treated"] for row in guarded} == {True, False}
    for row in guarded:
        named = {"action_id": row["action_id"], "is_treated": row["is_treated"]}
        assert summed("lifts.guarded", "session_count", **named) == row["session_count"]
    silences = await simulated.fetchval("SELECT count(*) FROM marts.offer_cost")
    assert silences
    assert summed("lifts.cost", "claimed_count") == await simulated.fetchval(
        "SELECT sum(claimed_count) FROM marts.offer_cost WHERE traffic = 'simulated'"
    )


def escaped(sql: str) -> str:
    return (
        sql.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;").replace('"', "&#34;")
    )


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON keeps it."""
    return json.loads(json.dumps(row, default=lambda v: float(v) if hasattr(v, "as_tuple") else str(v)))  # type: ignore[no-any-return]
