"""A `Timeline` in the terminal, readable in 80 columns. Colours come from the terminal and go with it."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from server.verbs._timeline import Decided, Happened, Standing, Timeline, Why
from server.verbs._timeline_told import words_of_reason
from server.verbs._timeline_words import clock, money

_BLOCKS = "▁▂▃▄▅▆▇█"
_BAR = 6
_COLOURS = {"likely_to_buy": "green", "on_the_fence": "yellow", "unlikely_to_buy": "red"}
_ARROWS = {"rising": "↑", "steady": " ", "falling": "↓"}
_SIGNALS_MOST = 10
_INDENT = 8
_WIDE, _WIDEST = 100, 140


def printed(told: Timeline) -> RenderableType:
    """All of it, in the order in which it is asked: what happened, why, why not, what became of it."""
    parts: list[RenderableType] = [*_head(told), Text(), *_events(told)]
    for title, body in (
        ("Why", _whys(told)),
        ("Why, and why not: each action", _standings(told)),
        ("Hesitations", _hesitations(told)),
        ("What became of it", _ends(told)),
        ("Notes", [Text(f"{note}.") for note in told.notes]),
    ):
        lines = list(body)
        if lines:
            parts += [Text(), Text(title, style="bold"), *(_indented(line, 2) for line in lines)]
    return Group(*parts)


def newest_table(rows: Sequence[dict[str, Any]]) -> Table:
    """The newest visits, a line each, with their site where there are several."""
    table = Table(box=None, pad_edge=False)
    names = ["session", "last event", "events", "segment", "offered"]
    sites = {row["site_id"] for row in rows}
    for name in [*names, "site"] if len(sites) > 1 else names:
        is_short = name not in ("offered", "site")
        justify: Literal["left", "right"] = "right" if name == "events" else "left"
        table.add_column(name, no_wrap=is_short, justify=justify, overflow="fold")
    for row in rows:
        at = row["last_received_at"].strftime("%m-%d %H:%M")
        segment = _plain(row["segment"]) or "not scored"
        cells = [row["session_id"].hex, at, str(row["event_count"]), segment, row["actions"] or "", row["site_id"]]
        table.add_row(*cells[: len(table.columns)])
    return table


def _head(told: Timeline) -> Iterator[Text]:
    yield Text(f"Session {told.session_id}", style="bold")
    state = "ended and settled" if told.is_settled else "not settled yet: it may go on"
    yield Text(f"site {told.site_id}, {told.traffic}, landed {told.started_at}, {state}")
    arm = f"arm {told.arm}" if told.arm else "no arm: nothing was decided"
    yield Text(f"{arm}, model {told.scorer_version or 'none'}, rules {told.rules_version or 'none'}")
    scores = [e.purchase_score for e in told.events if e.purchase_score is not None]
    if scores:
        yield Text(
            f"score  {_curve(scores)}  {_percent(scores[0])} → {_percent(scores[-1])}, peak {_percent(max(scores))}"
        )


def _events(told: Timeline) -> Iterator[RenderableType]:
    decided = {d.event_number: d for d in told.decisions}
    before: Happened | None = None
    for event in told.events:
        yield _Line(event)
        for text in (*_turns(event, before), *_answers(event, decided.get(event.number), told.currency)):
            yield _indented(text, _INDENT)
        before = event if event.segment is not None or before is None else before


class _Line:
    """One event on one line, as wide as the console: time, page, what it was, and the score at the right."""

    def __init__(self, event: Happened) -> None:
        self._event = event

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        event, score = self._event, self._event.purchase_score
        right = "" if score is None else f"{_bar(score)} {_percent(score):>4}"
        line = Text(f"{clock(event.at_ms):>7} ", no_wrap=True)
        line.append(f"{_cut(event.page, 9):<9} ", style="cyan")
        # In a narrow terminal the words alone say what it was.
        if options.max_width >= _WIDE:
            line.append(f"{_cut(event.type, 16):<16} ", style="dim")
        room = max(10, min(options.max_width, _WIDEST) - len(line) - _BAR - 6)
        line.append(f"{_cut(event.words, room):<{room}} ")
        line.append(right, style=_COLOURS.get(event.segment or "", ""))
        line.rstrip()
        yield line


def _turns(event: Happened, before: Happened | None) -> Iterator[Text]:
    """What is new with this event: the segment, the trend, a hesitation that begins, an offer that was taken back."""
    if event.segment is not None and (before is None or event.segment != before.segment):
        was = f" (was {_plain(before.segment)})" if before is not None and before.segment else ""
        trend = f", {event.trend}" if event.trend != "steady" else ""
        yield Text(f"= {_plain(event.segment)}{was}{trend}", style=_COLOURS.get(event.segment, ""))
    elif before is not None and event.segment is not None and event.trend != before.trend:
        yield Text(f"= {event.trend} {_ARROWS.get(event.trend, '')}".rstrip(), style="dim")
    for name in event.frictions:
        if before is None or name not in before.frictions:
            yield Text(f"? hesitates: {name}", style="magenta")
    if event.withdrawn is not None:
        yield Text(
            f"- the offer is taken back: {words_of_reason(event.withdrawn['reason'])} ({event.withdrawn['reason']})"
        )


def _answers(event: Happened, decided: Decided | None, currency: str) -> Iterator[Text]:
    if decided is None:
        return
    if decided.action_id is None:
        yield Text(f"· nothing: {decided.words} ({decided.reason})", style="dim")
        return
    sent = "delivered" if decided.is_delivered else f"not delivered, for the visit is in arm {decided.arm}"
    text = Text(f"→ {decided.action_id}: {decided.words} ", style="bold")
    because = f"because {decided.because}; " if decided.because else ""
    until = f"; honoured until {clock(decided.honoured_until_ms)}" if decided.honoured_until_ms is not None else ""
    details = f"{because}{_worth(decided, currency)}{sent}{until}. Decision {decided.decision_id}."
    text.append(details, style="not bold")
    yield text


def _worth(decided: Decided, currency: str) -> str:
    if decided.expected_margin_minor is None:
        return ""
    basis = {"prior": " by the prior of its type", "data": " by this shop's own visits"}.get(decided.margin_basis, "")
    sign = "+" if decided.expected_margin_minor >= 0 else ""
    return f"expected margin {sign}{money(decided.expected_margin_minor, currency)}{basis}; "


def _whys(told: Timeline) -> Iterator[RenderableType]:
    chosen = [d for d in told.decisions if d.action_id is not None]
    for decided in chosen:
        title = f"{clock(decided.at_ms)} {decided.action_id}: "
        if decided.why is None:
            yield Text(f"{title}not explained yet, or its model is not loaded.")
        else:
            yield from _why(title, decided.why)
    if told.now is not None and not (chosen and chosen[-1].why and chosen[-1].why == told.now):
        yield from _why("After the last event: ", told.now)


def _why(title: str, why: Why) -> Iterator[RenderableType]:
    yield Text(f"{title}{why.sentence}")
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right")
    table.add_column()
    for signal in why.signals[:_SIGNALS_MOST]:
        style = "green" if signal.contribution > 0 else "red"
        table.add_row(Text(f"{100 * signal.contribution:+.1f}", style=style), signal.words)
    yield _indented(table, 2)


def _standings(told: Timeline) -> Iterator[RenderableType]:
    """Where an action was chosen, why the others were not at that moment: afterwards all of them fail for the same reason."""
    chosen = [d for d in told.decisions if d.action_id is not None]
    if chosen:
        yield Text(f"At {clock(chosen[-1].at_ms)}, when {chosen[-1].action_id} was chosen:")
    for standing in told.actions:
        reason = standing.at_choice or standing.reason
        text = Text(f"{standing.action_id}: ", style="bold")
        text.append(f"{words_of_reason(reason)} ({reason})", style="not bold")
        yield text
        if len(standing.changes) > 1:
            yield _indented(Text(_changes(standing), style="dim"), 2)


def _changes(standing: Standing) -> str:
    """Each first failed rule of the visit with the time from which it held."""
    return ", ".join(f"{clock(change.at_ms)} {change.reason}" for change in standing.changes)


def _hesitations(told: Timeline) -> Iterator[Text]:
    for one in told.frictions:
        until = f" to {clock(one.until_ms)}" if one.until_ms is not None else ""
        yield Text(f"{one.name}, from {clock(one.from_ms)}{until}: the shopper {one.words}")


def _ends(told: Timeline) -> Iterator[Text]:
    for decided in told.decisions:
        if decided.action_id is not None:
            yield Text(f"{decided.action_id}: {_reported(decided)}")
    for claim in told.claims:
        until = f", honoured until {claim['expires_at']}" if claim["expires_at"] else ""
        used = f", used by order {claim['redeemed_order_id']}" if claim["redeemed_order_id"] else ""
        yield Text(f"{claim['action_id']}: claimed at {claim['claimed_at']}{until}{used}")
    for order in told.orders:
        refunded = f", {money(order['refunded_minor'], order['currency'])} refunded" if order["refunded_minor"] else ""
        coupon = f", with {order['coupon']}" if order["coupon"] else ""
        yield Text(f"order {order['order_id']}: {money(order['value_minor'], order['currency'])}{coupon}{refunded}")
    for outcome in told.outcomes:
        end = money(outcome["value_minor"], outcome["currency"]) if outcome["is_converted"] else "not reached"
        yield Text(f"goal {outcome['goal']} after decision {outcome['decision_id']}: {end}")
    if not told.orders:
        yield Text("no order" if told.is_settled else "no order so far")


def _reported(decided: Decided) -> str:
    seen = decided.reported
    if seen is None:
        return "nothing was heard of it" if decided.is_delivered else f"not delivered (arm {decided.arm})"
    times = (
        ("shown", seen.shown_ms), ("clicked", seen.clicked_ms), ("form sent", seen.submitted_ms),
        ("dismissed", seen.dismissed_ms), ("withheld", seen.withheld_ms),
    )  # fmt: skip
    said = ", ".join(f"{name} {clock(at)}" for name, at in times if at is not None)
    return said + (f" ({seen.withheld_because})" if seen.withheld_because else "")


def _curve(scores: Sequence[float], most: int = 48) -> str:
    """The scores as blocks, one each, or the last of each part where there are more than fit."""
    if len(scores) > most:
        scores = [scores[(i + 1) * len(scores) // most - 1] for i in range(most)]
    return "".join(_BLOCKS[min(int(score * len(_BLOCKS)), len(_BLOCKS) - 1)] for score in scores)


def _bar(score: float) -> str:
    filled = round(score * _BAR)
    return "█" * filled + "░" * (_BAR - filled)


def _percent(score: float) -> str:
    return f"{round(100 * score)}%"


def _indented(what: RenderableType, columns: int) -> Padding:
    return Padding(what, (0, 0, 0, columns), expand=False)


def _plain(name: str | None) -> str:
    return (name or "").replace("_", " ")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
