"""What this session has been offered, so that it is not asked too often."""

from msgspec import Struct
from msgspec.structs import replace

from core.assignment import Assignment
from core.events import ActionClicked, ActionDismissed, ActionShown, ActionSubmitted, ActionWithheld

ACTIONS_KEPT = 8
"""No session may be offered so many: a page that names ever more actions must not make the state, and so the token, grow."""

OTHERS = ""

ActionEvent = ActionShown | ActionClicked | ActionDismissed | ActionSubmitted | ActionWithheld


class Pacing(Struct, frozen=True, array_like=True, gc=False):
    """`offered` counts per action id what was seen, or in control and holdout what was chosen; from `ACTIONS_KEPT` ids
    on, further ones are counted together.

    `pending` is a decision on its way to the page, `open` one that is on it. Times are the session's elapsed ms.
    The assignment is frozen here at the first choice. `last_answer` is (action id, reason, segment). `current_action`: the
    action that is pending or open. `deadlines`: until when each offer that was made with a deadline is honoured, by the
    browser's clock; kept for the visit, so that no reload gives more time.
    """

    offered: dict[str, int] = {}
    last_offer_ms: int | None = None
    pending: str = ""
    open: str = ""
    is_dismissed: bool = False
    has_chosen: bool = False
    assignment: Assignment | None = None
    last_answer: tuple[str, str, str] | None = None
    is_taken: bool = False
    pending_since_ms: int = 0
    current_action: str = ""
    deadlines: dict[str, int] = {}

    @property
    def offered_count(self) -> int:
        return sum(self.offered.values())


def after_offer(pacing: Pacing, action_id: str, elapsed_ms: int) -> Pacing:
    """One more time that `action_id` was seen, or that it would have been."""
    name = action_id if action_id in pacing.offered or len(pacing.offered) < ACTIONS_KEPT else OTHERS
    offered = {**pacing.offered, name: pacing.offered.get(name, 0) + 1}
    return replace(pacing, offered=offered, last_offer_ms=elapsed_ms)


def after_choice(
    pacing: Pacing,
    *,
    action_id: str,
    decision_id: str,
    given: Assignment,
    elapsed_ms: int,
    deadline_at_ms: int | None = None,
) -> Pacing:
    """A choice was made. Where nothing will be shown it counts as shown at once, so that both arms keep the same pace.

    `deadline_at_ms` is kept where the action has none yet.
    """
    pacing = replace(pacing, has_chosen=True, assignment=given)
    if deadline_at_ms is not None and action_id not in pacing.deadlines and len(pacing.deadlines) < ACTIONS_KEPT:
        pacing = replace(pacing, deadlines={**pacing.deadlines, action_id: deadline_at_ms})
    if given.arm == "treatment":
        return replace(pacing, pending=decision_id, pending_since_ms=elapsed_ms, current_action=action_id)
    return after_offer(pacing, action_id, elapsed_ms)


def after_action(pacing: Pacing, event: ActionEvent, elapsed_ms: int) -> Pacing:
    """What the shopper did with an offer. A dismissal ends offers for the session, and so does taking one."""
    match event:
        case ActionShown():
            if pacing.open == event.decision_id:
                return pacing
            pacing = after_offer(pacing, event.action_id, elapsed_ms)
            return replace(pacing, pending="", open=event.decision_id, current_action=event.action_id)
        case ActionDismissed():
            return replace(pacing, pending="", open="", is_dismissed=True)
        case ActionClicked() | ActionSubmitted():
            return replace(pacing, pending="", open="", is_taken=True)
        case ActionWithheld():
            # A late word on an earlier offer says nothing of the one that is on its way now.
            return replace(pacing, pending="") if event.decision_id == pacing.pending else pacing


def after_new_page(pacing: Pacing) -> Pacing:
    """A full page load took away what was on the page or on its way to it."""
    return replace(pacing, pending="", open="") if pacing.pending or pacing.open else pacing
