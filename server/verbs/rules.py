"""`fifthclick rules`: a site's rules as a file. Pull it, change it, see what changes, publish it, go back, switch it off."""

import argparse
import sys
from collections.abc import Awaitable, Callable

import msgspec

from core.errors import ConfigError
from core.rules import Rules
from core.rules_schema import rules_schema
from core.rules_text import check_rules_for_site, parse_rules
from server.store import publish
from server.store.drafts import publish_draft
from server.store.live_rules import Published
from server.verbs import _rules_drafts, _rules_kill, _store, _who
from server.verbs._rules_words import changes_in_words, text_diff
from server.verbs._store import Store

Work = Callable[[argparse.Namespace, Store], Awaitable[int]]


def configure(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(metavar="WHAT", required=True, dest="what")

    pull = _sub(verbs, "pull", "print the rules: fifthclick rules pull SITE > rules.toml", _pull)
    pull.add_argument("version", metavar="VERSION", nargs="?", help="an earlier version (its first characters will do)")

    _rules_drafts.add_source(_sub(verbs, "diff", "say what a file or a draft would change", _diff))

    _rules_drafts.configure(_sub(verbs, "draft", "keep a file for later, also one with mistakes", _rules_drafts.keep))
    _sub(verbs, "drafts", "list what is kept for later", _rules_drafts.list_all)

    new = _sub(verbs, "publish", "make a file or a draft the live rules, within 5 seconds in every worker", _publish)
    _rules_drafts.add_source(new)
    new.add_argument(
        "--force", action="store_true", help="a draft, also where other rules went live since it was begun"
    )
    _who.add_options(new)

    back = _sub(verbs, "rollback", "make an earlier version live again, by default the one before", _rollback)
    back.add_argument(
        "version", metavar="VERSION", nargs="?", default="", help="any version of the history (its first characters)"
    )
    _who.add_options(back)

    _rules_kill.configure(
        _sub(verbs, "kill", "switch an action or all of them off, within 5 seconds on open pages", _rules_kill.kill),
        _sub(verbs, "revive", "end what a kill began", _rules_kill.revive),
    )
    _sub(verbs, "history", "list what was live and when, who made it so and why", _history)

    schema = verbs.add_parser("schema", help="print the JSON Schema of a rules file, for editors")
    schema.set_defaults(work=None)


def run(args: argparse.Namespace) -> int:
    work: Work | None = args.work
    if work is None:
        print(msgspec.json.format(msgspec.json.encode(rules_schema()), indent=2).decode())
        return 0
    return _store.with_store(args, lambda store: work(args, store))


def _sub(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, purpose: str, work: Work
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
    parser.add_argument("site", metavar="SITE", help="a site's id; `fifthclick site list` prints them")
    parser.set_defaults(work=work)
    _store.add_options(parser)
    return parser


async def _pull(args: argparse.Namespace, store: Store) -> int:
    sys.stdout.write(await publish.rules_text_of(store.pool, args.site, args.version))
    return 0


async def _diff(args: argparse.Namespace, store: Store) -> int:
    site = await publish.site_of(store.pool, args.site)
    text, name = await _rules_drafts.text_of(args, store)
    new = parse_rules(text, name)
    check_rules_for_site(text, new, origins=site.origins, our_base_url=store.base_url, file=name)
    old_name = f"{args.site} {site.version}"
    lines = text_diff(site.toml, text, old_name=old_name, new_name=name, is_coloured=sys.stdout.isatty())
    if not lines:
        print(f"{name} is what is live.")
        return 0
    print(lines + "\n")
    old = _readable(site.toml)
    changes = changes_in_words(old, new) if old is not None else ["The live rules cannot be read; this replaces them."]
    print("\n".join(changes or ["Nothing that is decided or shown changes."]))
    return 0


async def _publish(args: argparse.Namespace, store: Store) -> int:
    text, name = await _rules_drafts.text_of(args, store)
    before = _readable((await publish.site_of(store.pool, args.site)).toml)
    if args.draft is None:
        done = await publish.publish_rules(
            store.pool, args.site, text, args.note, made_by=_who.who(args), our_base_url=store.base_url, file=name
        )
    else:
        done = await publish_draft(
            store.pool, args.site, name, args.note,
            made_by=_who.who(args), our_base_url=store.base_url, is_forced=args.force,
        )  # fmt: skip
    if not done.is_change:
        print(f"Nothing to publish: {name} decides and shows what the live version {done.version} does.")
        _print_still_off(args.site, done)
        return 0
    await _store.announce(store.settings, args.site)
    for change in changes_in_words(before, parse_rules(text)) if before is not None else []:
        print(change)
    print(
        f"Live: {args.site} version {done.version}. Running workers switch within 5 seconds, at each session's next event."
    )
    _print_still_off(args.site, done)
    return 0


async def _rollback(args: argparse.Namespace, store: Store) -> int:
    done = await publish.rollback(store.pool, args.site, args.version, args.note, made_by=_who.who(args))
    if not done.is_change:
        print(f"Version {done.version} is live already.")
        _print_still_off(args.site, done)
        return 0
    await _store.announce(store.settings, args.site)
    print(f"Live again: {args.site} version {done.version}. `fifthclick rules rollback {args.site}` undoes this.")
    _print_still_off(args.site, done)
    return 0


async def _history(args: argparse.Namespace, store: Store) -> int:
    for change in await publish.history(store.pool, args.site):
        live = "live  " if change.is_live else "      "
        when = f"{change.published_at:%Y-%m-%d %H:%M:%S} UTC"
        off = f"  (switched off: {_rules_kill.in_words(change.killed)})" if change.killed else ""
        who = change.made_by or "fifthclick"
        print(f"{live}{change.version}  {when}  {change.verb:<8}  {who}  {change.note}{off}".rstrip())
    return 0


def _print_still_off(site_id: str, done: Published) -> None:
    for line in _rules_kill.still_off(site_id, done):
        print(line)


def _readable(text: str) -> Rules | None:
    """The live rules, or None where they were written for another version of this program."""
    try:
        return parse_rules(text)
    except ConfigError:
        return None
