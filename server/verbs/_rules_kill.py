"""`fifthclick rules kill` and `revive`: an action, or every action of a site, off within seconds and until it is revived."""

import argparse

from core.rules import ALL_ACTIONS
from server.store import kill as switch
from server.store.live_rules import Published
from server.verbs import _store, _who
from server.verbs._store import Store


def configure(kill: argparse.ArgumentParser, revive: argparse.ArgumentParser) -> None:
    for parser in (kill, revive):
        parser.add_argument(
            "action", metavar="ACTION", nargs="?", default=ALL_ACTIONS, help="an action's id; without it all"
        )
        _who.add_options(parser)


async def kill(args: argparse.Namespace, store: Store) -> int:
    done = await switch.kill(store.pool, args.site, args.action, args.note, made_by=_who.who(args))
    if not done.is_change:
        print(f"{_named(args.action)} of {args.site} is switched off already.")
        return 0
    await _store.announce(store.settings, args.site)
    print(f"Switched off: {_named(args.action).lower()} of {args.site}, version {done.version}.")
    print("Open pages take it down within 5 seconds. No publish or rollback switches it on again, only:")
    print(f"fifthclick rules revive {args.site}{'' if args.action == ALL_ACTIONS else ' ' + args.action}")
    return 0


async def revive(args: argparse.Namespace, store: Store) -> int:
    done = await switch.revive(store.pool, args.site, args.action, args.note, made_by=_who.who(args))
    await _store.announce(store.settings, args.site)
    print(f"Switched on: {_named(args.action).lower()} of {args.site}, version {done.version}, within 5 seconds.")
    for line in still_off(args.site, done):
        print(line)
    return 0


def still_off(site_id: str, done: Published) -> list[str]:
    """What the kill switch holds off in what is live now, and how that ends; nothing where it holds nothing off."""
    if not done.killed:
        return []
    verbs = [f"`fifthclick rules revive {site_id}{'' if it == ALL_ACTIONS else f' {it}'}`" for it in done.killed]
    ends = f"{verbs[0]} ends that." if len(verbs) == 1 else f"Each is ended on its own: {', '.join(verbs)}."
    return [f"Still switched off, whatever the rules say: {in_words(done.killed)}. {ends}"]


def in_words(killed: tuple[str, ...]) -> str:
    """What is switched off."""
    return ", ".join(_named(name).lower() if name == ALL_ACTIONS else name for name in killed)


def _named(action_id: str) -> str:
    return "Every action" if action_id == ALL_ACTIONS else f"Action {action_id}"
