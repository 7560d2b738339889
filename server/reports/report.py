"""The whole report: every part asked, the page written, and the same figures as data."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from core.analysis.uplift import Moved
from core.analysis.wasted import Wasted
from server.reports import draw
from server.reports.asking import Answer, Asker
from server.reports.drift import Drift
from server.reports.health import health
from server.reports.lifts import Lift, Pair, pairs, whom
from server.reports.page import render
from server.reports.parts import Block, Cell, Check, Range, Section, money, points, share
from server.reports.quality import quality
from server.reports.span import Span
from server.reports.trade import cost, guarded, silence, trade

COMMAND = (
    "Write these rows as CSV with `fifthclick sql --csv`, and give the file to `fifthclick lift --from`: it computes the figure. "
    "Intervals are always-valid, the score is held equal; docs/statistics.md has the formulas."
)


class Report(NamedTuple):
    """`html` is whole in itself. `data`: the figures by name with their SQL, the lifts, the checks, the sentences."""

    html: str
    data: dict[str, Any]
    sentences: list[str]
    checks: list[Check]


async def report(connection: asyncpg.Connection, site_id: str, traffic: str, span: Span, now: datetime) -> Report:
    """The report of one shop. `connection` is the analyst's; `now` only says whether the span is over."""
    asker = Asker(connection, site_id, traffic, span)
    healthy, checks = await health(asker, span, traffic, now)
    is_forbidden = any(check.verdict == "bad" and check.is_forbidding for check in checks)
    found, counts, offers = await pairs(asker, span, is_forbidden)
    lifts = [pair.lift for pair in found]
    moves: dict[str, tuple[Moved, Answer]] = {}
    if not is_forbidden:
        # Whom an action moves is a lift too: only where its own comparison may be printed.
        for action_id in dict.fromkeys(lift.action_id for lift in lifts if lift.conversion is not None):
            moves[action_id] = await whom(asker, action_id)
    model, drifts = await quality(asker, span)
    sections = [
        _lifts(found, counts, offers, moves, [await cost(asker), await guarded(asker)]),
        await trade(asker),
        await silence(asker),
        model,
        healthy,
    ]
    sentences = [lift.sentence for lift in lifts] or [
        f"{span.words} no action was chosen in any visit. Next: publish one (docs/merchant.md), or see why nothing was shown."
    ]
    title = f"{site_id}: {span.words.removeprefix('In ')}"
    short = (
        f"{span.first} up to {span.end}, in UTC, {traffic} visits. Lifts compare visits in which an action was chosen with those "
        "for which the same was chosen and nothing shown."
    )
    html = render(title=title, short=short, checks=checks, sentences=sentences, sections=sections)
    data = _data(site_id, traffic, span, now, checks, sentences, sections, lifts, moves, drifts)
    return Report(html, data, sentences, checks)


def _lifts(
    found: list[Pair], counts: Answer, offers: Answer, moves: dict[str, tuple[Moved, Answer]], more: list[Block]
) -> Section:
    lifts = [pair.lift for pair in found]
    words = []
    claimed = sum(lift.conversion is not None for lift in lifts)
    if claimed > 1:
        words.append(
            f"There are {claimed} comparisons, each with its own 95 % interval: of twenty such intervals one may miss the truth."
        )
    blocks = [
        Block("lifts", "By action and segment", [counts, offers], table=[_row(lift) for lift in lifts],
              svg=draw.lifts(lifts), caption="Points bought more often than held-back visits, with 95 % intervals."),
        *(
            Block(f"lift-{p.lift.action_id}-{p.lift.segment}", f"{p.lift.action_id}, {p.lift.segment.replace('_', '-')}",
                  [p.answer], words=[p.lift.sentence, *_wasted(p.lift)], command=COMMAND)
            for p in found
        ),
        *more,
        *(
            Block(f"whom-{action_id}", f"Whom {action_id} moves", [answer], svg=draw.tenths(told.tenths),
                  caption="The lift in each tenth of the score, with 95 % intervals.",
                  words=[] if any(t.lift is not None for t in told.tenths) else ["There are too few visits in any tenth."],
                  command=COMMAND + " With --by-score.")
            for action_id, (told, answer) in moves.items()
        ),
    ]  # fmt: skip
    return Section("lifts", "What offers brought, in figures", blocks, words=words)


def _row(lift: Lift) -> dict[str, Cell]:
    return {
        "action": lift.action_id,
        "segment": lift.segment.replace("_", "-"),
        "treated": f"{lift.treated_count:,}",
        "held back": f"{lift.held_back_count:,}",
        "points": _interval(lift.conversion, points),
        "extra orders": _interval(lift.extra_orders, lambda value: f"{value:,.0f}"),
        "margin after offers": "\n".join(
            _interval(each.extra_minor, _plain(each.currency), each.currency) or f"{each.currency} –"
            for each in lift.amounts
        )
        or None,
        "offers cost": "\n".join(money(each.given_minor, each.currency) for each in lift.amounts) or None,
        "dismissed": share(lift.dismissed_share),
    }


def _plain(currency: str) -> Callable[[float], str]:
    """Amounts of this currency without its name."""
    return lambda value: money(value, currency).removeprefix(f"{currency} ")


def _interval(found: Range | None, words: Callable[[float], str], unit: str = "") -> str | None:
    if found is None:
        return None
    return f"{unit} {words(found.value)}\n({words(found.low)} to {words(found.high)})".lstrip()


def _wasted(lift: Lift) -> list[str]:
    """What was given to visits that would have bought anyway, where anything was given."""
    return [_wasted_in(each.currency, each.wasted) for each in lift.amounts if each.wasted is not None]


def _wasted_in(name: str, w: Wasted) -> str:
    if w.share is None or w.share_low is None or w.share_high is None or w.wasted_minor is None:
        return f"What was wasted on sure buyers cannot be said in {name}: {w.reason}"
    return (
        f"Of {money(w.given_minor, name)} given away {share(w.share)} went to visits that would have bought anyway "
        f"({money(w.wasted_minor, name)}), between {share(w.share_low)} and {share(w.share_high)}."
    )


def _data(
    site_id: str, traffic: str, span: Span, now: datetime, checks: list[Check], sentences: list[str],
    sections: list[Section], lifts: list[Lift], moves: dict[str, tuple[Moved, Answer]], drifts: list[Drift],
) -> dict[str, Any]:  # fmt: skip
    return {
        "site_id": site_id,
        "traffic": traffic,
        "kind": span.kind,
        "name": span.name,
        "first": span.first,
        "end": span.end,
        "made_at": now,
        "checks": checks,
        "sentences": sentences,
        "lifts": lifts,
        "whom": {action_id: told for action_id, (told, _) in moves.items()},
        "drift": drifts,
        # A comparison's rows are its visits, one by one: their statement is enough, and a file of a million rows is none.
        "figures": {
            f"{section.name}.{block.name}": [
                {"sql": answer.sql, **({} if block.command else {"rows": answer.rows})} for answer in block.answers
            ]
            for section in sections
            for block in section.blocks
        },
    }
