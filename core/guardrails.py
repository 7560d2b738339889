"""What an action may not do to a shop before it is switched off by itself: the limits, as a merchant sets them.

Whether one is broken is reckoned in `core.analysis.guards`. Nothing here changes a decision.
"""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

Guardrail = Literal["dismissals", "bounces", "checkout_trouble", "purchases", "web_vitals"]


class Guardrails(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What each action is watched for. `watch`: what is left out of it switches nothing off.

    `dismiss_share`: of those that were shown an offer, the share that may close it, once `dismiss_after` were shown it.
    """

    watch: tuple[Guardrail, ...] = get_args(Guardrail)
    dismiss_share: Annotated[float, Meta(gt=0, lt=1)] = 0.6
    dismiss_after: Annotated[int, Meta(ge=10, le=100_000)] = 50
