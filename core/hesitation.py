"""What makes shoppers hesitate, as counters in the session's state: the ground on which `frictions` judges.

Only what the shopper does is counted here. A page type or a topic is the merchant's own word for a page.
"""

from msgspec import Struct
from msgspec.structs import replace

from core import events as ev

CHECKOUT_STEPS = ("checkout", "shipping", "payment")
AFTER_BUYING = ("confirmation",)
_MOST = 255
_TELLING = frozenset((ev.PageView, ev.Idle, ev.Search, ev.FieldLeft, ev.ViewItem))


class Hesitation(Struct, frozen=True, array_like=True, gc=False):
    """Counts stop at 255. `shipping_wait_ms`: the longest silence with the shipping costs in view. `checkout_left_count`:
    ways back from a checkout step into the shop; `left_at_shipping` says whether one led from the shipping step.
    `comparison_count`: pages about comparing. `empty_search_count`: searches without a result. `empty_field_count`:
    fields left empty in the checkout. `repeat_look_count`: looks at a product that was seen before."""

    shipping_wait_ms: int = 0
    checkout_left_count: int = 0
    left_at_shipping: bool = False
    comparison_count: int = 0
    empty_search_count: int = 0
    empty_field_count: int = 0
    repeat_look_count: int = 0


def after_event(before: Hesitation, event: ev.Event, *, page_type: str, is_repeat_item: bool) -> Hesitation:
    """The counters after one event; the very same value where it tells nothing of the kind.

    `page_type` is the page on screen before it, `is_repeat_item` is of its first item.
    """
    if type(event) not in _TELLING:
        return before
    match event:
        case ev.PageView():
            return _after_page(before, event, page_type)
        case ev.Idle(waited_ms=waited_ms) if is_at_costs(event, page_type):
            return replace(before, shipping_wait_ms=max(before.shipping_wait_ms, waited_ms))
        case ev.Search(result_count=0):
            return replace(before, empty_search_count=_one_more(before.empty_search_count))
        case ev.FieldLeft(is_filled=False) if page_type in CHECKOUT_STEPS:
            return replace(before, empty_field_count=_one_more(before.empty_field_count))
        case ev.ViewItem(items=items) if items and is_repeat_item:
            return replace(before, repeat_look_count=_one_more(before.repeat_look_count))
    return before


def is_at_costs(idle: ev.Idle, page_type: str) -> bool:
    """Whether the shopper is silent with the shipping costs in view. A banner elsewhere in the shop is no such view."""
    return page_type == "shipping" or ("shipping" in idle.section and page_type in (*CHECKOUT_STEPS, "cart"))


def _after_page(before: Hesitation, event: ev.PageView, page_type: str) -> Hesitation:
    after = before
    if "compar" in event.topic:
        after = replace(after, comparison_count=_one_more(after.comparison_count))
    if page_type in CHECKOUT_STEPS and event.page_type not in (*CHECKOUT_STEPS, *AFTER_BUYING):
        after = replace(
            after,
            checkout_left_count=_one_more(after.checkout_left_count),
            left_at_shipping=after.left_at_shipping or page_type == "shipping",
        )
    return after


def _one_more(count: int) -> int:
    return min(count + 1, _MOST)
