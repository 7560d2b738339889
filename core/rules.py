"""What a merchant decides, as data: goals, segment thresholds, actions, pacing, arms. Versioned by its own hash.

Reading the TOML text, with line numbers and nearest words, is `rules_text`. Everything that changes a decision is in
here, and nothing else is: the salts are part of the version, so that a record's `rules_version` says it all.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from core.actions import Action
from core.fields import Device, Minor, Slug, Source
from core.guardrails import Guardrails
from core.look import Look
from core.margin import Response
from core.records import SegmentName, Trend
from core.variants import Experiment, Name

Share = Annotated[float, Meta(ge=0, le=1)]
FrictionName = Literal[
    "shipping_cost", "form_trouble", "search_trouble", "comparison_research", "open_question", "price_doubt"
]
"""The names of `frictions.FRICTIONS`; a test holds them together."""
Id = Annotated[str, Meta(min_length=1, max_length=48, pattern=r"^[a-z0-9][a-z0-9_-]*$")]

Reason = Annotated[str, Meta(max_length=48, pattern=r"^([a-z0-9][a-z0-9_-]*)?$")]

CHECKOUT_PAGES = ("checkout", "shipping", "payment", "confirmation")


Property = str | int | bool | tuple[str, ...]


class Goal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An event that counts as success, by name, and from which value on.

    `where`: what its properties must be, all of them: text or a flag as it is, a list for one of several texts, a number for
    that many or more.
    """

    event: Slug
    min_value_minor: Minor = 0
    where: dict[str, Property] = {}


class Segments(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Propensity at or above which a session counts. Both are calibrated probabilities."""

    likely_to_buy_at: Share = 0.7
    on_the_fence_at: Share = 0.15


class Pacing(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When an offer may come at all. Caps count what was seen; in control and holdout, what was chosen.

    `quiet_ms`: after landing. `after_page_views`: the model needs a few clicks. `gap_ms`: between two offers.
    `valid_ms`: how long the page may wait for a calm moment before it drops the offer.
    """

    quiet_ms: Annotated[int, Meta(ge=5000, le=600_000)] = 5000
    after_page_views: Annotated[int, Meta(ge=1, le=50)] = 4
    gap_ms: Annotated[int, Meta(ge=0, le=1_800_000)] = 45_000
    shows_per_session: Annotated[int, Meta(ge=0, le=5)] = 3
    shows_per_action: Annotated[int, Meta(ge=0, le=2)] = 2
    valid_ms: Annotated[int, Meta(ge=500, le=120_000)] = 15_000


class Arms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is left without, so that the lift is real. `experiment` salts the control arm: rename it to start a new run.

    `control_share`: of the visits that are not held out, those whose first choice is not shown. `new_action_share`: the same
    while the action that was chosen is new, so that its worth is known soon; an action's own `control_share` stands above both.
    """

    holdout_share: Share = 0.1
    experiment: Id = "baseline"
    control_share: Share = 0.0
    new_action_share: Share = 0.5
    no_holdout_because: Annotated[str, Meta(max_length=200)] = ""


class Money(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an order earns. `margin_share`: of its value, before offers. `least_margin_minor`: what must be left of an order's
    margin after an offer; an offer that leaves less is never made. `shipping_cost_minor`: what sending one order costs."""

    margin_share: Share = 0.4
    least_margin_minor: Minor = 0
    shipping_cost_minor: Minor = 0


class Choosing(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which of several actions that fit is taken: the one from which most margin is expected, or the first in the file.

    `least_gain_share`: what costs money must be expected to add at least this share to the margin that the visit promises
    without it; more where offers are known to move many, since it pays to wait for the best moment. `explore_share`: of the
    visits, those that try what might pay for all that is known.
    """

    by: Literal["margin", "order"] = "margin"
    least_gain_share: Share = 0.05
    explore_share: Share = 0.1


HeadName = Literal["purchase", "exit", "abandonment", "assistance", "add_to_cart"]
Times = Annotated[int, Meta(ge=1, le=50)]
Hour = Annotated[int, Meta(ge=0, le=24)]


class Bounds(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A score must lie between these, both included."""

    at_least: Share = 0.0
    at_most: Share = 1.0


class When(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Conditions on the visit so far; all that are named must hold. Empty ones ask nothing.

    `scores` by head. `path`: page types that were opened in this order, others between them allowed, all within
    `path_within_s` seconds where that is not 0. `visits`: page views of a type, at least. `events`: events of a type, at
    least. `hours`: the shopper's local hour as the visit began, from the first to before the second, also over
    midnight. `after_s`: seconds since landing.
    """

    scores: dict[HeadName, Bounds] = {}
    trends: tuple[Trend, ...] = ()
    path: Annotated[tuple[Slug, ...], Meta(max_length=6)] = ()
    path_within_s: Annotated[int, Meta(ge=0, le=7200)] = 0
    visits: dict[Slug, Times] = {}
    events: dict[Slug, Times] = {}
    devices: tuple[Device, ...] = ()
    sources: tuple[Source, ...] = ()
    visitors: tuple[Literal["new", "returning"], ...] = ()
    hours: tuple[Hour, Hour] | None = None
    after_s: Annotated[int, Meta(ge=0, le=7200)] = 0
    max_cart_minor: Minor | None = None


class ActionRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One configured action and when it fits. `frictions`: one of these must hold.

    `because`: the merchant's name for the reason, kept with each decision that chooses it. `cost_minor`: what it costs the
    shop if it is taken; without it free shipping costs the fee that was quoted. `cost_share`: the same as a share of the
    order. `budget_minor_per_day`: offers stop where the costs of those made that UTC day would pass it.
    `deadline_minutes`: the offer is honoured that long from when it was first made, and the shopper is told.
    `control_share`: of the visits that choose this action first, those that are not shown it; else `arms` says how many.
    """

    id: Id
    action: Action
    segments: Annotated[tuple[SegmentName, ...], Meta(min_length=1)]
    pages: tuple[Slug, ...] = ()
    not_on_pages: tuple[Slug, ...] = CHECKOUT_PAGES
    min_cart_minor: Minor = 0
    frictions: tuple[FrictionName, ...] = ()
    trigger: Literal["pause", "exit_intent"] = "pause"
    is_on: bool = True
    when: When = When()
    because: Reason = ""
    cost_minor: Minor | None = None
    cost_share: Share = 0.0
    budget_minor_per_day: Minor | None = None
    deadline_minutes: Annotated[int, Meta(ge=15, le=1440)] | None = None
    control_share: Share | None = None


class Rules(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A merchant's rules. The fields of `BOUND_FIELDS` are not in the merchant's file: `bind` fills them.

    `killed`: action ids that were switched off at once, `ALL_ACTIONS` for every one. `responses`: what each action was
    seen to do, by action id, learned from the site's own randomised visits; without one its type's prior holds.
    `preview`: the one action that these rules are there to show (`core.preview`); empty for rules that decide.
    `new_actions`: action ids whose worth is not known yet, so that more visits are left without them.
    """

    site_id: str = ""
    holdout_salt: str = ""
    version: str = ""
    killed: tuple[str, ...] = ()
    responses: dict[str, Response] = {}
    goals: dict[Id, Goal] = field(default_factory=lambda: {"purchase": Goal(event="purchase")})
    segments: Segments = Segments()
    pacing: Pacing = Pacing()
    arms: Arms = Arms()
    money: Money = Money()
    choosing: Choosing = Choosing()
    guardrails: Guardrails = Guardrails()
    look: Look = Look()
    actions: tuple[ActionRule, ...] = ()
    experiments: dict[Name, Experiment] = {}
    preview: str = ""
    new_actions: tuple[str, ...] = ()


BOUND_FIELDS = ("site_id", "holdout_salt", "version", "killed", "responses", "preview", "new_actions")
ALL_ACTIONS = "*"


def bind(
    rules: Rules,
    *,
    site_id: str,
    holdout_salt: str,
    killed: Iterable[str] = (),
    responses: Mapping[str, Response] | None = None,
    preview: str = "",
    new_actions: Iterable[str] = (),
) -> Rules:
    """These rules for one site, with their version: 16 hex characters of SHA-256 over every other field."""
    bound = msgspec.structs.replace(
        rules,
        site_id=site_id,
        holdout_salt=holdout_salt,
        version="",
        killed=tuple(sorted(killed)),
        responses=dict(responses or {}),
        preview=preview,
        new_actions=tuple(sorted({*new_actions} & {rule.id for rule in rules.actions})),
    )
    fields = msgspec.to_builtins(bound)
    if not preview:
        del fields["preview"]  # what decides keeps the name that it had before there were previews
    if bound.guardrails == Guardrails():
        del fields["guardrails"]  # nor guardrails, which decide nothing
    canonical = msgspec.json.encode(fields, order="sorted")
    return msgspec.structs.replace(bound, version=sha256(canonical).hexdigest()[:16])
