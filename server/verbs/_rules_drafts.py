"""`fifthclick rules draft`, `drafts`, and the text of `diff` and `publish`: a file, or a draft that was kept."""

import argparse
from typing import NamedTuple

from core.errors import ConfigError
from core.rules_text import RulesRefused, check_rules_for_site, parse_rules
from server.store import drafts
from server.store.live_rules import StoredSite, site_of
from server.verbs import _store
from server.verbs._store import Store


class Text(NamedTuple):
    """A rules text and what to call it."""

    toml: str
    name: str


def configure(draft: argparse.ArgumentParser) -> None:
    draft.add_argument("file", metavar="FILE", nargs="?", help='the rules file, or "-" for standard input')
    draft.add_argument("--name", default=drafts.DEFAULT_NAME, help="one of several drafts (default: %(default)s)")
    draft.add_argument("--note", default="", help="why, for the history once it is published")
    draft.add_argument("--remove", action="store_true", help="forget the draft instead")


def add_source(parser: argparse.ArgumentParser) -> None:
    """FILE, or --draft."""
    parser.add_argument("file", metavar="FILE", nargs="?", help='the rules file, or "-" for standard input')
    parser.add_argument(
        "--draft", metavar="NAME", nargs="?", const=drafts.DEFAULT_NAME, help="a draft that was kept, instead of a file"
    )


async def text_of(args: argparse.Namespace, store: Store) -> Text:
    """The text that FILE or --draft names. Raises `ConfigError`: neither, or both."""
    if (args.file is None) == (args.draft is None):
        raise ConfigError(f"name a file or --draft. Next: fifthclick rules {args.what} {args.site} rules.toml.")
    if args.draft is None:
        return Text(_store.read_text(args.file), args.file)
    return Text((await drafts.draft_of(store.pool, args.site, args.draft)).toml, args.draft)


async def keep(args: argparse.Namespace, store: Store) -> int:
    if args.remove:
        await drafts.drop_draft(store.pool, args.site, args.name)
        print(f"Draft {args.name!r} of {args.site} is forgotten.")
        return 0
    if args.file is None:
        raise ConfigError(f"name a file. Next: fifthclick rules draft {args.site} rules.toml.")
    text = _store.read_text(args.file)
    draft = await drafts.keep_draft(store.pool, args.site, text, args.note, name=args.name, file=args.file)
    mistakes = _mistakes(text, await site_of(store.pool, args.site), store, args.file)
    for mistake in mistakes:
        print(mistake)
    print(f"Kept as draft {draft.name!r} of {args.site}; nothing is live. It is based on version {draft.based_on}.")
    _say_outdated(draft)
    option = "" if draft.name == drafts.DEFAULT_NAME else f" {draft.name}"
    if mistakes:
        print("It cannot be published before its mistakes are mended. Next: keep the mended file as the draft.")
    else:
        print(f"Next: fifthclick rules publish {args.site} --draft{option}")
    return 0


async def list_all(args: argparse.Namespace, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    found = await drafts.drafts(store.pool, args.site)
    for draft in found:
        count = len(_mistakes(draft.toml, site, store, draft.name))
        state = f"{count} {'mistake' if count == 1 else 'mistakes'}" if count else "can be published"
        state += ", other rules went live since" if draft.is_outdated else ""
        when = f"{draft.updated_at:%Y-%m-%d %H:%M:%S} UTC"
        print(f"{draft.name}  {when}  on {draft.based_on}  {state}  {draft.note}".rstrip())
    if not found:
        print(f"{args.site} has no drafts. Next: fifthclick rules draft {args.site} rules.toml.")
    return 0


def _mistakes(text: str, site: StoredSite, store: Store, file: str) -> list[str]:
    """What publishing would refuse, a line each."""
    try:
        rules = parse_rules(text, file)
        check_rules_for_site(text, rules, origins=site.origins, our_base_url=store.base_url, file=file)
    except RulesRefused as refused:
        return str(refused).splitlines()
    return []


def _say_outdated(draft: drafts.Draft) -> None:
    if draft.is_outdated:
        print("Other rules went live since it was begun: publishing it needs --force.")
