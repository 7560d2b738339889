"""docs/analyst.md: its queries, and their output written anew below each.

`python -m tools.analyst_page DSN` runs every ```sql block as the analyst whose DSN it is, and fills the ```text block below it.
"""

import asyncio
import re
import sys
from pathlib import Path

from server.verbs.sql import fetch, table

PAGE = Path(__file__).parents[1] / "docs" / "analyst.md"

_BLOCK = re.compile(r"(```sql\n(?P<query>.*?)```\n\n```text\n)(.*?)(```\n)", re.DOTALL)


def queries(page: str) -> list[str]:
    """The SQL of each question, in order."""
    return [found["query"] for found in _BLOCK.finditer(page)]


async def filled(page: str, dsn: str) -> str:
    """The page with each query's output as it is now."""
    answers = iter([table(*(await fetch(dsn, query))) for query in queries(page)])
    return _BLOCK.sub(lambda found: f"{found[1]}{next(answers)}\n{found[4]}", page)


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python -m tools.analyst_page DSN (fifthclick demo prints one)", file=sys.stderr)
        return 2
    PAGE.write_text(asyncio.run(filled(PAGE.read_text(), sys.argv[1])))
    print(f"wrote {PAGE.relative_to(PAGE.parents[1])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
