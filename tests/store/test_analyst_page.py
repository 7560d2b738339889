"""The analyst's page asks twelve questions, and shows what they give."""

import re
from pathlib import Path

from server.store.roles import ANALYST, ensure_login
from server.verbs.sql import fetch
from tools import analyst_page


async def test_each_question_of_the_analysts_page_has_rows_and_the_columns_that_the_page_shows(
    simulated_url: str, tmp_path: Path
) -> None:
    dsn = await ensure_login(simulated_url, ANALYST, tmp_path / "password")
    page = analyst_page.PAGE.read_text()
    asked = analyst_page.queries(page)
    shown = re.findall(r"```text\n(.*?)\n", page)
    assert len(asked) == len(shown) == 12
    for query, head in zip(asked, shown, strict=True):
        names, found = await fetch(dsn, query)
        assert found, query
        assert head.split() == names, "docs/analyst.md is old: python -m tools.analyst_page DSN"


async def test_the_analysts_page_is_filled_with_what_the_queries_give(simulated_url: str, tmp_path: Path) -> None:
    dsn = await ensure_login(simulated_url, ANALYST, tmp_path / "password")
    page = await analyst_page.filled("# Page\n\n```sql\nSELECT 1 AS one;\n```\n\n```text\nold\n```\n", dsn)
    assert page == "# Page\n\n```sql\nSELECT 1 AS one;\n```\n\n```text\none\n---\n  1\n(1 row)\n```\n"
