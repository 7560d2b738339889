"""`python -m tools.offer_sheets`: docs/img/offers/, every action type in every shape, wide and narrow, in both directions.

The pictures are for people: look at them after a change of the renderer, and commit them with it.
"""

import asyncio
import base64
import shutil
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from core.actions import Action, Shape
from tools.offer_samples import SHAPES, params_for, samples
from tools.offer_stage import Stage

FOLDER = Path(__file__).parents[1] / "docs" / "img" / "offers"
WIDE, NARROW = (1280, 620), (320, 568)
PART: dict[Shape, tuple[int, int, int, int]] = {
    "bar": (120, 0, 1040, 230),
    "card": (640, 200, 640, 420),
    "inline": (0, 0, 720, 490),
    "modal": (260, 110, 760, 400),
}
"""What of a wide window is shown: x, y, width, height. The rest of it is only the shop."""
MOST_BYTES = 400_000


async def picture(
    page: Page, action: Action, shape: Shape, *, rtl: bool = False, look: dict[str, object] | None = None
) -> bytes:
    """The window with one offer in it, once its motion is over."""
    stage = Stage(page)
    await stage.open(
        lang="ar" if rtl else "en", direction="rtl" if rtl else "ltr", room_px=310 if shape == "inline" else 0
    )
    await stage.draw(params_for(action, shape, look))
    x, y, width, height = PART[shape]
    clip = None if rtl or page.viewport_size == _size(NARROW) else {"x": x, "y": y, "width": width, "height": height}
    return await page.screenshot(type="jpeg", quality=90, clip=clip)  # type: ignore[arg-type]


def _size(pair: tuple[int, int]) -> ViewportSize:
    return {"width": pair[0], "height": pair[1]}


async def sheet(browser: Browser, name: str, shots: list[tuple[str, bytes]], *, columns: int, width: int) -> None:
    """One picture of many, with their names, small enough for a page."""
    cells = "".join(
        f"<figure><img src='data:image/jpeg;base64,{base64.b64encode(shot).decode()}'><figcaption>{title}</figcaption></figure>"
        for title, shot in shots
    )
    style = (
        f"body{{margin:0;padding:14px;display:grid;grid-template-columns:repeat({columns},1fr);gap:12px;background:#e9e9ec;"
        "font:13px system-ui}figure{margin:0}img{width:100%;display:block;border-radius:4px}figcaption{padding:4px 2px}"
    )
    page = await browser.new_page(viewport={"width": width, "height": 400})
    await page.set_content(f"<style>{style}</style>{cells}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for quality in (82, 70, 58, 45):
        data = await page.screenshot(full_page=True, type="jpeg", quality=quality)
        if len(data) < MOST_BYTES:
            break
    (FOLDER / f"{name}.jpg").write_bytes(data)
    await page.close()
    print(f"{name}.jpg: {len(data):,} bytes")


async def main() -> None:
    """Draw and write all of them."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"))
        wide = await browser.new_page(viewport=_size(WIDE))
        narrow = await browser.new_page(viewport=_size(NARROW))
        for page in (wide, narrow):
            await page.emulate_media(reduced_motion="reduce")
        for shape in SHAPES:
            shots = [(name, await picture(wide, action, shape)) for name, action in samples()]
            await sheet(browser, f"{shape}-wide", shots, columns=2 if shape == "bar" else 3, width=1500)
        for rtl in (False, True):
            for shape in SHAPES:
                shots = [(name, await picture(narrow, action, shape, rtl=rtl)) for name, action in samples()]
                await sheet(browser, f"{shape}-narrow{'-rtl' if rtl else ''}", shots, columns=6, width=1500)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
