"""`fifthclick responses`: what each action was seen to do in a site's own visits, and whether the policy goes by it."""

import argparse
from datetime import UTC, datetime, timedelta
from math import exp
from operator import mul
from typing import Any, Literal

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from core.margin import PRIORS, Response
from core.records import Traffic
from core.rules import Rules
from core.stakes import offer_kind
from model.responses import EACH_ARM_LEAST, learn
from server.store.publish import set_responses, site_of
from server.store.trials import count_first_choices, read_trials
from server.verbs import _store
from server.verbs._store import Store

DAYS = 60
_WIDTH = 1.96
_ALWAYS = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_ANSWERING = (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
_MOVABLE = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4)
"""A leverage that one visit in ten has."""


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.add_argument("site", metavar="SITE", help="a site's id; `fifthclick site list` prints them")
    parser.add_argument("--days", type=int, default=DAYS, help=f"visits of so many days (default: {DAYS})")
    parser.add_argument(
        "--publish", action="store_true", help="let the policy go by it from now on, as a version of its own"
    )
    parser.add_argument("--note", default="", help="why, for the history")
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(args: argparse.Namespace) -> int:
    return _store.with_store(args, lambda store: _responses(args, store))


async def _responses(args: argparse.Namespace, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    rules = site.rules()
    # The demo shop's visitors are made up; of every other site only live visits count.
    traffic: Traffic = "simulated" if site.is_demo else "live"
    since = datetime.now(UTC) - timedelta(days=args.days)
    learned, counts = await _learned(store, rules, traffic, since)
    if args.json:
        print(msgspec.json.encode(_as_json(rules, learned, counts)).decode())
    else:
        _print(rules, learned, counts)
    if not args.publish:
        return 0
    if not learned:
        Console().print("Nothing to publish: the priors go on.")
        return 0
    note = args.note or f"learned from {sum(sum(pair) for pair in counts.values()):,} visits of {args.days} days"
    # What was learned of an action that has no new trials stands: an action that is off has none.
    done = await set_responses(store.pool, args.site, {**rules.responses, **learned}, note)
    if done.is_change:
        await _store.announce(store.settings, args.site)
    Console().print(f"Live: {args.site} version {done.version}." if done.is_change else "Nothing has changed.")
    return 0


async def _learned(
    store: Store, rules: Rules, traffic: Traffic, since: datetime
) -> tuple[dict[str, Response], dict[str, tuple[int, int]]]:
    """The responses, and by action how many visits were offered it and how many were held back."""
    actions = {rule.id: rule for rule in rules.actions}
    total = await count_first_choices(store.pool, rules.site_id, traffic, since)
    trials = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("visits with a choice", total=total)
        async for trial in read_trials(store.pool, rules.site_id, actions, traffic=traffic, since=since):
            trials.append(trial)
            progress.advance(bar)
    counts = {
        action_id: (
            sum(t.action_id == action_id and t.is_treated for t in trials),
            sum(t.action_id == action_id and not t.is_treated for t in trials),
        )
        for action_id in actions
    }
    return learn(trials, {rule.id: PRIORS[offer_kind(rule)] for rule in rules.actions}), counts


def _as_json(rules: Rules, learned: dict[str, Response], counts: dict[str, tuple[int, int]]) -> list[dict[str, Any]]:
    return [
        {
            "action_id": rule.id,
            "basis": "data" if rule.id in learned else "prior",
            "is_live": rule.id in learned and rules.responses.get(rule.id) == learned[rule.id],
            "offered_count": counts[rule.id][0],
            "held_back_count": counts[rule.id][1],
            "response": msgspec.to_builtins(learned.get(rule.id, PRIORS[offer_kind(rule)])),
        }
        for rule in rules.actions
    ]


def _print(rules: Rules, learned: dict[str, Response], counts: dict[str, tuple[int, int]]) -> None:
    table = Table(title="What each action does to the odds to buy: 1 is nothing, 2 doubles them")
    for heading in (
        "action",
        "offered",
        "held back",
        "odds x",
        "with a reason",
        "with leverage",
        "taken up",
        "goes by",
    ):
        justify: Literal["left", "right"] = "left" if heading in ("action", "goes by") else "right"
        table.add_column(heading, justify=justify, overflow="fold")
    for rule in rules.actions:
        response = learned.get(rule.id, PRIORS[offer_kind(rule)])
        offered, held = counts[rule.id]
        basis = "own visits" if rule.id in learned else f"prior, until {EACH_ARM_LEAST} in each"
        table.add_row(
            rule.id, f"{offered:,}", f"{held:,}", _odds(response, _ALWAYS),
            _odds(response, _ANSWERING), _odds(response, _MOVABLE), f"{response.take_share:.0%}", basis,
        )  # fmt: skip
    Console().print(table)


def _odds(response: Response, situation: tuple[float, ...]) -> str:
    """The factor with its 95 % interval."""
    effect = sum(map(mul, response.weights, situation))
    half = _WIDTH * response.spread_of(situation)
    return f"{exp(effect):.2f} ({exp(effect - half):.2f} to {exp(effect + half):.2f})"
