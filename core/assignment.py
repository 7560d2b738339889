"""Who is treated. Chance is a hash with a name, so an arm needs no table and every process agrees on it."""

from hashlib import sha256

from msgspec import Struct

from core.records import Arm
from core.rules import ActionRule, Rules


class Assignment(Struct, frozen=True, array_like=True, gc=False):
    """An arm with the probability that a session is treated under these rules."""

    arm: Arm
    treatment_probability: float


def bucket(salt: str, session_id: bytes) -> float:
    """A number in [0, 1) that is uniform over sessions and fixed for (salt, session)."""
    digest = sha256(salt.encode() + b":" + session_id).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def assign(rules: Rules, session_id: bytes, forced: Arm | None = None, rule: ActionRule | None = None) -> Assignment:
    """The session's arm: the site's holdout is hashed first, then the experiment (DESIGN 3.8).

    `rule`: the first choice, whose own control counts from then on. A forced arm is a preview's; it never counts in any
    result.
    """
    arms = rules.arms
    control_share = control_share_of(rules, rule)
    probability = (1.0 - arms.holdout_share) * (1.0 - control_share)
    if forced is not None:
        return Assignment(forced, probability)
    if bucket(f"holdout:{rules.holdout_salt}", session_id) < arms.holdout_share:
        return Assignment("holdout", probability)
    if bucket(f"experiment:{rules.holdout_salt}:{arms.experiment}", session_id) < control_share:
        return Assignment("control", probability)
    return Assignment("treatment", probability)


def control_share_of(rules: Rules, rule: ActionRule | None) -> float:
    """Of the visits that are not held out and choose this action first, the share that is not shown it.

    One hash serves every action of an experiment: a visit has one first choice, and a share that grows keeps whom it had.
    """
    if rule is None:
        return rules.arms.control_share
    if rule.control_share is not None:
        return rule.control_share
    is_new = rule.id in rules.new_actions
    return max(rules.arms.control_share, rules.arms.new_action_share) if is_new else rules.arms.control_share
