"""What happened in the shop: days, revenue, the funnel, offers and why nothing was offered."""

from server.reports import draw
from server.reports.asking import Answer, Asker
from server.reports.parts import Block, Section, money, share, table_of


async def trade(asker: Asker) -> Section:
    days, revenue, by_day = await asker.ask("days"), await asker.ask("revenue"), await asker.ask("revenue_days")
    funnel = await asker.ask("funnel")
    return Section(
        "trade", "Visits and orders",
        [
            Block("days", "By day", [days], svg=draw.days(days.rows), caption="Visits, and those of them that bought."),
            *_revenue(revenue, by_day),
            Block(
                "funnel", "How far visits got", [funnel],
                svg=draw.funnel(funnel.only) if funnel.only["visit"] else "", caption="Visits that came at least so far.",
            ),
        ],
    )  # fmt: skip


def _revenue(revenue: Answer, by_day: Answer) -> list[Block]:
    """One block for the sums, and one for each currency's days: amounts of two are never added, nor drawn on one scale."""
    rows = [
        {
            "currency": row["currency"] or "not named",
            "orders": f"{row['order_count']:,}",
            **{
                heading: money(row[column], row["currency"]) if row["currency"] else None
                for column, heading in (
                    ("value_minor", "ordered"),
                    ("refunded_minor", "refunded"),
                    ("net_minor", "net"),
                )
            },
        }
        for row in revenue.rows
    ]
    blocks = [Block("revenue", "Revenue", [revenue], table=rows, words=() if rows else ["There are no orders."])]
    for row in revenue.rows:
        if (currency := row["currency"]) is not None:
            blocks.append(
                Block(
                    f"revenue-{currency}", f"Revenue in {currency} by day", [by_day],
                    svg=draw.revenue(by_day.rows, currency), caption="Ordered on that day less what was refunded since.",
                )
            )  # fmt: skip
    return blocks


async def silence(asker: Asker) -> Section:
    """Why nothing was shown."""
    answers, refusals = await asker.ask("silence"), await asker.ask("refusals")
    return Section(
        "silence", "Why nothing was shown",
        [
            Block("silence", "The policy's answers without an action", [answers], table=table_of(
                answers.rows, segment="segment", reason="reason", session_count="visits")),
            Block("refusals", "Actions that were refused", [refusals], table=table_of(
                refusals.rows, action_id="action", reason="reason", session_count="visits")),
        ],
        words=["A visit may be in several rows: the answer is kept each time that it changes. docs/policy.md lists the reasons."],
    )  # fmt: skip


async def cost(asker: Asker) -> Block:
    """What offers cost, by action and currency."""
    answer = await asker.ask("cost")
    rows = [
        {
            "action": row["action_id"],
            "taken": f"{row['claimed_count']:,}",
            "used": f"{row['redeemed_count']:,}",
            "cost": money(row["redeemed_minor"], row["currency"]) if row["currency"] else None,
            "still open": f"{row['open_count']:,}",
            "cost expected": money(row["expected_minor"], row["currency"]) if row["currency"] else None,
        }
        for row in answer.rows
    ]
    return Block(
        "cost", "What offers cost", [answer], table=rows, words=() if rows else ["No code or price was taken."]
    )


async def guarded(asker: Asker) -> Block:
    """What visits did after the choice, treated beside held back: what the guardrails look at."""
    answer = await asker.ask("guarded")
    rows = [
        {
            "action": row["action_id"],
            "arm": "treated" if row["is_treated"] else "held back",
            "visits": f"{row['session_count']:,}",
            "went no further": share(row["bounced_share"]),
            "checkout trouble": share(row["checkout_trouble_share"]),
            "slow paint (LCP)": share(row["poor_paint_share"]),
            "jumped (CLS)": share(row["poor_shift_share"]),
            "slow answer (INP)": share(row["poor_response_share"]),
        }
        for row in answer.rows
    ]
    told = (
        "Plain shares; an action that does more harm than chance allows is paused by itself. LCP over 4 s, CLS over 0.25 and INP "
        "over 500 ms, of the page on which the choice fell."
    )
    asked = "Satisfaction has no control: only who is shown the question answers it, so no comparison is printed."
    return Block(
        "guarded", "What the guardrails look at", [answer], table=rows,
        words=[told, asked] if rows else ["No action was chosen."],
    )  # fmt: skip
