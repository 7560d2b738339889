"""`python -m tools.report_picture`: draws docs/img/month.png anew, the top of a month's report over planted visits."""

import asyncio
import os
import tempfile
from pathlib import Path

import asyncpg

from server.cli import main
from server.embedded.postgres import EmbeddedPostgres
from server.store.migrate import migrate
from tests.store.reported import MARCH, pictured
from tests.support.browser import chromium

PICTURE = Path(__file__).parents[1] / "docs/img/month.png"
_WIDE, _HIGH = 1120, 1830


async def draw() -> None:
    with tempfile.TemporaryDirectory(prefix="fifthclick-picture-", dir="/var/tmp") as name:
        folder = Path(name)
        # Postgres runs as a user of its own, who has to get to its folder.
        folder.chmod(0o711)
        postgres = EmbeddedPostgres(folder / "postgres")
        url = await postgres.start()
        try:
            await migrate(url)
            connection = await asyncpg.connect(url)
            await pictured(url, connection)
            await connection.close()
            os.environ |= {"DATABASE_URL": url, "FIFTHCLICK_DATA_DIR": str(folder / "data")}
            page = folder / "month.html"
            assert await asyncio.to_thread(main, [*MARCH, "--out", str(page)]) == 0
        finally:
            await postgres.stop()
        async with chromium() as browser:
            opened = await browser.new_page(viewport={"width": _WIDE, "height": _HIGH}, color_scheme="light")
            await opened.goto(page.as_uri())
            await opened.screenshot(path=PICTURE)


if __name__ == "__main__":
    asyncio.run(draw())
