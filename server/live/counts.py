"""What the live part counts, with the labelled children kept: looking them up per event would cost more than counting."""

from functools import lru_cache

from prometheus_client import Counter

from core.engine import Step
from core.events import ActionShown, Event
from core.rules import Rules
from server import metrics

_MOST_CHILDREN = 4096


@lru_cache(maxsize=_MOST_CHILDREN)
def _child(counter: Counter, *labels: str) -> Counter:
    child: Counter = counter.labels(*labels)
    return child


def count_received(site_id: str, state: str, count: int = 1) -> None:
    """`state`: accepted, duplicate, waiting (beyond a gap), rejected, unscored."""
    if count:
        _child(metrics.EVENTS_RECEIVED, site_id, state).inc(count)


def count_rejected(reason: str, count: int = 1) -> None:
    _child(metrics.EVENTS_REJECTED, reason).inc(count)


def count_step(site_id: str, event: Event, step: Step, rules: Rules) -> None:
    """New answers of the policy, why nothing was chosen, and offers that were seen. Previews and robots are nobody's experience."""
    if step.session.traffic in ("preview", "bot"):
        return
    answer = step.answer
    if answer is not None and step.is_new_answer:
        _child(metrics.DECISIONS, site_id, answer.segment, "chosen" if answer.action_id else "none").inc()
        if not answer.action_id:
            _child(metrics.SUPPRESSED, site_id, answer.reason).inc()
    if isinstance(event, ActionShown):
        metrics.EVENT_TO_ACTION_SECONDS.observe(event.after_ms / 1000)
        # A page names the action: only names that the merchant configured may become labels.
        if any(event.action_id == rule.id for rule in rules.actions):
            _child(metrics.ACTIONS_SHOWN, site_id, event.action_id).inc()
