"""The starter files for dashboards: every query of theirs runs as the analyst and finds what is there."""

import json
import re
from pathlib import Path
from typing import Any

import asyncpg
import pytest

FOLDER = Path(__file__).parents[2] / "deploy" / "bi"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text())
QUESTIONS = re.split(r"(?m)^-- (.+) --$", (FOLDER / "metabase-questions.sql").read_text())[1:]


def _grafana() -> dict[str, str]:
    """The panels' queries as Grafana sends them, for a site and a month."""
    queries = {panel["title"]: panel["targets"][0]["rawSql"] for panel in DASHBOARD["panels"]}
    queries["sites"] = DASHBOARD["templating"]["list"][0]["query"]
    span = r"\1 BETWEEN '2000-01-01' AND '2100-01-01'"
    return {
        title: re.sub(r"\$__timeFilter\((.+?)\)", span, query).replace("$site", "shop")
        for title, query in queries.items()
    }


def _metabase() -> dict[str, str]:
    return {
        title: query.replace("{{site}}", "'shop'") for title, query in zip(QUESTIONS[::2], QUESTIONS[1::2], strict=True)
    }


# shows: I2
@pytest.mark.parametrize(("title", "query"), [*_grafana().items(), *_metabase().items()])
async def test_every_query_finds_rows_as_the_analyst(title: str, query: str, simulated: asyncpg.Connection) -> None:
    transaction = simulated.transaction()
    await transaction.start()
    try:
        await simulated.execute("SET LOCAL ROLE fifthclick_analyst")
        assert title == "sites" or "traffic = 'live'" in query, "results about shoppers keep live traffic"
        assert await simulated.fetch(query.replace("'live'", "'simulated'").rstrip().rstrip(";")), title
    finally:
        await transaction.rollback()


def test_panels_do_not_lie_on_each_other_and_all_use_the_one_source() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        taken |= cells
        assert panel["datasource"]["uid"] == "fifthclick"
    assert "uid: fifthclick" in (FOLDER / "grafana-datasource.yaml").read_text()
