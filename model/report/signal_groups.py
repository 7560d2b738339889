"""Groups of signals that can be looked at, or switched off, together; a session without one of them; what each weighs.

Every feature and every event of the visitor's is in exactly one group. To add a group, or a feature to one: `GROUPS`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from core import events as ev
from core.events import encode_event
from core.features import FEATURE_NAMES
from model.dataset import Encoded, Recorded


class Group(NamedTuple):
    """`features` and `events` by which it enters the network. `is_optional`: a tracker can go on without it."""

    name: str
    title: str
    features: tuple[str, ...]
    events: tuple[type[ev.Event], ...] = ()
    hides_pages: bool = False
    is_optional: bool = True

    @property
    def columns(self) -> NDArray[np.int64]:
        return np.array([FEATURE_NAMES.index(name) for name in self.features], dtype=np.int64)

    @property
    def tags(self) -> NDArray[np.int64]:
        """Of the events that go with the group; page views stay, because clicks are counted by them."""
        return np.array([ev.TAG_BY_TYPE[kind] for kind in self.events if kind is not ev.PageView], dtype=np.int64)


def _names(line: str) -> tuple[str, ...]:
    return tuple(line.split())


GROUPS: tuple[Group, ...] = (
    Group(
        "pages_and_clicks",
        "Pages and clicks",
        _names(
            "count_same_type pages pages_same_type is_back is_comparing products_viewed is_repeat_item "
            "is_repeat_category help_pages"
        ),
        (
            ev.PageView,
            ev.ViewItemList,
            ev.SelectItem,
            ev.ViewItem,
            ev.Search,
            ev.ViewPromotion,
            ev.SelectPromotion,
            ev.Click,
            ev.Custom,
        ),
        hides_pages=True,
        is_optional=False,
    ),
    Group(
        "time",
        "Time",
        _names(
            "gap gap_same_type elapsed mean_gap on_page last_stay longest_stay mean_stay stay_change "
            "stayed_under_3s stayed_under_10s stayed_under_30s stayed_under_90s stayed_longer since_product"
        ),
        is_optional=False,
    ),
    Group(
        "scroll_and_dwell",
        "Scrolling and dwelling",
        _names("amount dwells idles"),
        (ev.Scroll, ev.Dwell, ev.Idle, ev.TabHidden, ev.TabVisible),
    ),
    Group("sections", "Sections on screen", ("sections",), (ev.SectionView,)),
    Group(
        "cart_and_price",
        "Cart and price",
        _names("price_to_mean cart_lines cart_to_mean_price checkouts shipping_to_cart since_cart since_checkout"),
        (
            ev.AddToWishlist,
            ev.AddToCart,
            ev.RemoveFromCart,
            ev.ViewCart,
            ev.BeginCheckout,
            ev.AddShippingInfo,
            ev.AddPaymentInfo,
        ),
    ),
    Group(
        "hesitation",
        "Hesitation",
        _names("shipping_wait checkouts_left comparisons empty_searches empty_fields repeat_looks"),
        (ev.ExitIntent, ev.RageClick, ev.FieldLeft),
    ),
    Group(
        "entry_context",
        "Entry context",
        _names("is_mobile is_desktop from_search from_paid from_direct from_email is_new_visitor hour_sin hour_cos"),
    ),
)

OUTCOMES = (ev.Purchase, ev.Refund)
"""In no group: what is predicted is no signal."""
_GROUP_BY_EVENT = {kind: group.name for group in GROUPS for kind in group.events}


def mean_numbers(sessions: Sequence[Encoded]) -> NDArray[np.float32]:
    """Each feature's mean over all events [N]: what the network is told where it may not know."""
    total = sum(session.numbers.sum(axis=0, dtype=np.float64) for session in sessions)
    means: NDArray[np.float32] = np.asarray(total / sum(session.length for session in sessions), dtype=np.float32)
    return means


def without(sessions: Sequence[Encoded], group: Group, means: NDArray[np.float32]) -> list[Encoded]:
    """The sessions as they look where the group is not known: its events gone, its features at their means.

    What other groups know of its events stays as it was: the gap after an event that is gone still runs from it.
    """
    columns, tags = group.columns, group.tags
    result = []
    for session in sessions:
        kept = ~np.isin(session.events, tags)
        numbers = session.numbers[kept]
        numbers[:, columns] = means[columns]
        pages = session.pages[kept]
        result.append(
            session._replace(
                events=session.events[kept],
                pages=np.zeros_like(pages) if group.hides_pages else pages,
                numbers=numbers,
                clicks=session.clicks[kept],
                is_click=session.is_click[kept],
                targets=session.targets[kept],
                asked=session.asked[kept],
                open_steps=int(kept[: session.open_steps].sum()),
            )
        )
    return result


def up_to_click(session: Encoded, click: int) -> Encoded:
    """The session as it was at that click: what came later is measured by nobody."""
    found = np.flatnonzero(session.is_click & (session.clicks == click))
    end = int(found[0]) + 1 if len(found) else session.length
    return session._replace(
        events=session.events[:end],
        pages=session.pages[:end],
        numbers=session.numbers[:end],
        clicks=session.clicks[:end],
        is_click=session.is_click[:end],
        targets=session.targets[:end],
        asked=session.asked[:end],
        open_steps=min(session.open_steps, end),
    )


def is_recorded(sessions: Sequence[Encoded], group: Group) -> bool:
    """Whether these sessions hold anything of the group at all."""
    if group.hides_pages:
        return True
    columns, tags = group.columns, group.tags
    first = sessions[0].numbers[0, columns]
    return any(np.isin(s.events, tags).any() or (s.numbers[:, columns] != first).any() for s in sessions)


def bytes_by_group(recorded: Sequence[Recorded]) -> dict[str, float]:
    """Mean bytes a session of the events that carry each group, without the frames around them.

    A page view carries pages, but for the fields that tell the entry. Time comes with every event, whoever asks for it.
    """
    sums = dict.fromkeys((group.name for group in GROUPS), 0)
    for session in recorded:
        for _, event in session.events:
            length = len(encode_event(event))
            if isinstance(event, ev.PageView):
                entry = len(_to_bytes((event.device, event.source, event.local_hour, event.is_new_visitor))) - 1
                sums["entry_context"] += entry
                length -= entry
            name = _GROUP_BY_EVENT.get(type(event))
            if name is not None:
                sums[name] += length
    return {name: total / max(1, len(recorded)) for name, total in sums.items()}


_to_bytes = msgspec.msgpack.Encoder().encode
