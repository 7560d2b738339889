"""`fifthclick site`: add, list and show shops, say which origins may send events, and make what their servers prove themselves by.
Prints the tag to paste."""

import argparse
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from server.net.routes import STATIC
from server.store import publish
from server.store.publish import StoredSite
from server.verbs import _site_secrets, _store
from server.verbs._store import Store
from server.verbs._tag import import_map, pinned_tag, policy_lines, queue_stub, read_build, script_tag, tag_manager_form

Work = Callable[[argparse.Namespace, Store], Awaitable[int]]


def configure(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(metavar="WHAT", required=True, dest="what")

    add = _sub(verbs, "add", "add a shop and print its tag", _add)
    add.add_argument("name", metavar="NAME", help="the shop's name; its id is made from it")
    add.add_argument(
        "--origin",
        metavar="URL",
        action="append",
        required=True,
        help="where its pages are, https://shop.example; repeatable",
    )
    _sub(verbs, "list", "list the shops", _list)
    show = _sub(verbs, "show", "print a shop's tag again", _show)
    show.add_argument("site", metavar="SITE")
    show.add_argument(
        "--pinned", action="store_true", help="a tag whose bytes never change, with the hashes that browsers check"
    )
    show.add_argument("--csp", action="store_true", help="what a Content-Security-Policy must allow")

    origin = _sub(verbs, "origin", "let an origin send events, or no longer", _origin)
    origin.add_argument("change", choices=("add", "remove"))
    origin.add_argument("site", metavar="SITE")
    origin.add_argument("url", metavar="URL")

    key = _sub(verbs, "key", "make a secret key with which the shop's own server tells of orders", _site_secrets.key)
    _site_secrets.add_key_options(key)
    webhook = _sub(verbs, "webhook", "take orders as webhooks: print their address and secret", _site_secrets.webhook)
    _site_secrets.add_webhook_options(webhook)


def run(args: argparse.Namespace) -> int:
    work: Work = args.work
    return _store.with_store(args, lambda store: work(args, store), is_first=args.what == "add")


def _sub(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, purpose: str, work: Work
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
    parser.set_defaults(work=work)
    _store.add_options(parser)
    return parser


async def _add(args: argparse.Namespace, store: Store) -> int:
    site = await publish.add_site(store.pool, name=args.name, origins=args.origin)
    await _store.announce(store.settings, site.site_id)
    print(f"Added site {site.site_id} with key {site.key}. Events are taken from {', '.join(site.origins)}.")
    _print_tag(site, store)
    if not store.is_running:
        print(f"\nNo server runs here yet. Next: fifthclick serve --data-dir {store.settings.data_path}")
    print(
        f"\nNext: fifthclick check-tag {site.origins[0]} --site {site.site_id}"
        "\nIt shows nothing until you say what: "
        f"fifthclick rules pull {site.site_id} > rules.toml"
    )
    return 0


async def _list(_args: argparse.Namespace, store: Store) -> int:
    sites = await publish.load_sites(store.pool)
    if not sites:
        print("There is no site yet. Next: fifthclick site add NAME --origin https://your-shop")
        return 0
    width = max(len(site.site_id) for site in sites)
    for site in sites:
        demo = "  (demo)" if site.is_demo else ""
        print(f"{site.site_id:<{width}}  {site.key}  rules {site.version}  {', '.join(site.origins)}{demo}")
    return 0


async def _show(args: argparse.Namespace, store: Store) -> int:
    site = await publish.site_of(store.pool, args.site)
    print(f"Site {site.site_id} ({site.name}), key {site.key}, origins {', '.join(site.origins)}.")
    place = store.settings.place_of(store.base_url)
    if args.pinned:
        build = read_build(STATIC)
        print(f"\nThe tracker of version {build.version}, for ever, for the head of every page:\n")
        print(import_map(place, build))
        print(pinned_tag(place, site.key, build))
        print("\nThe first line is optional and must come before any module of the page. More: docs/serving.md")
    if args.csp:
        print("\nA Content-Security-Policy needs:\n")
        print("\n".join(policy_lines(place)))
    if not (args.pinned or args.csp):
        _print_tag(site, store)
    return 0


async def _origin(args: argparse.Namespace, store: Store) -> int:
    site = await publish.set_origins(store.pool, args.site, **{args.change: args.url})
    await _store.announce(store.settings, site.site_id)
    print(f"Site {site.site_id} takes events from {', '.join(site.origins)}.")
    return 0


def _print_tag(site: StoredSite, store: Store) -> None:
    place = store.settings.place_of(store.base_url)
    print("\nPaste this into the head of every page:\n")
    print(script_tag(place, site.key))
    print("\nIn a tag manager that strips data-* attributes, paste this instead:\n")
    print(tag_manager_form(place, site.key))
    print("\nOptional, before either of them, if your pages call fifthclick('track', ...) early:\n")
    print(queue_stub())
    if urlsplit(place).hostname in ("127.0.0.1", "localhost", "0.0.0.0"):
        print(
            "\nThis tag works on this machine only. "
            "Next: set FIFTHCLICK_PUBLIC_URL to the address under which browsers reach this server."
        )
