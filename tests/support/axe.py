"""axe, the accessibility checker, on a page in a browser. Nothing of it is switched off."""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "tracker_js" / "node_modules" / "axe-core" / "axe.min.js"

_RUN = """(scope) => axe.run(scope ? { include: [[scope]] } : document).then(({ violations }) =>
  violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${[n.target].flat(3).join(' ')}: ${n.any[0]?.message ?? v.help}`)))"""


async def axe_says(page: Page, scope: str = "") -> list[str]:
    """What is wrong, by rule and element; `scope` is a selector, empty for the whole page."""
    if await page.evaluate("typeof axe") == "undefined":
        await page.evaluate(AXE.read_text() + "\n;0")
    found: list[str] = await page.evaluate(_RUN, scope)
    return found
