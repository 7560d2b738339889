"""Why a decision fell: what moved the score, found by leaving each thing out and scoring again; the frictions; a sentence.

Pure, and off the path of an answer: the writer asks for it once the action has left. Source of the method: leave-one-out
(occlusion), Zeiler and Fergus 2014, here with the events of a visit in place of an image's patches. Contributions of
things that matter together do not add up to the score.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from msgspec import Struct
from msgspec.structs import replace

from core import events as ev
from core.explain_sentence import Said, sentence
from core.explain_words import COME_WITH_A_PAGE, Moment, entry_signals, signal_of, words_of
from core.features import encode, is_feature
from core.frictions import frictions_of
from core.hesitation import CHECKOUT_STEPS
from core.records import SegmentName, Trend
from core.replay import StoredEvent, fold_order
from core.rules import Rules
from core.scoring import Scorer
from core.segments import segment_of, trend_of
from core.session import Session, observe
from core.wire import Unreadable, decode_event

EVENTS_MOST = 60
"""The last events are left out one thing at a time; earlier ones stay."""
SIGNALS_MOST = 16
LEAST = 0.0005
"""A smaller contribution is none."""

WHAT_A_PAGE_HOLDS = (ev.Scroll, ev.Dwell, ev.Idle, ev.Click, ev.SectionView)
"""Goes with the page when the page is left out. What has a name of its own in the whole visit, as a pause at the shipping
options has, stays."""

Place = tuple[bytes, int]
"""Stream and seq of an event."""


class Signal(Struct, frozen=True):
    """One thing that moved the score. `contribution`: the probability less what it would be without it. `places`: its events."""

    signal: str
    words: str
    contribution: float
    places: tuple[Place, ...]


class Explanation(Struct, frozen=True):
    """`score`, `segment` and `trend` are those of the decision itself. Signals come strongest first."""

    score: float
    segment: SegmentName
    trend: Trend
    signals: tuple[Signal, ...]
    frictions: tuple[str, ...]
    sentence: str


class _Seen(NamedTuple):
    """An event of the fold, and whether the scorer saw it."""

    place: Place
    event: ev.Event
    is_scored: bool


class _Group(NamedTuple):
    """What is left out together."""

    moment: Moment
    members: tuple[int, ...]


class _Without(NamedTuple):
    """The visit without something: from which event on it differs, and what happens from there."""

    first: int
    events: list[_Seen]


def explain(
    session_id: bytes,
    rows: Sequence[StoredEvent],
    decided_at: Place,
    scorer: Scorer,
    rules: Rules,
    *,
    action_type: str = "",
) -> Explanation | None:
    """The explanation of the decision on this event; None where the event is not among the rows or was not scored by `scorer`.

    `rows`: the session's stored events in whatever order and however often; what came after the decision is not looked at.
    """
    work = explaining(session_id, rows, decided_at, scorer, rules, action_type=action_type)
    while True:
        try:
            next(work)
        except StopIteration as done:
            return cast("Explanation | None", done.value)


def explaining(
    session_id: bytes,
    rows: Sequence[StoredEvent],
    decided_at: Place,
    scorer: Scorer,
    rules: Rules,
    *,
    action_type: str = "",
    rows_at_once: int | None = None,
) -> Generator[None, None, Explanation | None]:
    """The same in small steps, for a caller who has shoppers waiting: each step is one call of the scorer, of at most
    `rows_at_once` rows."""
    seen = _fold(rows, decided_at, scorer.version)
    if not seen or not seen[-1].is_scored:
        return None
    states = [Session(id=session_id)]
    for one in seen:
        [after] = _stepped([(states[-1], one)], scorer)
        states.append(after)
        yield
    decided = states[-1]
    assert decided.scores is not None
    groups = _groups(seen, states)
    without = [_left_out(seen, group.members) for group in groups]
    entered = [(signal, words, _unsaid(seen, field)) for signal, words, field in entry_signals(decided.entry)]
    scores = yield from _scores(
        states, [*without, *(w for _, _, w in entered)], scorer, rows_at_once or scorer.max_batch
    )
    names = [(g.moment.signal, words_of(g.moment), g.members) for g in groups]
    names += [(signal, words, (w.first,)) for signal, words, w in entered]
    score = decided.scores.purchase
    signals = [
        Signal(signal, words, round(score - other, 4), tuple(seen[i].place for i in members))
        for (signal, words, members), other in zip(names, scores, strict=True)
        if other is not None and abs(score - other) >= LEAST
    ]
    signals = sorted(signals, key=lambda s: (-abs(s.contribution), s.places, s.signal))[:SIGNALS_MOST]
    segment = segment_of(decided.scores, rules.segments)
    frictions = frictions_of(decided)
    said = sentence(
        decided, segment, frictions, [Said(s.signal, s.words, s.contribution) for s in signals], action_type
    )
    return Explanation(score, segment, trend_of(decided), tuple(signals), frictions, said)


def _fold(rows: Sequence[StoredEvent], decided_at: Place, version: str) -> list[_Seen]:
    """The events of the decision's own fold, up to it, each once."""
    by_place = {(row.stream, row.seq): row for row in rows if row.step is not None}
    last = by_place.get(decided_at)
    if last is None:
        return []
    found = []
    for row in fold_order(list(by_place.values())):
        if row.epoch == last.epoch and (row.step or 0) <= (last.step or 0):
            event = decode_event(row.payload)
            assert not isinstance(event, Unreadable), "only events that were read are stored"
            is_scored = is_feature(event) and row.scorer_version == version
            found.append(_Seen((row.stream, row.seq), event, is_scored))
    return found


def _groups(seen: Sequence[_Seen], states: Sequence[Session]) -> list[_Group]:
    """The last events by what a merchant would call one thing, in the order in which they began."""
    members: dict[tuple[str, int], list[int]] = {}
    arrival: dict[int, tuple[str, int]] = {}
    rest: dict[int, list[int]] = {}
    for i in range(max(0, len(seen) - EVENTS_MOST), len(seen)):
        event = seen[i].event
        if is_feature(event):
            page = states[i + 1].count(ev.PageView)
            signal, is_of_page = signal_of(states[i], event, states[i + 1])
            key = (signal, page if is_of_page else 0)
            if isinstance(event, ev.PageView):
                arrival[page] = key
            elif isinstance(event, COME_WITH_A_PAGE) and arrival.get(page, key)[0] != "product_page":
                key = arrival.get(page, key)
            elif is_of_page and isinstance(event, WHAT_A_PAGE_HOLDS):
                rest.setdefault(page, []).append(i)
            members.setdefault(key, []).append(i)
    for signal, page in [key for key in members if key[0] == "product_again" and ("product_page", key[1]) in members]:
        members[signal, page] = sorted([*members[signal, page], *members.pop(("product_page", page))])
    return [
        _Group(
            Moment(signal, page, states[of[0] + 1].page.page_type, tuple(seen[i].event for i in of)),
            tuple(_outside(of[0], seen) if signal == "checkout_left" else _with_its_rest(of, seen, states, rest)),
        )
        for (signal, page), of in members.items()
    ]


def _with_its_rest(
    of: Sequence[int], seen: Sequence[_Seen], states: Sequence[Session], rest: Mapping[int, Sequence[int]]
) -> list[int]:
    """A page that is left out takes along what was done on it: else its stay would be one on the page before."""
    pages = [states[i + 1].count(ev.PageView) for i in of if isinstance(seen[i].event, ev.PageView)]
    return sorted({*of, *(i for page in pages for i in rest.get(page, ()))})


def _outside(start: int, seen: Sequence[_Seen]) -> list[int]:
    """Without the way back out of the checkout she would be in it still: all goes but what happened in it again."""
    members, is_out = [], True
    for i in range(start, len(seen)):
        event = seen[i].event
        is_out = event.page_type not in CHECKOUT_STEPS if isinstance(event, ev.PageView) else is_out
        members += [i] if is_out else []
    return members


def _left_out(seen: Sequence[_Seen], members: Sequence[int]) -> _Without:
    gone = set(members)
    return _Without(members[0], [seen[i] for i in range(members[0], len(seen)) if i not in gone])


def _unsaid(seen: Sequence[_Seen], field: str) -> _Without:
    """The visit whose first page did not tell this of the visitor."""
    first = next(i for i, one in enumerate(seen) if isinstance(one.event, ev.PageView))
    unsaid = {field: None if field == "is_new_visitor" else "unknown"}
    changed = seen[first]._replace(event=replace(seen[first].event, **unsaid))
    return _Without(first, [changed, *seen[first + 1 :]])


def _scores(
    states: Sequence[Session], variants: Sequence[_Without], scorer: Scorer, rows_at_once: int
) -> Generator[None, None, list[float | None]]:
    """The score at the end of each variant, all of them folded side by side; None where nothing of it is scored."""
    now = [states[v.first] for v in variants]
    for place in range(max((len(v.events) for v in variants), default=0)):
        going = [i for i, v in enumerate(variants) if place < len(v.events)]
        for part in (going[at : at + rows_at_once] for at in range(0, len(going), rows_at_once)):
            stepped = _stepped([(now[i], variants[i].events[place]) for i in part], scorer)
            for i, after in zip(part, stepped, strict=True):
                now[i] = after
            yield
    return [session.scores.purchase if session.scores else None for session in now]


def _stepped(turns: Iterable[tuple[Session, _Seen]], scorer: Scorer) -> list[Session]:
    """Each session after its event, scored where the event was."""
    turns = list(turns)
    after = [observe(session, one.place[0], one.event) for session, one in turns]
    rows = [i for i, (_, one) in enumerate(turns) if one.is_scored]
    result = scorer.step([after[i].hidden for i in rows], [encode(after[i], turns[i][1].event) for i in rows])
    for i, scored in zip(rows, result, strict=True):
        peak = max(after[i].peak_score, scored.scores.purchase)
        after[i] = replace(after[i], hidden=scored.hidden, scores=scored.scores, peak_score=peak)
    return after
