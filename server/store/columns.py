"""The allow-list: every column of ours with the shape that its values have. What is not listed is not stored.

A new column fails a test until it is classified here. A shape is narrow on purpose: a column that could hold whatever
somebody typed has no place but in what the merchant writes about the own shop.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple, get_args

from core.events import NAME_BY_TYPE
from core.fields import Device, Source
from core.frictions import FRICTION_NAMES
from core.reasons import UNAVAILABLE
from core.records import Arm, FoundReason, MarginBasis, SegmentName, ToldReason, Traffic, Trend


class Shape(NamedTuple):
    """`data_types` as information_schema names them. `pattern` None: the type itself leaves no room (numbers, times, flags).

    `is_free`: text that the merchant chose, which the scan for personal data reads.
    """

    data_types: tuple[str, ...]
    pattern: str | None = None
    is_free: bool = False

    def fits(self, value: object) -> bool:
        return self.pattern is None or re.fullmatch(self.pattern, str(value)) is not None


def _one_of(names: Iterable[str]) -> Shape:
    return Shape(("text",), "|".join(re.escape(name) for name in names))


_NUMBER = Shape(("smallint", "integer", "bigint", "double precision", "numeric"))
_TIME = Shape(("timestamp with time zone", "date"))
_FLAG = Shape(("boolean",))
_UUID = Shape(("uuid",))
_BYTES = Shape(("bytea",))
_SLUG = Shape(("text",), r"[\w.:/-]{0,48}", is_free=True)
_ITEM = Shape(("text",), r"[\w.:/ -]{0,64}", is_free=True)
_CODE = Shape(("text",), r"[a-z][a-z0-9_]{0,60}")
_HASH = Shape(("text",), r"[0-9a-f]{16}|[0-9a-f]{64}|")
_SENTENCE = Shape(("text",), r"[^<>@{}\n]{0,600}", is_free=True)
_MERCHANT = Shape(("text", "ARRAY"), r"[\s\S]*", is_free=True)

SHAPES: dict[str, Shape] = {
    # keys and names
    "site_id": Shape(("text",), r"[a-z0-9-]{0,48}|[\w-]{0,200}", is_free=True),
    "session_id": _UUID,
    "stream_id": _BYTES,
    "epoch": _BYTES,
    "decision_id": _HASH,
    "first_decision_id": _HASH,
    "rejected_id": _HASH,
    "rules_version": _HASH,
    "scorer_version": Shape(("text",), r"[\w.-]{0,64}"),
    "order_id": _ITEM,
    "redeemed_order_id": _ITEM,
    "refund_id": _ITEM,
    "code": Shape(("text",), r"[\w-]{1,40}", is_free=True),
    "pool": _SLUG,
    "item_id": _ITEM,
    "action_id": _SLUG,
    "first_action_id": _SLUG,
    "goal": _SLUG,
    # codes from fixed sets
    "traffic": _one_of(get_args(Traffic)),
    "bot_reason": _one_of((*get_args(ToldReason), *get_args(FoundReason))),
    "arm": _one_of(get_args(Arm)),
    "forced_arm": _one_of(get_args(Arm)),
    "segment": _one_of(get_args(SegmentName)),
    "first_segment": _one_of(get_args(SegmentName)),
    "last_segment": _one_of(get_args(SegmentName)),
    "segment_at_click_5": _one_of(get_args(SegmentName)),
    "event_type": _one_of(NAME_BY_TYPE.values()),
    "device": _one_of(get_args(Device)),
    "source": _one_of(get_args(Source)),
    "trend": _one_of(get_args(Trend)),
    "frictions": Shape(("ARRAY",), "|".join(FRICTION_NAMES)),
    "margin_basis": _one_of(get_args(MarginBasis)),
    "unavailable": Shape(("ARRAY",), rf"[a-z0-9][a-z0-9_-]{{0,47}}:({'|'.join(UNAVAILABLE)})"),
    "action_type": _CODE,
    "reason": _CODE,
    "withheld_reason": _SLUG,
    "because": _SLUG,
    "killed": Shape(("ARRAY",), r"\*|[a-z0-9][a-z0-9_-]{0,47}", is_free=True),
    "new_actions": Shape(("ARRAY",), r"[a-z0-9][a-z0-9_-]{0,47}", is_free=True),
    "settled_because": Shape(("text",), "|known|time|said|earlier"),
    "currency": Shape(("text",), r"[A-Z]{3}"),
    # what the shop calls its pages and things
    "page_type": _SLUG,
    "path": Shape(("text",), r"[^\s?#]{0,200}", is_free=True),
    "slot": _SLUG,
    "coupon": _SLUG,
    "raw.server_orders.coupons": Shape(("ARRAY",), r"[\w.:/-]{1,48}", is_free=True),
    "raw.server_orders.source": _one_of(("api", "standard", "shopify", "woocommerce")),
    "marts.orders.source": _one_of(("browser", "server")),
    "detail": _SLUG,
    # events and structures: the scan reads what is inside
    "payload": Shape(("bytea",), is_free=True),
    "refused": Shape(("jsonb",), is_free=True),
    "variants": Shape(("jsonb",), is_free=True),
    "signals": Shape(("jsonb",), is_free=True),
    "sentence": _SENTENCE,
    # the catalogue: the merchant's words about the shop's products
    "marts.catalogue.title": Shape(("text",), r"[^<>\x00-\x1f]{1,150}", is_free=True),
    "marts.catalogue.category": _SLUG,
    "marts.catalogue.url": Shape(("text",), r"https?://[^\s<>\"'#]{1,480}", is_free=True),
    "marts.catalogue.image_url": Shape(("text",), r"https?://[^\s<>\"'#]{1,480}", is_free=True),
    "marts.catalogue.source": _one_of(("events", "feed", "page")),
    "config.shelves.kind": _one_of(("assortment", "purchases")),
    "config.shelves.version": _HASH,
    "config.shelves.content": Shape(("bytea",), is_free=True),
    # config: the merchant's own words
    "config.sites.name": _MERCHANT,
    "config.sites.site_key": Shape(("text",), r"pk_\w+"),
    "config.sites.origins": _MERCHANT,
    "config.sites.holdout_salt": Shape(("text",), r"[\w-]+"),
    "config.rules.version": _HASH,
    "config.rules.toml": _MERCHANT,
    "config.rules.note": _MERCHANT,
    "config.rules.preview": _SLUG,
    "config.previews.version": _HASH,
    "config.rules_history.version": _HASH,
    "config.rules.responses": Shape(("jsonb",), is_free=True),
    "config.rules_history.verb": Shape(("text",), "publish|rollback|kill|revive|learn|settle|pause"),
    "config.rules_history.note": _MERCHANT,
    "config.rules_history.made_by": _MERCHANT,
    "config.rules_drafts.name": _MERCHANT,
    "config.rules_drafts.toml": _MERCHANT,
    "config.rules_drafts.note": _MERCHANT,
    "config.rules_drafts.based_on": _HASH,
    "config.site_secrets.kind": _one_of(("api", "standard", "shopify", "woocommerce")),
    "config.site_secrets.key_hash": _HASH,
    "config.site_secrets.sealed": Shape(("text",), r"[\w-]{40,2000}"),
    "config.models.version": Shape(("text",), r"[\w.-]{1,64}"),
    "config.models.manifest": Shape(("jsonb",), is_free=True),
    "config.migrations.name": Shape(("text",), r"\d{4}_\w+\.sql|views"),
    "config.migrations.checksum": _HASH,
}
"""By column name, or by schema.table.column where a name means something special there."""

_BY_ENDING = (
    (("_at", "day", "_on", "_from"), _TIME),
    (("_count", "_minor", "_ms", "_us", "_score", "_probability", "_id", "_permille"), _NUMBER),
)
_BY_PLAIN_NAME = {
    "answer": _NUMBER,
    "mean_answer": _NUMBER,
    "seq": _NUMBER,
    "step": _NUMBER,
    "type_tag": _NUMBER,
    "score_at_click_5": _NUMBER,
    "order_ratio": _NUMBER,
    "variance": _NUMBER,
    "leverage": _NUMBER,
}


def shape_of(table: str, column: str) -> Shape | None:
    """The shape of a column; None where it has not been classified. `table` with its schema."""
    named = SHAPES.get(f"{table}.{column}") or SHAPES.get(column) or _BY_PLAIN_NAME.get(column)
    if named is not None:
        return named
    if column.startswith(("is_", "has_")):
        return _FLAG
    return next((shape for endings, shape in _BY_ENDING if column.endswith(endings)), None)
