"""Event, scores and decision as one record: stored together or not at all (DESIGN 3.4). The log's frame is made of these."""

from typing import Literal, get_args

import msgspec
from msgspec import Struct

from core.variants import Dealt

Traffic = Literal["live", "simulated", "replayed", "preview", "bot"]
"""Where a session came from. Analyses keep `live` only, by this one filter."""

ToldReason = Literal["named", "automated"]
"""What a connection says of its visit: a robot by its own name, or a browser that a program drives."""

FoundReason = Literal["machine_pace", "no_hands"]
"""What a whole visit shows (`core.robots`)."""

Arm = Literal["treatment", "control", "holdout"]
ARMS: dict[str, Arm] = {arm: arm for arm in get_args(Arm)}
SegmentName = Literal["likely_to_buy", "on_the_fence", "unlikely_to_buy"]


MarginBasis = Literal["", "prior", "data"]
"""What an expected margin rests on: the action type's documented prior, or the site's own randomised visits."""
Trend = Literal["rising", "steady", "falling"]


class Scores(Struct, frozen=True, array_like=True, gc=False):
    """Calibrated probabilities after this event, each in [0, 1]; 0 where the model has no such head.

    `purchase`: before the visit ends. `exit`: it ends within the next few events. `abandonment`: something is or will be
    in the cart, and nothing is bought. `assistance`: help will be looked for within the next events. `add_to_cart`:
    something more goes into the cart. `order_ratio` is no probability: the order's value, if there is one, in units of the
    cart or, without a cart, of the mean price looked at; it says nothing while neither is known. `leverage` is none either:
    by how much an offer that works moves a visit like this, in log-odds of buying; learned of simulated shoppers.
    """

    purchase: float
    exit: float
    abandonment: float = 0.0
    assistance: float = 0.0
    add_to_cart: float = 0.0
    order_ratio: float = 0.0
    leverage: float = 0.0


class Decision(Struct, frozen=True, array_like=True, gc=False):
    """The policy's answer to one event. In every arm, and also when the answer is no.

    `action_id` is empty when nothing was chosen. `refused` holds each configured action that was not chosen with
    the first rule that it failed. `frictions`: the named reasons to hesitate that hold, strongest first. `because`: the
    merchant's name for the reason. `expected_margin_minor`: what the chosen action is expected to earn beside doing
    nothing, in minor units of the visit's currency, None where no price is known; `margin_basis` says what that rests on.
    `variants`: what the visit was dealt in the experiments that ran as it began.
    """

    decision_id: str
    action_id: str
    action_type: str
    reason: str
    segment: SegmentName
    arm: Arm
    treatment_probability: float
    refused: tuple[tuple[str, str], ...]
    is_after_first_choice: bool
    is_delivered: bool
    trend: Trend = "steady"
    frictions: tuple[str, ...] = ()
    because: str = ""
    expected_margin_minor: int | None = None
    margin_basis: MarginBasis = ""
    variants: tuple[Dealt, ...] = ()


class Record(Struct, frozen=True, array_like=True, gc=False, kw_only=True):
    """One accepted event. `step` is None for an event that was logged unscored (a beacon): a later resend fills it once.

    Shapes: `stream` is 14 bytes, the UTC day (2, big endian) and 12 random ones; `session_id` 16; `epoch` 8.
    `payload` is the event's canonical msgpack, the only input of replay beside rules and scorer, and `unavailable`: pairs of
    action id and reason, what could not be offered at that moment for reasons outside the visit (`core.policy`).
    """

    site_id: str
    stream: bytes
    seq: int
    session_id: bytes
    received_at_ms: int
    payload: bytes
    traffic: Traffic = "live"
    epoch: bytes | None = None
    step: int | None = None
    forced_arm: Arm | None = None
    rules_version: str = ""
    scorer_version: str = ""
    scores: Scores | None = None
    segment: SegmentName | None = None
    decision: Decision | None = None
    latency_us: int | None = None
    unavailable: tuple[tuple[str, str], ...] = ()
    bot_reason: ToldReason | None = None


class Rejected(Struct, frozen=True, array_like=True, gc=False, kw_only=True):
    """An event that could not be read or was shed. It took a place in its stream, so it is logged, without its content."""

    site_id: str
    stream: bytes
    seq: int
    session_id: bytes
    received_at_ms: int
    reason: str
    type_tag: int = -1


class Frame(Struct, frozen=True, array_like=True, gc=False):
    """What one publish carries: every record of a flush."""

    records: tuple[Record, ...]
    rejected: tuple[Rejected, ...] = ()
    version: int = 1


encode_frame = msgspec.msgpack.Encoder().encode
decode_frame = msgspec.msgpack.Decoder(Frame).decode
