"""What one action of a rules file says that is well-formed and can never come true, or could not be kept.

What the engine forbids by itself (`core.policy`) is refused here too, with the reason. Its conditions: `when_sense`.
"""

from collections.abc import Iterator

from core.actions import EmailCapture, FreeShipping, SocialProof, Upsell, gives_money_away, type_of
from core.policy import PAYMENT_PAGES
from core.rules import CHECKOUT_PAGES, ActionRule, Money, Pacing, Segments
from core.rules_check import Mistake
from core.shape_sense import shape_mistakes_of
from core.stakes import costs_money
from core.toml_lines import Path
from core.when_sense import when_mistakes

FOUR_WAYS = (
    'honour = { by = "code", code = "YOURCODE" } (a code of your shop), '
    'honour = { by = "pool", pool = "your-pool" } (a code of its own for each visit), '
    'honour = { by = "url", url = "https://..." } (a page of your shop that grants it), or '
    "honour = { by = \"callback\" } (your page listens with fifthclick('on', 'action', fn))"
)


def action_mistakes(
    rule: ActionRule, segments: Segments, money: Money, pacing: Pacing, path: Path
) -> Iterator[Mistake]:
    """Everything about one action, under the thresholds, margins and pace of its file. `path` is where it stands."""
    yield from _promise(rule, path)
    yield from _of_its_type(rule, path)
    yield from shape_mistakes_of(rule, pacing, path)
    yield from _costs(rule, money, path)
    yield from _pages(rule, path)
    yield from when_mistakes(rule, segments, (*path, "when"))


def _promise(rule: ActionRule, path: Path) -> Iterator[Mistake]:
    action = rule.action
    has_promise = action.honour is not None
    if type(action).needs_honour and not has_promise:
        yield Mistake(
            (*path, "action"),
            f"action {rule.id!r} ({type_of(action)}) changes what the shopper pays and does not say who honours it. "
            f"Next: add one of {FOUR_WAYS}.",
        )
    elif rule.deadline_minutes is not None and not has_promise:
        yield Mistake(
            (*path, "deadline_minutes"),
            f"action {rule.id!r} promises nothing that could end: it names no honour. Next: remove the line.",
        )
    if costs_money(rule) and "likely_to_buy" in rule.segments:
        what = "gives money away" if gives_money_away(action) else "costs money"
        yield Mistake(
            (*path, "segments"),
            f"action {rule.id!r} {what}, and a likely_to_buy shopper is never given a discount. "
            "Next: take likely_to_buy out of its segments.",
        )


def _of_its_type(rule: ActionRule, path: Path) -> Iterator[Mistake]:
    match rule.action:
        case Upsell() as upsell:
            yield from _upsell(upsell, (*path, "action"))
        case EmailCapture(consent=consent) if not consent.strip():
            yield Mistake((*path, "action", "consent"), "consent must say what the address is used for.")
        case FreeShipping(threshold_minor=threshold) if rule.min_cart_minor > threshold > 0:
            yield Mistake(
                (*path, "min_cart_minor"),
                "min_cart_minor is above threshold_minor, so there is never an amount to go. Next: lower min_cart_minor.",
            )
        case SocialProof(title=title) if "{count}" not in title:
            yield Mistake(
                (*path, "action", "title"),
                'title must say {count} where the number goes. Next: for example title = "{count} bought this today".',
            )
        case _:
            return


def _upsell(upsell: Upsell, path: Path) -> Iterator[Mistake]:
    if upsell.pick != "this":
        for key in ("url", "image_url", "price_minor", "currency"):
            if getattr(upsell, key) is not None:
                why = f"{key} is ignored beside pick = {upsell.pick!r}: it comes from your catalogue"
                yield Mistake((*path, key), f'{why}. Next: remove the line, or set pick = "this".')
        return
    if upsell.url is None:
        why = 'an upsell with pick = "this" needs the url of its product'
        yield Mistake(path, f'{why}. Next: add url = "https://...", or let your catalogue pick: also_bought, popular.')
    if (upsell.price_minor is None) != (upsell.currency is None):
        missing = "currency" if upsell.currency is None else "price_minor"
        yield Mistake(path, f"a price needs both price_minor and currency; {missing} is missing.")


def _costs(rule: ActionRule, money: Money, path: Path) -> Iterator[Mistake]:
    cost = rule.cost_minor or 0
    has_cost = bool(cost) or rule.cost_share > 0 or (isinstance(rule.action, FreeShipping) and rule.cost_minor is None)
    budget = rule.budget_minor_per_day
    if budget is not None and not has_cost:
        why = f"action {rule.id!r} has a budget and costs nothing, so the budget is never used"
        yield Mistake(
            (*path, "budget_minor_per_day"), f"{why}. Next: say cost_minor or cost_share, or remove the line."
        )
    elif budget is not None and (budget < cost or budget == 0):
        why = f"the budget of a day ({budget}) does not pay for one offer" + (f", which costs {cost}" if cost else "")
        yield Mistake(
            (*path, "budget_minor_per_day"), f"{why}. Next: raise it, or switch the action off with is_on = false."
        )
    if rule.cost_share > 0 and rule.cost_share >= money.margin_share:
        why = (
            f"cost_share ({rule.cost_share:g}) gives away all that an order earns (margin_share {money.margin_share:g})"
        )
        yield Mistake((*path, "cost_share"), f"{why}, so it would never be made. Next: lower it, or correct [money].")
    elif cost and money.margin_share == 0:
        why = "orders earn nothing (margin_share = 0), so an offer that costs something is never made"
        yield Mistake((*path, "cost_minor"), f"{why}. Next: say in [money] what an order earns.")


def _pages(rule: ActionRule, path: Path) -> Iterator[Mistake]:
    never = {*rule.not_on_pages, *PAYMENT_PAGES}
    if rule.pages and never.issuperset(rule.pages):
        yield Mistake(
            (*path, "pages"),
            f"action {rule.id!r} can never show: each of its pages is in not_on_pages "
            f"(by default {', '.join(CHECKOUT_PAGES)}) or a payment step. Next: name another page.",
        )
