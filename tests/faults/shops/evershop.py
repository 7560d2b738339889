"""evershop: React, rendered on the server and made alive in the page, addresses without a word of what they are.

Its own build, its own seed of demo products, its own Postgres here: the one that comes with Fifth Click, in a folder of its own.
"""

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from server.embedded.postgres import EmbeddedPostgres
from tests.faults.shops.setup import FOLDER, CannotSetUp, run, server
from tests.faults.shops.visit import Visit

TITLE = "evershop 2.2.1 (npm, React)"
# It imports concat-stream and does not name it among what it needs.
PACKAGE = {"private": True, "type": "module", "dependencies": {"@evershop/evershop": "2.2.1", "concat-stream": "1.6.2"}}
_WORKED_OFF_S = 120
ATTRIBUTES: dict[str, str] = {}
"""None: what it says of its pages is enough."""


def prepare() -> Path:
    """Installs and builds it once (some minutes). Returns the folder."""
    folder = FOLDER / "evershop"
    stamp = folder / "installed"
    wanted = json.dumps(PACKAGE)
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(wanted)
        run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], folder=folder, what="evershop")
        for name in ("config", "media", "public"):
            (folder / name).mkdir(exist_ok=True)
        stamp.write_text(wanted)
    return folder


class _Postgres:
    """A database of the shop's own. Gives what the shop reads from its environment."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder)

    async def start(self) -> dict[str, str]:
        url = await self._server.start()
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE DATABASE evershop")
        await connection.close()
        self._url = url.rsplit("/", 1)[0] + "/evershop"
        address = urlsplit(url)
        given = {"HOST": "127.0.0.1", "PORT": str(address.port), "NAME": "evershop", "USER": "postgres"}
        given |= {"PASSWORD": unquote(address.password or ""), "SSLMODE": "disable"}
        return {f"DB_{name}": value for name, value in given.items()}

    async def until_done(self) -> None:
        """The shop has worked off what the seed told it: addresses and variants come some time after their products."""
        connection = await asyncpg.connect(self._url)
        try:
            async with asyncio.timeout(_WORKED_OFF_S):
                while await connection.fetchval("SELECT count(*) FROM event WHERE status IN ('pending', 'processing')"):
                    await asyncio.sleep(0.5)
        except TimeoutError:
            raise CannotSetUp("evershop: its seed is not worked off. Next: try on a quieter machine") from None
        finally:
            await connection.close()

    async def stop(self) -> None:
        await self._server.stop()


@contextmanager
def running(site: Path, port: int, public_url: str) -> Iterator[str]:
    """The shop with its demo products. Gives where it listens."""
    folder = prepare()
    postgres = _Postgres(site / "postgres")
    site.chmod(0o755)
    environment = asyncio.run(postgres.start())
    environment |= {"PORT": str(port), "EVERSHOP_HOME_URL": public_url, "SUPPRESS_NO_CONFIG_WARNING": "1"}
    evershop = folder / "node_modules/.bin/evershop"
    try:
        if not (folder / ".evershop/build").exists():
            run([evershop, "build"], folder=folder, environment=environment, what="evershop's build")
        # The first start makes its tables, and the seed fills them.
        with server([evershop, "start"], folder=folder, port=port, environment=environment):
            for part in ("attributes", "categories", "collections", "products", "pages"):
                run([evershop, "seed", f"--{part}"], folder=folder, environment=environment, what="evershop's seed")
            asyncio.run(postgres.until_done())
        with server([evershop, "start"], folder=folder, port=port, environment=environment):
            yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run(postgres.stop())


async def walk(visit: Visit) -> None:
    """A visit that looks around, searches, reads, fills the cart, changes its mind, and begins to order.

    There it ends: how to ship and to pay has to be set up by the shop's owner first.
    """
    await visit.land("/", "home")
    await visit.land("/accessories", "listing")
    await visit.follow("a[href^='/accessories/ceramic-candy-bowl']", "product")
    await visit.take_offer()
    await visit.travel(-1, "listing")
    await visit.follow("a[href^='/accessories/modern-ceramic-vase']", "product")
    await visit.land("/search?keyword=cup", "search")
    await visit.follow("a[href^='/accessories/ceramic-coffee-cup']", "product")
    await visit.land("/blog", "blog")
    await visit.travel(-1, "product")
    await visit.travel(1, "blog")
    await visit.travel(-1, "product")
    # A colour is wanted first: nothing goes into the cart.
    await visit.press("#productForm button >> text=Add to cart", then="text=Please select variant options")
    await visit.press("#productForm button >> text=Black", then="#productForm .selected")
    await visit.press("#productForm button >> text=Add to cart", "add_to_cart", then=".minicart__viewcart__button")
    await visit.note("cart", "[role=dialog]")
    await visit.follow(".minicart__viewcart__button", "cart")
    await visit.land("/accessories/ceramic-candy-bowl-white", "product")
    await visit.press("#productForm button >> text=White", then="#productForm .selected")
    await visit.press("#productForm button >> text=Add to cart", "add_to_cart", then=".minicart__viewcart__button")
    await visit.follow(".minicart__viewcart__button", "cart")
    await visit.press(".cart__item button:has(.lucide-plus)", "add_to_cart", then=".cart__item >> text=$36.00")
    await visit.press(
        ".cart__item >> nth=1 >> text=Remove",
        "remove_from_cart",
        then=".cart__items:not(:has(.cart__item + .cart__item))",
    )
    await visit.note("total", ".cart__items")
    await visit.follow("button >> text=Proceed to checkout", "checkout", "begin_checkout")
    await visit.enter("[name='contact.email']", "guest@example.org")
    for name, text in {"full_name": "Ada Byron", "telephone": "5550100", "address_1": "1 Quay", "city": "Hull"}.items():
        await visit.enter(f"[name='shippingAddress.{name}']", text)
