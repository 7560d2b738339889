"""What a merchant decides, as data: goals, segment thresholds, actions, pacing, arms. Versioned by its own hash.

Reading the TOML text, with line numbers and nearest words, is `rules_text`. Everything that changes a decision is in
here, and nothing else is: the salts are part of the version, so that a record's `rules_version` says it all.
"""

from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from core.actions import Action
from core.fields import Minor, Slug
from core.records import SegmentName

Share = Annotated[float, Meta(ge=0, le=1)]
FrictionName = Literal[
    "shipping_cost", "form_trouble", "search_trouble", "comparison_research", "open_question", "price_doubt"
]
"""The names of `frictions.FRICTIONS`; a test holds them together."""
Id = Annotated[str, Meta(min_length=1, max_length=48, pattern=r"^[a-z0-9][a-z0-9_-]*$")]

CHECKOUT_PAGES = ("checkout", "shipping", "payment", "confirmation")


class Goal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An event that counts as success, by name, and from which value on."""

    event: Slug
    min_value_minor: Minor = 0


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
    """Who is left without, so that the lift is real. `experiment` salts its own arm: rename it to start a new run."""

    holdout_share: Share = 0.1
    experiment: Id = "baseline"
    control_share: Share = 0.0
    no_holdout_because: Annotated[str, Meta(max_length=200)] = ""


class ActionRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One configured action and when it fits. The order in the file is the priority. `frictions`: one of these must hold."""

    id: Id
    action: Action
    segments: Annotated[tuple[SegmentName, ...], Meta(min_length=1)]
    pages: tuple[Slug, ...] = ()
    not_on_pages: tuple[Slug, ...] = CHECKOUT_PAGES
    min_cart_minor: Minor = 0
    frictions: tuple[FrictionName, ...] = ()
    trigger: Literal["pause", "exit_intent"] = "pause"
    is_on: bool = True


class Rules(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A merchant's rules. The first three fields are not the merchant's: `bind` fills them."""

    site_id: str = ""
    holdout_salt: str = ""
    version: str = ""
    goals: dict[Id, Goal] = field(default_factory=lambda: {"purchase": Goal(event="purchase")})
    segments: Segments = Segments()
    pacing: Pacing = Pacing()
    arms: Arms = Arms()
    actions: tuple[ActionRule, ...] = ()


BOUND_FIELDS = ("site_id", "holdout_salt", "version")


def bind(rules: Rules, *, site_id: str, holdout_salt: str) -> Rules:
    """These rules for one site, with their version: 16 hex characters of SHA-256 over every other field."""
    bound = msgspec.structs.replace(rules, site_id=site_id, holdout_salt=holdout_salt, version="")
    canonical = msgspec.json.encode(msgspec.to_builtins(bound), order="sorted")
    return msgspec.structs.replace(bound, version=sha256(canonical).hexdigest()[:16])
