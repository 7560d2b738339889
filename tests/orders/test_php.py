"""The PHP of docs/orders.md as it stands there, run by php with just so much of WooCommerce beside it as it speaks to."""

import asyncio
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from server.writer.frames import FrameStore
from tests.orders.telling import Teller, session_text, woocommerce_order
from tests.orders.visiting import DAY, SESSIONS, settled, visited
from tests.store.visits import NOON

[RECIPE] = re.findall(r"```php\n(.*?)```", (Path("docs") / "orders.md").read_text(), re.DOTALL)
PHP = shutil.which("php")

WOOCOMMERCE = """<?php
error_reporting(E_ALL);
set_error_handler(function ($level, $words) { fwrite(STDERR, $words . "\\n"); exit(1); });
$hooks = array();
function add_action($name, $does) { global $hooks; $hooks[$name][] = $does; }
function wp_die($words, $title, $how) { global $answered; $answered = $how['response']; }
class Kept {
    public $values = array();
    function set($name, $value) { $this->values[$name] = $value; }
    function get($name) { return isset($this->values[$name]) ? $this->values[$name] : null; }
}
class Shop { public $session; }
class Order {
    public $meta = array();
    public $was_saved = false;
    function update_meta_data($key, $value) {
        $this->meta[] = array('id' => count($this->meta) + 1, 'key' => $key, 'value' => $value);
    }
    function save() { $this->was_saved = true; }
}
$shop = new Shop();
function WC() { global $shop; return $shop; }
"""
CHECKOUT = """
list(, $posted, $hook, $has_session) = $argv;
if ($has_session) $shop->session = new Kept();
$_POST = json_decode($posted, true);
foreach ($hooks['wc_ajax_fifthclick_session'] as $does) $does();
$order = new Order();
foreach ($hooks[$hook] as $does) $does($order);
echo json_encode(array('answered' => $answered, 'meta_data' => $order->meta, 'was_saved' => $order->was_saved));
"""
HOOKS = ("woocommerce_checkout_create_order", "woocommerce_store_api_checkout_update_order_meta")

pytestmark = pytest.mark.skipif(PHP is None, reason="there is no php here: apt-get install php-cli")


async def checked_out(folder: Path, posted: dict[str, Any], hook: str, *, has_session: bool = True) -> dict[str, Any]:
    """What the recipe answers to the page's post, and what it leaves beside the order of a checkout afterwards."""
    file = folder / "recipe.php"
    file.write_text(WOOCOMMERCE + RECIPE + CHECKOUT)
    assert PHP is not None
    process = await asyncio.create_subprocess_exec(
        PHP, str(file), json.dumps(posted), hook, "1" if has_session else "",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    found: dict[str, Any] = json.loads(out)
    return found


# shows: I3
@pytest.mark.parametrize("hook", HOOKS)
async def test_an_order_after_the_recipe_joins_its_visit(
    hook: str, teller: Teller, store: FrameStore, tmp_path: Path
) -> None:
    await visited(store)
    kept = await checked_out(tmp_path, {"id": session_text(1)}, hook)
    assert kept["answered"] == 204
    # The block checkout writes the order before this hook, so that it has to be written again.
    assert kept["was_saved"] == (hook == HOOKS[1])
    status, answer = await teller.tell("woocommerce", woocommerce_order(meta_data=kept["meta_data"]))
    assert (status, answer["status"]) == (200, "stored")
    await settled(teller, NOON + 3 * DAY)
    assert await teller.rows(SESSIONS) == [(True, 1, 4_200, "EUR")]


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize(
    ("posted", "has_session"),
    [
        ({}, True),
        ({"id": "a" * 31}, True),
        ({"id": "<script>" + "a" * 24}, True),
        ({"id": "ada@example.com"}, True),
        ({"id": session_text(1)}, False),
    ],
)
async def test_what_is_no_visit_is_kept_beside_no_order(
    posted: dict[str, Any], has_session: bool, hook: str, tmp_path: Path
) -> None:
    kept = await checked_out(tmp_path, posted, hook, has_session=has_session)
    assert kept["meta_data"] == []
    assert kept["answered"] == 204
