"""`fifthclick site key` and `fifthclick site webhook`: what a shop's server proves itself by. Each secret is printed once."""

import argparse

from core.errors import ConfigError
from server.orders.secrets import SQL, SecretSealer, make_key, set_webhook_secret
from server.store import publish
from server.token_keys import load_keys
from server.verbs import _store
from server.verbs._store import Store

KINDS = ("standard", "shopify", "woocommerce")


def add_key_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", metavar="SITE")
    parser.add_argument("--now", action="store_true", help="the keys before it end at once, and not in a day")
    parser.add_argument("--list", action="store_true", help="what there is, without the secrets; makes nothing")


def add_webhook_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", metavar="SITE")
    parser.add_argument("kind", choices=KINDS, help="who sends the webhooks")
    parser.add_argument(
        "--secret",
        metavar="FILE",
        help="a file (- for standard input) with the secret that the platform shows; Shopify needs it",
    )
    parser.add_argument("--now", action="store_true", help="the secrets before it end at once, and not in a day")


async def key(args: argparse.Namespace, store: Store) -> int:
    site = await publish.site_of(store.pool, args.site)
    if args.list:
        return await _list(store, site.site_id)
    async with store.pool.acquire() as connection:
        made = await make_key(connection, site.site_id, is_at_once=args.now)
    print(f"The secret key of {site.site_id}, for the shop's own server. It is shown this once:\n\n  {made}\n")
    print("Keys from before " + ("are no longer taken." if args.now else "are taken for one day more."))
    print(
        f"Next: POST orders to {_address(store)} with the header Authorization: Bearer {made[:6]}... (docs/orders.md)"
    )
    return 0


async def webhook(args: argparse.Namespace, store: Store) -> int:
    site = await publish.site_of(store.pool, args.site)
    if args.kind == "shopify" and not args.secret:
        raise ConfigError(
            "Shopify makes the secret. Next: copy it from Settings > Notifications > Webhooks, and pass --secret FILE."
        )
    given = _store.read_text(args.secret) if args.secret else ""
    sealer = SecretSealer(*load_keys(store.settings))
    async with store.pool.acquire() as connection:
        secret = await set_webhook_secret(connection, sealer, site.site_id, args.kind, given, is_at_once=args.now)
    print(f"{site.site_id} takes orders as {args.kind} webhooks, in JSON, at:\n\n  {_address(store)}?site={site.key}\n")
    if not given:
        print(f"Their secret, shown this once:\n\n  {secret}\n")
    print("Secrets from before " + ("are no longer taken." if args.now else "are taken for one day more."))
    print("Next: docs/orders.md says which webhooks to add, and how an order keeps its visit.")
    return 0


async def _list(store: Store, site_id: str) -> int:
    rows = await store.pool.fetch(SQL["secrets"], site_id)
    if not rows:
        print(f"{site_id} has no secret yet. Next: fifthclick site key {site_id}")
    for row in rows:
        until = f"until {row['ends_at']:%Y-%m-%d %H:%M} UTC" if row["ends_at"] else "in use"
        print(f"{row['kind']:<12}  made {row['made_at']:%Y-%m-%d %H:%M} UTC  {until}")
    return 0


def _address(store: Store) -> str:
    return f"{store.settings.place_of(store.base_url)}/v1/orders"
