"""300 random walks over a page on which offers keep coming; axe on the whole page for every type, shape, width and direction."""

import argparse
import asyncio
from typing import Any

from tests.support.axe import axe_says
from tests.support.browser import chromium
from tests.tracker.manners import walk
from tools.offer_samples import SHAPES, params_for, samples
from tools.offer_sheets import NARROW, WIDE
from tools.offer_stage import Stage

WALKS = 300
STEPS = 40


def run(options: argparse.Namespace) -> dict[str, Any]:
    return asyncio.run(_run())


async def _run() -> dict[str, Any]:
    async with chromium() as browser:
        walked = []
        for seed in range(1000, 1000 + WALKS):
            context = await browser.new_context(viewport={"width": (320, 768, 1280)[seed % 3], "height": 700})
            page = await context.new_page()
            await page.clock.install()
            walked.append(await walk(page, seed, steps=STEPS))
            await context.close()
        pages, said = 0, []
        page = await browser.new_page()
        await page.emulate_media(reduced_motion="reduce")
        for width, height in (WIDE, NARROW):
            await page.set_viewport_size({"width": width, "height": height})
            for direction, lang in (("ltr", "en"), ("rtl", "ar")):
                for shape in SHAPES:
                    for name, action in samples():
                        stage = Stage(page)
                        await stage.open(lang=lang, direction=direction, room_px=420)
                        await stage.draw(params_for(action, shape))
                        said += [f"{name} as {shape} at {width} {direction}: {what}" for what in await axe_says(page)]
                        pages += 1
    broken = [what for one in walked for what in one.broken]
    shown = sum(one.shown for one in walked)
    return {
        "passed": not broken and not said and shown > WALKS,
        "walks": WALKS,
        "steps": sum(one.steps for one in walked),
        "offers_shown": shown,
        "offers_withheld": sum(one.withheld for one in walked),
        "broken": broken[:20],
        "pages_seen_by_axe": pages,
        "axe_said": said[:20],
    }
