"""A preview through everything that is real: the verb, the server as `serve` runs it, sockets, claims, Postgres, replay."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import aiohttp
import pytest

from core.rules_template import NEW_SITE_RULES
from core.wire import Ack, ActionFrame
from server.app import RunningApp, serving
from server.cli import main
from server.embedded.system import free_port
from server.settings import Settings
from server.store.drafts import keep_draft
from server.store.pool import connect
from server.store.publish import add_site
from tests.server.serving import received, sample, socket_to
from tests.support.builders import SESSION_ID, browsing, frame, hello

ORIGIN = "https://shop.example"
DRAFT = """
[[actions]]
id = "welcome"
segments = ["unlikely_to_buy"]
min_cart_minor = 900000
is_on = false
cost_minor = 500
budget_minor_per_day = 500
[actions.action]
type = "content"
title = "Ten off"
url = "https://shop.example/ten-off"
honour = { by = "pool", pool = "nothing-in-it" }
"""


async def run(capsys: pytest.CaptureFixture[str], settings: Settings, *words: str) -> str:
    capsys.readouterr()
    status = await asyncio.to_thread(main, [*words, "--data-dir", settings.data_dir])
    printed = capsys.readouterr()
    assert status == 0, printed.err
    return printed.out


async def until_known(app: RunningApp, key: str) -> None:
    """Until the worker has the site: the preview, which came later, it has with it."""
    async with asyncio.timeout(10), aiohttp.ClientSession(headers={"Origin": ORIGIN}) as http:
        while True:
            async with http.post(f"{app.base_url}/_fc/v1/events", data=b"\x91" + hello(key=key)) as answer:
                if answer.status == 204:
                    return
            await asyncio.sleep(0.05)


async def offered(app: RunningApp, key: str, token: str, *, session_id: bytes = SESSION_ID) -> ActionFrame | None:
    """What one page brings by the time that all its events are acked."""
    events = browsing(1)
    stream = b"\x50\x00" + session_id[:12]
    offer: ActionFrame | None = None
    async with socket_to(app.base_url, key=key, origin=ORIGIN) as socket:
        await socket.send(hello(key=key, preview=token, session_id=session_id, stream=stream))
        await socket.send(frame(*events, stream=stream))
        while True:
            answer = await received(socket)
            if isinstance(answer, ActionFrame):
                offer = answer
            if isinstance(answer, Ack) and len(events) in dict(answer.covered).values():
                return offer


def counted(site_id: str) -> list[float]:
    """What other tests of this process have counted of a site of the same name counts here too."""
    chosen = [
        sample("fifthclick_decisions_total", site=site_id, segment=segment, outcome="chosen")
        for segment in ("likely_to_buy", "on_the_fence", "unlikely_to_buy")
    ]
    return [*chosen, sample("fifthclick_actions_shown_total", site=site_id, action="welcome")]


# shows: G12 F10
async def test_a_drafts_switched_off_action_without_budget_or_codes_is_previewed_claimed_as_a_sample_and_replayed(
    servers_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data_dir=str(servers_folder / "previews"), port=free_port())
    async with serving(settings) as app:
        pool = await connect(app.database_url)
        site = await add_site(pool, name="Shop", origins=[ORIGIN])
        await keep_draft(pool, site.site_id, NEW_SITE_RULES + DRAFT)
        printed = await run(capsys, settings, "preview", site.site_id, "welcome", "--draft")
        token = parse_qs(urlsplit(next(line for line in printed.splitlines() if "fc_preview=" in line)).query)[
            "fc_preview"
        ][0]
        await until_known(app, site.key)
        before = counted(site.site_id)
        assert await offered(app, site.key, "", session_id=b"o" * 16) is None, "an ordinary visit is not shown a draft"
        offer = await offered(app, site.key, token)
        assert offer is not None
        assert (offer.action_id, offer.params["title"]) == ("welcome", "Ten off")

        body = {"site": site.key, "session": SESSION_ID.hex(), "claim": offer.params["claim"]}
        async with aiohttp.ClientSession(headers={"Origin": ORIGIN}) as http:
            for _ in range(2):
                async with http.post(f"{app.base_url}/_fc/v1/claims", json=body) as answer:
                    claimed = await answer.json()
                    assert (answer.status, claimed["is_sample"]) == (200, True), claimed
                    assert claimed["code"].startswith("SAMPLE-")

        stored = "SELECT traffic, forced_arm FROM raw.events WHERE session_id = $1"
        async with asyncio.timeout(20):
            while len(rows := await pool.fetch(stored, UUID(bytes=SESSION_ID))) < 2:
                await asyncio.sleep(0.05)
        assert [(row["traffic"], row["forced_arm"]) for row in rows] == [("preview", "treatment")] * 2
        assert [r["traffic"] for r in await pool.fetch("SELECT traffic FROM marts.claims")] == ["preview"]
        assert counted(site.site_id) == before, "a preview counts nowhere"
        assert "Equal: " in await run(capsys, settings, "replay", str(UUID(bytes=SESSION_ID)))
        await pool.close()
