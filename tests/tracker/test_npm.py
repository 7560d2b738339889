"""The npm package as a shop uses it: packed, installed, checked by TypeScript, bundled, and run in a real Chromium."""

import json
import subprocess
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Page

from server.embedded.system import free_port
from tests.tracker.shop import FILLER, Shop, until

TRACKER = Path(__file__).parents[2] / "tracker_js"
PAGE = """
import { type DataLayerEvent, load } from 'fifthclick'

const seen: DataLayerEvent = { event: 'view_item', ecommerce: { currency: 'EUR', value: 9, items: [{ item_id: 'sku-1' }] } }
const w = window as unknown as { dataLayer: DataLayerEvent[]; same: boolean; taken: string[] }
w.dataLayer = [seen]
w.taken = []
const fc = load({ site: 'pk_test', host: 'PLACE/', consent: 'required' })
fc('consent', 'granted')
fc('on', 'action', (action, ids) => w.taken.push(`${action.type} ${ids.action_id}`))
fc('track', 'size_chart', { label: 'shoes' })
load({ site: 'pk_other', host: 'https://elsewhere.example/_fc' })
// @ts-expect-error: there is no such answer
if (w.same) fc('consent', 'perhaps')
// @ts-expect-error: a key is needed
if (w.same) load({ host: '' })
"""
TSCONFIG = {
    "compilerOptions": {
        "strict": True, "noEmit": True, "module": "esnext", "moduleResolution": "bundler", "target": "es2022",
        "lib": ["es2022", "dom"], "types": [],
    },
    "include": ["page.ts"],
}  # fmt: skip


def ran(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop's project with the packed package in its node_modules."""
    shop = tmp_path_factory.mktemp("shop")
    built = tmp_path_factory.mktemp("built") / "npm"
    ran("node", "scripts/package.mjs", str(built), cwd=TRACKER)
    [packed] = json.loads(ran("npm", "pack", "--json", "--pack-destination", str(shop), cwd=built))
    with tarfile.open(shop / packed["filename"]) as archive:
        archive.extractall(shop / "unpacked", filter="data")
    (shop / "node_modules").mkdir()
    (shop / "unpacked" / "package").rename(shop / "node_modules" / "fifthclick")
    return shop


def test_it_holds_the_tracker_its_chunks_its_types_and_needs_nothing(installed: Path) -> None:
    package = installed / "node_modules" / "fifthclick"
    described = json.loads((package / "package.json").read_text())
    assert described["name"] == "fifthclick"
    assert not {"dependencies", "peerDependencies", "scripts"} & set(described)
    names = {path.name.split("-")[0] for path in (package / "chunks").iterdir()}
    assert {"late", "render", "claim", "debug"} <= names
    assert {path.name for path in package.iterdir()} == {
        "package.json",
        "README.md",
        "index.js",
        "index.d.ts",
        "chunks",
    }


def test_a_server_that_renders_pages_may_load_it(installed: Path) -> None:
    code = "import('fifthclick').then(({ load }) => { load({ site: 'pk', host: 'https://x/_fc' })('page'); console.log('fine') })"
    assert ran("node", "-e", code, cwd=installed).strip() == "fine"


@pytest.fixture
async def bundled(installed: Path) -> AsyncIterator[Shop]:
    """A shop whose page is a bundle with the package in it, and the server beside."""
    shop = Shop(free_port())
    (installed / "page.ts").write_text(PAGE.replace("PLACE", f"{shop.url}/_fc"))
    (installed / "tsconfig.json").write_text(json.dumps(TSCONFIG))
    ran("node", str(TRACKER / "node_modules/typescript/bin/tsc"), "-p", ".", cwd=installed)
    ran(
        str(TRACKER / "node_modules/esbuild/bin/esbuild"), "page.ts", "--bundle", "--splitting", "--format=esm",
        "--minify", "--outdir=bundle", cwd=installed,
    )  # fmt: skip
    files = {path.name: path.read_text() for path in (installed / "bundle").iterdir()}
    shop.pages["/"] = FILLER + '<script type="module" src="/bundle/page.js"></script>'

    async def file(request: web.Request) -> web.Response:
        return web.Response(text=files[request.match_info["name"]], content_type="text/javascript")

    shop.routes.append(web.get("/bundle/{name}", file))
    await shop.start()
    yield shop
    await shop.stop()


# shows: O1 A1
async def test_a_bundled_page_captures_draws_and_hears_and_asks_the_server_for_no_script(
    bundled: Shop, page: Page
) -> None:
    offer = {"type": "assistance", "title": "Questions?", "text": "", "button": "Ask us", "decline": "No, thanks"}
    bundled.wire.on_event = lambda stream, event: (
        [2, "d" * 16, stream, event[1], "help", offer, 60_000] if event[0] == 1 else None
    )
    await page.goto(f"{bundled.url}/")
    await page.locator("fifthclick-layer .go").click(timeout=60_000)
    await until(lambda: bundled.wire.of("action_clicked"), "the click", 30)
    assert await page.evaluate("taken") == ["assistance help"]
    assert bundled.wire.hellos[0][2] == "pk_test", "the second load is no second tracker"
    assert len(bundled.wire.of("page_view")) == 1
    assert len(bundled.wire.of("view_item")) == 1
    assert {request for request in bundled.wire.requests if "/_fc/" in request} <= {
        "GET /_fc/v1/stream",
        "POST /_fc/v1/events",
    }
