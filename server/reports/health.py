"""Whether the numbers may be believed: what stands above every other figure, and what forbids a lift to be printed."""

from collections.abc import Sequence
from datetime import datetime

from server.reports.asking import Answer, Asker
from server.reports.parts import Block, Check, Section, count, share, table_of
from server.reports.span import Span

REJECTED_MOST = 0.01
FORKED_MOST = 0.01
TRACKED_LEAST = 0.9
"""Below this, orders that browsers did not tell of are no longer a rounding error beside a lift of some per cent."""


async def health(asker: Asker, span: Span, traffic: str, now: datetime) -> tuple[Section, list[Check]]:
    """The section with its figures, and the checks, what is broken first."""
    arms, visits, rejected = await asker.ask("arms"), await asker.ask("visits"), await asker.ask("rejected")
    coverage, final = await asker.ask("coverage"), await asker.ask("final")
    revenue = await asker.ask("revenue")
    checks = [
        _visits(visits, span, traffic, now),
        _arms(arms),
        _events(visits, rejected, traffic),
        _orders(coverage),
        _currencies(revenue),
        _final(final),
        _others(visits, traffic),
    ]
    order = ("bad", "unsure", "good")
    checks.sort(key=lambda check: order.index(check.verdict))
    section = Section(
        "health",
        "Health",
        [
            Block("arms", "Treated as meant", [arms], table=table_of(
                arms.rows if arms.only["session_count"] else [], session_count="visits", treatment_count="treated",
                control_count="control", holdout_count="holdout", treatment_share="treated share",
                expected_treatment_share="meant", standard_errors_off="standard errors off",
            )),
            Block("visits", "Visits by traffic", [visits], table=table_of(
                visits.rows, traffic="traffic", session_count="visits", event_count="events", forked_count="forked",
                arm_forced_count="arm forced", pageless_count="without a page",
            )),
            Block("rejected", "Events that were refused", [rejected], words=() if rejected.rows else ["None."],
                  table=table_of(rejected.rows, reason="reason", rejected_count="events")),
            Block("coverage", "Orders by who told of them", [coverage, final], table=table_of(
                coverage.rows if coverage.only["server_order_count"] is not None else [],
                server_order_count="told by the shop", tracked_order_count="of these by browsers too",
                tracked_share="share", unjoined_order_count="visit unknown", browser_only_order_count="by browsers alone",
            )),
        ],
    )  # fmt: skip
    return section, checks


def _visits(visits: Answer, span: Span, traffic: str, now: datetime) -> Check:
    mine = sum(row["session_count"] for row in visits.rows if row["traffic"] == traffic)
    if not mine:
        return Check(
            "Visits", "bad",
            f"There are no {traffic} visits from {span.first} on and before {span.end}. Next: check the dates, that the tag is on "
            "the shop's pages (`fifthclick check-tag`), and that visits were settled (`fifthclick settle`).",
            is_forbidding=True,
        )  # fmt: skip
    if not span.is_over(now):
        return Check(
            "Visits", "unsure",
            f"{mine:,} visits so far; the {span.kind} is not over. Next: run this again after {span.end}.",
        )  # fmt: skip
    return Check("Visits", "good", f"{mine:,} visits have ended and are settled.")


def _arms(arms: Answer) -> Check:
    row = arms.only
    if not row["session_count"]:
        return Check(
            "Sample ratio", "unsure", "No visit has an arm, so nothing can be compared. Next: publish an action."
        )
    if row["control_count"] + row["holdout_count"] == 0:
        return Check(
            "Sample ratio", "bad",
            "Nobody was held back, so no lift can be known. Next: set `holdout_share` under [arms] in the rules to 0.05 or more.",
            is_forbidding=True,
        )  # fmt: skip
    told = f"{share(row['treatment_share'])} of {row['session_count']:,} visits were treated where " \
           f"{share(row['expected_treatment_share'])} were meant to be"  # fmt: skip
    if row["is_suspicious"]:
        return Check(
            "Sample ratio", "bad",
            f"{told}: {row['standard_errors_off']} standard errors off, more than chance allows. Something loses or doubles "
            "visits of one arm, so no lift is printed. Next: look at forked visits and refused events below, and at what changed.",
            is_forbidding=True,
        )  # fmt: skip
    return Check("Sample ratio", "good", f"{told}, as chance allows.")


def _events(visits: Answer, rejected: Answer, traffic: str) -> Check:
    mine = [row for row in visits.rows if row["traffic"] == traffic]
    kept = sum(row["event_count"] for row in mine)
    lost = sum(row["rejected_count"] for row in rejected.rows)
    forked, all_count = sum(row["forked_count"] for row in mine), sum(row["session_count"] for row in mine)
    told = f"{lost:,} events were refused beside {kept:,} kept; {forked:,} visits were forked and are in no lift"
    if lost > REJECTED_MOST * (lost + kept) or forked > FORKED_MOST * max(1, all_count):
        return Check(
            "Data quality", "unsure", f"{told}. Next: the reasons are below; docs/operations.md names their cures."
        )
    return Check("Data quality", "good", f"{told}.")


def _orders(coverage: Answer) -> Check:
    row = coverage.only
    if not row["server_order_count"]:
        return Check(
            "Orders", "unsure",
            "The shop's own server told of no orders, so nobody knows how many the browsers missed. Next: docs/orders.md.",
        )  # fmt: skip
    told = f"browsers told of {share(row['tracked_share'])} of the {row['server_order_count']:,} orders that the shop told of; " \
           f"of {row['unjoined_order_count']:,} the visit is not known"  # fmt: skip
    if row["tracked_share"] < TRACKED_LEAST:
        return Check(
            "Orders", "unsure",
            f"{told}. Next: store the session id with the order (docs/orders.md), so that the others are joined too.",
        )  # fmt: skip
    return Check("Orders", "good", f"{told}.")


def _currencies(revenue: Answer) -> Check:
    nameless = sum(row["order_count"] for row in revenue.rows if row["currency"] is None)
    named = [row["currency"] for row in revenue.rows if row["currency"] is not None]
    if nameless:
        return Check(
            "Currency", "unsure",
            f"{nameless:,} orders name no currency, so what they are worth is not added to anything. Next: send `currency` with "
            "every purchase.",
        )  # fmt: skip
    if len(named) > 1:
        return Check(
            "Currency", "unsure",
            f"Orders are in {', '.join(named)}. Amounts of two currencies are never added: each has its own.",
        )  # fmt: skip
    return Check("Currency", "good", f"Every order is in {named[0]}." if named else "There are no orders.")


def _final(final: Answer) -> Check:
    row: dict[str, int] = final.only
    open_count = row["choice_count"] - row["final_count"]
    if not open_count:
        return Check("Final", "good", "Nothing that happens can change these outcomes any more.")
    return Check(
        "Final", "unsure",
        f"{open_count:,} of {row['choice_count']:,} outcomes may still change: orders count for 7 days, refunds for 30. Next: run "
        "this again then.",
    )  # fmt: skip


def _others(visits: Answer, traffic: str) -> Check:
    others: Sequence[str] = [
        f"{count(row['session_count'])} {row['traffic']}" for row in visits.rows if row["traffic"] != traffic
    ]
    if not others:
        return Check("Left out", "good", "No robots, previews or other traffic came.")
    return Check("Left out", "good", f"These visits are in no figure: {', '.join(others)}.")
