"""A second shop on a server that runs: from `site add` to its first session row in three commands, and offers in seconds."""

import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Raw
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from bench.processes import free_port
from core.events import PageView, encode_event
from core.wire import PROTOCOL_VERSION, SUBPROTOCOL, Ack, Batch, Events, Hello, decode_server_frame, encode
from tests.support.stack import Stack

SHOP = "http://127.0.0.1:8791"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A server with its bundled Postgres and NATS, as `fifthclick serve` starts it."""
    with tempfile.TemporaryDirectory(prefix="fifthclick-") as folder:
        Path(folder).chmod(0o711)
        stack = Stack(Path(folder) / "data", free_port(), free_port())
        stack.start(verb="serve")
        yield stack
        stack.stop()


def visit(stack: Stack, key: str) -> None:
    """One page view of a page at SHOP, sent as the tracker sends it, and acknowledged by the server."""
    now_ms = time.time_ns() // 1_000_000
    stream = (now_ms // 86_400_000).to_bytes(2, "big") + secrets.token_bytes(12)
    hello = Hello(
        version=PROTOCOL_VERSION, site_key=key, session_id=secrets.token_bytes(16), stream=stream, sent_at_ms=now_ms
    )
    view = encode_event(PageView(seq=1, at_ms=now_ms, page_type="home"))
    address = f"ws{stack.base_url.removeprefix('http')}/_fc/v1/stream"
    with connect(address, origin=Origin(SHOP), subprotocols=[Subprotocol(SUBPROTOCOL)], proxy=None) as socket:
        socket.send(encode(hello))
        socket.send(encode(Events(batches=[Batch(stream=stream, covered_seq=0, events=[Raw(view)])])))
        frames = (decode_server_frame(bytes(frame)) for frame in socket if isinstance(frame, bytes))
        assert next(frame for frame in frames if isinstance(frame, Ack)).covered == ((stream, 1),)


def key_in(printed: str) -> str:
    return printed.split('data-site="')[1].split('"')[0]


@pytest.mark.timeout(120)
def test_from_site_add_to_the_first_session_row_in_three_commands(stack: Stack) -> None:
    printed = stack.cli("site", "add", "Second shop", "--origin", SHOP)
    assert f'src="{stack.base_url}/_fc/t.js"' in printed
    started = time.monotonic()
    visit(stack, key_in(printed))
    assert time.monotonic() - started < 5
    rows = ""
    while "second-shop" not in rows and time.monotonic() - started < 30:
        stack.cli("settle", "--as-of", "+31m")
        rows = stack.cli("sql", "select site_id, event_count, page_view_count from marts.sessions")
    assert "second-shop" in rows


@pytest.mark.timeout(60)
def test_published_rules_are_live_in_the_running_server_within_five_seconds(stack: Stack, tmp_path: Path) -> None:
    stack.cli("site", "add", "Third", "--origin", SHOP)
    (tmp_path / "rules.toml").write_text("[pacing]\nquiet_ms = 9000\n")
    printed = stack.cli("rules", "publish", "third", str(tmp_path / "rules.toml"))
    version = printed.split("Live: third version ")[1].split(".")[0]
    log = stack.data.parent / f"{stack.data.name}.log"
    started = time.monotonic()
    while f'"version": "{version}"' not in log.read_text() and time.monotonic() - started < 10:
        assert stack.process is not None
        assert stack.process.poll() is None
    assert time.monotonic() - started < 5
