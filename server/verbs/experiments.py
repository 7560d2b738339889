"""`fifthclick experiments`: which actions are new, and what each action and each variant of a site is known to do."""

import argparse
import getpass
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from core.analysis.report import LiftReport, lift_report
from core.assignment import control_share_of
from core.records import Traffic
from core.rules import ActionRule, Rules
from server.store.lifts import choice_rows, variant_rows
from server.store.publish import site_of
from server.store.starts import Start, settle_action, starts
from server.verbs import _store
from server.verbs._store import Store


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.epilog = "What is shown counts live visits only; docs/experiments.md says what each word means."
    parser.add_argument("site", metavar="SITE", help="a site's id; `fifthclick site list` prints them")
    parser.add_argument(
        "--settle",
        metavar="ACTION",
        default="",
        help="enough is known: from now on only the permanent control goes without",
    )
    parser.add_argument("--goal", default="purchase", help="the goal that actions are judged by (default: purchase)")
    parser.add_argument("--json", action="store_true", help="print it as JSON, with every figure")


def run(args: argparse.Namespace) -> int:
    return _store.with_store(args, lambda store: _experiments(args, store))


async def _experiments(args: argparse.Namespace, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    if args.settle:
        done = await settle_action(store.pool, args.site, args.settle, made_by=getpass.getuser())
        await _store.announce(store.settings, args.site)
        Console().print(f"Settled: {args.site} version {done.version}.")
        return 0
    rules = site.rules()
    traffic: Traffic = "simulated" if site.is_demo else "live"
    began = {start.action_id: start for start in await starts(store.pool, args.site)}
    reports: dict[str, LiftReport] = {}
    pairs = _pairs(rules)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("actions and variants", total=len(rules.actions) + len(pairs))
        for rule in rules.actions:
            rows = await choice_rows(store.pool, args.site, rule.id, traffic=traffic, goal=args.goal)
            reports[rule.id] = lift_report(rows)
            progress.advance(bar)
        for experiment, base, other in pairs:
            rows = await variant_rows(
                store.pool,
                args.site,
                experiment,
                rules.experiments[experiment].run,
                base=base,
                other=other,
                traffic=traffic,
            )
            reports[f"{experiment}: {other} beside {base}"] = lift_report(rows)
            progress.advance(bar)
    if args.json:
        print(msgspec.json.encode(_as_json(rules, began, reports)).decode())
    else:
        _print(rules, began, reports)
    return 0


def _pairs(rules: Rules) -> list[tuple[str, str, str]]:
    """Each variant beside the first of its experiment."""
    found = []
    for name, experiment in rules.experiments.items():
        base, *others = experiment.variants
        found += [(name, base, other) for other in others]
    return found


def _as_json(rules: Rules, began: dict[str, Start], reports: dict[str, LiftReport]) -> dict[str, Any]:
    return {
        "actions": [
            {
                "action_id": rule.id,
                "is_new": rule.id in rules.new_actions,
                "control_share": control_share_of(rules, rule),
                "started_at": began[rule.id].started_at if rule.id in began else None,
                "settled_because": began[rule.id].because if rule.id in began else "",
                "report": reports[rule.id],
            }
            for rule in rules.actions
        ],
        "experiments": [
            {
                "experiment": name,
                "run": rules.experiments[name].run,
                "is_on": rules.experiments[name].is_on,
                "base": base,
                "variant": other,
                "report": reports[f"{name}: {other} beside {base}"],
            }
            for name, base, other in _pairs(rules)
        ],
    }


def _print(rules: Rules, began: dict[str, Start], reports: dict[str, LiftReport]) -> None:
    console = Console()
    if not rules.actions:
        console.print("This site has no actions yet. Next: docs/merchant.md, and `fifthclick rules publish`.")
        return
    table = Table(title="Who goes without", title_justify="left")
    for heading in ("action", "live since", "state", "held back", "visits"):
        table.add_column(heading, justify="right" if heading in ("held back", "visits") else "left")
    for rule in rules.actions:
        since = f"{began[rule.id].started_at:%Y-%m-%d}" if rule.id in began else "-"
        table.add_row(
            rule.id, since, _state(rules, rule, began), _held_back(rules, rule), f"{reports[rule.id].visit_count:,}"
        )
    console.print(table)
    for name, report in reports.items():
        console.print(f"\n{name}", style="bold", markup=False, highlight=False)
        console.print(f"  {report.sentence}", markup=False, highlight=False)
        for line in (*report.faults, *report.notes):
            console.print(f"  - {line}", markup=False, highlight=False)


def _state(rules: Rules, rule: ActionRule, began: dict[str, Start]) -> str:
    if not rule.is_on:
        return "switched off"
    if rule.id in rules.new_actions:
        return "new"
    because = began[rule.id].because if rule.id in began else ""
    return {"known": "known", "time": "four weeks over", "said": "settled by hand"}.get(because, "settled")


def _held_back(rules: Rules, rule: ActionRule) -> str:
    """Of the visits that choose it, those that see nothing: the holdout and this action's control."""
    kept = 1.0 - rules.arms.holdout_share
    return f"{rules.arms.holdout_share + kept * control_share_of(rules, rule):.0%}"
