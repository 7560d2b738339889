"""Random walks over a shop's page on which offers keep coming: what must hold after each step, however they meet.

A walk is dice and a list of steps: typing, paying, dialogs, cookie banners, overlays, other tabs, offers of every type and
shape, withdrawals, taps. What is asked after each step is what a shopper could complain of.
"""

from random import Random
from typing import Any, NamedTuple

from playwright.async_api import Page

from core.actions import type_of
from tools.offer_samples import ACTIONS, SHAPES, params_for
from tools.offer_stage import BODY, Stage

WATCH = """
window.moved = 0
new PerformanceObserver((l) => { for (const e of l.getEntries()) if (!e.hadRecentInput) moved += e.value })
  .observe({ type: 'layout-shift', buffered: true })
window.put = (html) => {
  const box = document.createElement('div')
  box.setHTMLUnsafe(html)
  const one = box.firstChild
  document.body.append(one)
  if (one.popover) one.showPopover()
}
"""
OBSTACLES: dict[str, str] = {
    "dialog": "<dialog open id=obstacle style='position:fixed;inset:20% 30%'>Choose a size</dialog>",
    "drawn_dialog": "<div role=dialog aria-modal=true id=obstacle style='position:fixed;inset:10%;background:#fff'>Size</div>",
    "onetrust": "<div id=onetrust-banner-sdk style='position:fixed;inset:auto 0 0'><b>Your privacy</b><button>OK</button></div>",
    "cookie_box": "<div class=x81 id=obstacle style='position:fixed;left:12px;bottom:12px;width:260px;padding:12px'>"
    "We use cookies <button>Fine</button></div>",
    "overlay": "<div id=obstacle style='position:fixed;inset:0;background:#0006'><p>Join us</p></div>",
    "menu": "<nav id=obstacle style='position:fixed;inset:0 40% 0 0;background:#fff'><a href=/coffee>Coffee</a></nav>",
    "popover": "<div popover=manual id=obstacle style='inset:10%;width:80%;height:80%'>Choose a size</div>",
    "sticky_banner": "<div id=obstacle class=cookie-notice style='position:sticky;bottom:0;height:60px'>Fine?"
    "<button>OK</button></div>",
    "component": "<x-consent id=obstacle><template shadowrootmode=open>"
    "<div style='position:fixed;inset:auto 0 0'>We use cookies <button>OK</button></div></template></x-consent>",
    "component_overlay": "<x-popup id=obstacle><template shadowrootmode=open>"
    "<div style='position:fixed;inset:0;background:#0006'><slot></slot></div></template><p>Join us</p></x-popup>",
    "component_dialog": "<x-size id=obstacle><template shadowrootmode=open><div role=dialog aria-modal=true "
    "style='position:absolute;left:35%;top:30%;width:30%;height:40%'>Size</div></template></x-size>",
}
"""What a shop, or whoever it employs, puts over its page. None but the first two says on the page that it is a dialog."""
HARMLESS = (
    "<header style='position:fixed;inset:0 0 auto;height:56px;background:#fff'>Kaldi <a href=/cookies>Cookies</a></header>",
    "<div style='position:fixed;right:16px;bottom:16px;width:56px;height:56px;background:#345'>Chat</div>",
    "<aside style='position:sticky;top:0;height:90vh;background:#eee'>By ordering you agree to our privacy terms.</aside>",
    "<div class=backdrop style='position:fixed;inset:0;z-index:-1;background:#fee'></div>",
    "<div style='position:fixed;inset:0 60% 0 0;pointer-events:none'>Confetti</div>",
)
"""What is always there: a header with its links, a chat, a column that goes along, a picture behind the page, decoration."""
APPS: dict[str, str] = {
    "fixed_box": "<div style='position:fixed;inset:0;overflow:auto'><header>Kaldi</header><main>Dripper</main></div>",
    "box_without_a_main": "<div style='position:fixed;inset:0;overflow:auto'><h1>Cookies</h1><p>Baked with butter.</p></div>",
    "component": "<shop-app><template shadowrootmode=open><header>Kaldi</header><main><h1>Dripper</h1><p>Porcelain.</p></main>"
    "</template></shop-app>",
    "sized_component": "<shop-app style='display:block;height:100vh'><template shadowrootmode=open>"
    "<div style='height:100%'><h1>Dripper</h1></div></template></shop-app>",
    "fixed_component": "<shop-app style='position:fixed;inset:0'><template shadowrootmode=open><shop-page>"
    "<template shadowrootmode=open><main><h1>Dripper</h1></main></template></shop-page></template></shop-app>",
    "component_in_a_fixed_box": "<div style='position:fixed;inset:0'><shop-app><template shadowrootmode=open>"
    "<div style='position:fixed;inset:0'><h1>Dripper</h1></div></template></shop-app></div>",
}
"""Shops whose whole page lies in a fixed box, or in a web component, or in both."""
STATE = """() => {
  const layers = [...document.querySelectorAll('fifthclick-layer')]
  const root = layers[0]?.shadowRoot
  const seen = root ? root.querySelector('.o').getClientRects().length > 0 : false
  return {
    layers: layers.length, seen, modal: !!root?.querySelector('dialog'), inline: !!root?.querySelector('.inline'),
    focus: document.activeElement === document.body ? '' : document.activeElement.localName, moved,
    shown: sent.filter(([tag]) => tag === 27).map((e) => e[1]),
    ended: sent.filter(([tag]) => tag >= 28 && tag < 32).map((e) => [e[0], e[1]]),
  }
}"""


TYPING_MS = 3000
"""For so long after the last key somebody types (src/render/calm.ts)."""


class Walked(NamedTuple):
    """`broken`: what did not hold, with the steps that led there."""

    steps: int
    shown: int
    withheld: int
    broken: list[str]


async def walk(page: Page, seed: int, *, steps: int = 25) -> Walked:
    """One walk. The page's clock is ours, so that waiting costs nothing."""
    dice = Random(seed)
    stage = Stage(page)
    await stage.open(body=BODY + "<input id=search aria-label=Search>", room_px=dice.choice([0, 420]))
    await page.evaluate(WATCH)
    await page.evaluate("window.sent = []")
    await stage.begin()
    trail: list[str] = []
    broken: list[str] = []
    blocked: set[str] = set()
    since_typed_ms = TYPING_MS
    for _ in range(steps):
        step = dice.choice(
            ["offer", "offer", "offer", "type", "obstacle", "clear", "clear", "pay", "shop", "wait", "close"]
        )
        before = await page.evaluate(STATE)
        trail.append(await _take(stage, dice, step, blocked))
        # Two beats of whatever waits, and of whoever looks after an open offer.
        await page.clock.run_for(1100)
        await stage.frame()
        since_typed_ms = 1200 if step == "type" else since_typed_ms + 1100
        after = await page.evaluate(STATE)
        is_typing = since_typed_ms < TYPING_MS
        wrong = _broken(before, after, step, blocked | ({"typing"} if is_typing else set()))
        broken += [f"seed {seed}: {what} after {', '.join(trail)}" for what in wrong]
    state = await page.evaluate(STATE)
    return Walked(steps, len(state["shown"]), sum(tag == 31 for tag, _ in state["ended"]), broken)


async def _take(stage: Stage, dice: Random, step: str, blocked: set[str]) -> str:
    page = stage.page
    match step:
        case "offer":
            action, shape = dice.choice(ACTIONS), dice.choice(SHAPES)
            await stage.draw(params_for(action, shape), valid_ms=dice.choice([500, 5000]), takes_down=False)
            return f"{type_of(action)} as {shape}"
        case "type":
            # As `input` events only: a key would also move the focus.
            await page.evaluate(
                "document.querySelector('#search').dispatchEvent(new Event('input', { bubbles: true }))"
            )
            await page.clock.run_for(100)
        case "obstacle" if "obstacle" not in blocked:
            name = dice.choice(sorted(OBSTACLES))
            await page.evaluate("(html) => put(html)", OBSTACLES[name])
            blocked.add("obstacle")
            return name
        case "clear":
            await page.evaluate(
                "document.querySelectorAll('#obstacle,#onetrust-banner-sdk').forEach((e) => e.remove())"
            )
            blocked.discard("obstacle")
        case "pay":
            await page.evaluate("window.pageType = 'checkout'")
            blocked.add("pay")
        case "shop":
            await page.evaluate("window.pageType = 'product'")
            blocked.discard("pay")
        case "close":
            await page.evaluate("document.querySelector('fifthclick-layer')?.shadowRoot.querySelector('.x').click()")
    return step


def _broken(before: dict[str, Any], after: dict[str, Any], step: str, blocked: set[str]) -> list[str]:
    wrong = []
    is_new = len(after["shown"]) > len(before["shown"])
    if after["layers"] > 1:
        wrong.append("two layers at once")
    if is_new and blocked:
        wrong.append(f"an offer came over {sorted(blocked)}")
    if "obstacle" in blocked and after["seen"] and not (after["modal"] or after["inline"]):
        wrong.append("an offer lies over what the shop opened")
    if after["focus"] and not after["modal"]:
        wrong.append(f"the focus went to {after['focus']}")
    if after["moved"] > 0:
        wrong.append(f"the page moved by {after['moved']}")
    if step == "close" and before["layers"] and after["layers"] and not is_new:
        wrong.append("one tap did not close it")
    if len(set(after["shown"])) < len(after["shown"]):
        wrong.append("an offer came twice")
    return wrong
