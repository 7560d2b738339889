"""The three guided walks: which link to click next, and in words what will come of it. Nothing here decides anything."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One page. `say` tells what to do there; `link` is the CSS selector of what to click, empty on the last page."""

    name: str
    path: str
    say: str
    link: str = ""


@dataclass(frozen=True)
class Walk:
    """`promise` is printed before the walk, `ending` after it; `expects` is the segment that it leads to."""

    id: str
    title: str
    who: str
    promise: str
    expects: str
    ending: str
    steps: tuple[Step, ...]


_SURE = Walk(
    id="sure-buyer",
    title="The sure buyer",
    who="Knows what they want, and goes straight for it.",
    promise="Nothing is shown. Whoever is about to buy is left alone, and no margin is given away.",
    expects="likely_to_buy",
    ending="That is the promise kept: likely to buy, so the shop stays as it is. Finish the order if you like.",
    steps=(
        Step("Home", "/", "Open the headphones.", "a[href='/c/headphones']"),
        Step("Headphones", "/c/headphones", "Open Aurora One.", "a[href='/p/aurora-one']"),
        Step("Aurora One", "/p/aurora-one", "Add it to the cart.", ".buy button"),
        Step("Cart", "/cart", "Go to the checkout.", "a.checkout"),
        Step("Shipping", "/checkout/shipping", "This is the fifth page. Rest here for a moment: nothing will come."),
    ),
)
_FENCE = Walk(
    id="on-the-fence",
    title="On the fence",
    who="Likes Aurora One, compares, comes back to it, and still has not put it in the cart.",
    promise="Free shipping is offered. Take it, buy, and the order is placed with shipping 0.",
    expects="on_the_fence",
    ending="There it is: free shipping. Take it, buy, and see what the order says.",
    steps=(
        Step("Headphones", "/c/headphones", "Open Aurora One.", "a[href='/p/aurora-one']"),
        Step("Aurora One", "/p/aurora-one", "Compare it with the others.", ".facts a[href='/blog/which-headphones']"),
        Step("Comparison", "/blog/which-headphones", "Have a look at Solstice.", "a[href='/p/solstice']"),
        Step("Solstice", "/p/solstice", "Go back to Aurora One.", "a[href='/p/aurora-one']"),
        Step(
            "Aurora One", "/p/aurora-one", "This is the fifth page. Now read for a moment: the offer comes at a pause."
        ),
    ),
)
_LOOKING = Walk(
    id="just-looking",
    title="Just looking",
    who="Reads a bit, looks around, is in no hurry to buy.",
    promise="No discount is wasted. The newsletter is offered, or something to read.",
    expects="unlikely_to_buy",
    ending="No discount, only an invitation to stay in touch. The form posts to the shop itself.",
    steps=(
        Step("Home", "/", "Open the journal.", "a[href='/blog']"),
        Step("Journal", "/blog", "Read about the workshop.", "a[href='/blog/made-to-last']"),
        Step("Workshop", "/blog/made-to-last", "Go back to the journal.", "a[href='/blog']"),
        Step("Journal", "/blog", "Open the questions and answers.", "a[href='/faq']"),
        Step("Questions", "/faq", "This is the fifth page. Now read for a moment: the invitation comes at a pause."),
    ),
)

WALKS: dict[str, Walk] = {walk.id: walk for walk in (_SURE, _FENCE, _LOOKING)}


def step_after(walk: Walk, step: int, path: str) -> int:
    """The step on which a page view of `path` puts the visitor: the next one if it leads there, else the same."""
    following = step + 1
    return following if following < len(walk.steps) and walk.steps[following].path == path else step
