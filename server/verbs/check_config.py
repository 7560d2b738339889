"""`fifthclick check-config FILE`: read a rules file and name every mistake with its line. Changes nothing."""

import argparse

from core.rules import Rules
from core.rules_hints import hints_of
from core.rules_text import check_rules_for_site, parse_rules
from server.store.publish import site_of
from server.verbs import _store
from server.verbs._store import Store


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help='the rules file, or "-" for standard input')
    parser.add_argument(
        "--site", metavar="SITE", help="also check what depends on the shop, such as where a form posts to"
    )
    _store.add_options(parser)


def run(args: argparse.Namespace) -> int:
    text = _store.read_text(args.file)
    rules = parse_rules(text, args.file)
    if args.site:
        _store.with_store(args, lambda store: _check_for_site(args, text, rules, store))
    for hint in hints_of(rules.actions, rules.look):
        print(f"{args.file}: note: {hint}")
    print(f"{args.file}: nothing wrong. {_summary(rules)}")
    return 0


async def _check_for_site(args: argparse.Namespace, text: str, rules: Rules, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    check_rules_for_site(text, rules, origins=site.origins, our_base_url=store.base_url, file=args.file)
    return 0


def _summary(rules: Rules) -> str:
    count = sum(rule.is_on for rule in rules.actions)
    actions = f"{count} {'action is' if count == 1 else 'actions are'} switched on"
    if rules.arms.holdout_share == 0:
        return f"{actions}; there is no holdout, so no lift can be shown."
    return f"{actions}; {rules.arms.holdout_share:.0%} of visits are the holdout and see nothing."
