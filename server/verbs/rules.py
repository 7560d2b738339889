"""`fifthclick rules`: a site's rules as a file. Pull it, change it, see what changes, publish it, go back."""

import argparse
import sys
from collections.abc import Awaitable, Callable

from core.errors import ConfigError
from core.rules import Rules
from core.rules_text import check_rules_for_site, parse_rules
from server.store import publish
from server.verbs import _store
from server.verbs._rules_words import changes_in_words, text_diff
from server.verbs._store import Store

Work = Callable[[argparse.Namespace, Store], Awaitable[int]]


def configure(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(metavar="WHAT", required=True, dest="what")

    pull = _sub(verbs, "pull", "print the rules: fifthclick rules pull SITE > rules.toml", _pull)
    pull.add_argument("version", metavar="VERSION", nargs="?", help="an earlier version (its first characters will do)")

    diff = _sub(verbs, "diff", "say what a file would change", _diff)
    diff.add_argument("file", metavar="FILE", help='the rules file, or "-" for standard input')

    new = _sub(verbs, "publish", "make a file the live rules, within 5 seconds in every worker", _publish)
    new.add_argument("file", metavar="FILE", help='the rules file, or "-" for standard input')
    new.add_argument("--note", default="", help="why, for the history")

    back = _sub(verbs, "rollback", "make an earlier version live again, by default the one before", _rollback)
    back.add_argument("version", metavar="VERSION", nargs="?", default="")
    back.add_argument("--note", default="", help="why, for the history")

    _sub(verbs, "history", "list what was live and when", _history)


def run(args: argparse.Namespace) -> int:
    work: Work = args.work
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
    text = _store.read_text(args.file)
    new = parse_rules(text, args.file)
    check_rules_for_site(text, new, origins=site.origins, our_base_url=store.base_url, file=args.file)
    lines = text_diff(
        site.toml, text, old_name=f"{args.site} {site.version}", new_name=args.file, is_coloured=sys.stdout.isatty()
    )
    if not lines:
        print(f"{args.file} is what is live.")
        return 0
    print(lines + "\n")
    old = _readable(site.toml)
    changes = changes_in_words(old, new) if old is not None else ["The live rules cannot be read; this replaces them."]
    print("\n".join(changes or ["Nothing that is decided or shown changes."]))
    return 0


async def _publish(args: argparse.Namespace, store: Store) -> int:
    text = _store.read_text(args.file)
    before = _readable((await publish.site_of(store.pool, args.site)).toml)
    done = await publish.publish_rules(
        store.pool, args.site, text, args.note, our_base_url=store.base_url, file=args.file
    )
    if not done.is_change:
        print(f"Nothing to publish: {args.file} decides and shows what the live version {done.version} does.")
        return 0
    await _store.announce(store.settings, args.site)
    for change in changes_in_words(before, parse_rules(text)) if before is not None else []:
        print(change)
    print(
        f"Live: {args.site} version {done.version}. Running workers switch within 5 seconds, at each session's next event."
    )
    return 0


async def _rollback(args: argparse.Namespace, store: Store) -> int:
    done = await publish.rollback(store.pool, args.site, args.version, args.note)
    if not done.is_change:
        print(f"Version {done.version} is live already.")
        return 0
    await _store.announce(store.settings, args.site)
    print(f"Live again: {args.site} version {done.version}. `fifthclick rules rollback {args.site}` undoes this.")
    return 0


async def _history(args: argparse.Namespace, store: Store) -> int:
    for change in await publish.history(store.pool, args.site):
        live = "live  " if change.is_live else "      "
        when = f"{change.published_at:%Y-%m-%d %H:%M:%S} UTC"
        print(f"{live}{change.version}  {when}  {change.verb:<8}  {change.note}".rstrip())
    return 0


def _readable(text: str) -> Rules | None:
    """The live rules, or None where they were written for another version of this program."""
    try:
        return parse_rules(text)
    except ConfigError:
        return None
