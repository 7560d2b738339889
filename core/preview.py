"""A preview: the merchant sees one action of their own, at the first calm moment, whatever its conditions say.

Rules that hold `preview` are a version of their own, so a replay needs nothing more to know what was previewed. Such a visit
is marked `preview` and counts nowhere. What is still asked is what keeps the page calm and the caps honest.
"""

from core.pacing import Pacing
from core.policy import MOMENTS, PAYMENT_PAGES, Check, Choice, Situation, action_refusal, is_on_its_way, is_over
from core.reasons import OUTRANKED, PREVIEWED
from core.rules import ActionRule


def previewed(situation: Situation) -> Choice:
    """The action of the preview, or why not just now. Every other action has the reason that an ordinary visit would give."""
    rules = situation.rules
    wanted = next((rule for rule in rules.actions if rule.id == rules.preview), None)
    refused = tuple(
        (rule.id, action_refusal(situation, rule) or OUTRANKED) for rule in rules.actions if rule is not wanted
    )
    if wanted is None:
        return Choice(None, "switched_off", refused)
    closed = next((reason for reason, applies in PREVIEW_CHECKS if applies(situation)), None) or _missing(situation)
    if closed is not None:
        return Choice(None, closed, (*refused, (wanted.id, closed)))
    return Choice(wanted, PREVIEWED, refused, situation.worth(wanted))


def preview_must_go(situation: Situation, rule: ActionRule) -> str | None:
    """Why a previewed offer that is waiting or open must go, or None: not for what its conditions say."""
    if situation.session.page.page_type in PAYMENT_PAGES:
        return "payment_step"
    return "deadline_passed" if is_over(situation, rule) else None


def _was_on_this_page(situation: Situation) -> bool:
    """Once a page is what a merchant wants to see, also after it was closed or taken there."""
    last_ms = situation.session.pacing.last_offer_ms
    return last_ms is not None and last_ms >= situation.session.page.since_ms


def _most(cap: int) -> int:
    """Rules that allow no offer at all can be previewed too."""
    return max(1, cap)


def _pacing(situation: Situation) -> Pacing:
    return situation.session.pacing


PREVIEW_CHECKS: tuple[tuple[str, Check], ...] = (
    ("layer_open", lambda s: bool(_pacing(s).open)),
    ("on_its_way", is_on_its_way),
    ("payment_step", lambda s: s.session.page.page_type in PAYMENT_PAGES),
    ("session_cap", lambda s: _pacing(s).offered_count >= _most(s.rules.pacing.shows_per_session)),
    ("action_cap", lambda s: _pacing(s).offered.get(s.rules.preview, 0) >= _most(s.rules.pacing.shows_per_action)),
    ("deadline_passed", lambda s: any(rule.id == s.rules.preview and is_over(s, rule) for rule in s.rules.actions)),
    ("once_a_page", _was_on_this_page),
    ("waits_for_a_pause", lambda s: not isinstance(s.event, MOMENTS)),
)
"""What a preview still waits for or ends by: the reason, and when it applies. First match wins."""


def _missing(situation: Situation) -> str | None:
    """What is not there cannot be drawn: a product, or a number of buyers."""
    wanted = situation.rules.preview
    return next((reason for action_id, reason in situation.unavailable if action_id == wanted), None)
