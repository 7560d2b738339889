"""What browsers load and what operators ask."""

import gzip
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from core.errors import ConfigError
from server.net.routes import check_port
from server.settings import Settings
from tests.server.serving import Served, browser, served

YEAR = "public, max-age=31536000, immutable"


async def _get(server: Served, path: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with browser() as http, http.get(server.url + path, headers=named) as response:
        return response.status, response.headers, await response.read()


async def test_the_tracker_is_compressed_checked_again_and_open_to_every_page(server: Served, static: Path) -> None:
    status, headers, packed = await _get(server, "/_fc/t.js", Accept_Encoding="br, gzip")
    assert status == 200
    assert gzip.decompress(packed) == (static / "t.js").read_bytes()
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["X-Content-Type-Options"] == "nosniff"
    status, again, empty = await _get(
        server, "/_fc/t.js", Accept_Encoding="br, gzip", If_None_Match=f"W/{headers['ETag']}"
    )
    assert (status, empty, again["ETag"]) == (304, b"", headers["ETag"])


async def test_the_tracker_is_plain_where_it_must_be_and_has_another_tag_then(server: Served, static: Path) -> None:
    _, packed, _ = await _get(server, "/_fc/t.js", Accept_Encoding="gzip")
    status, plain, data = await _get(server, "/_fc/t.js", Accept_Encoding="identity")
    assert (status, data) == (200, (static / "t.js").read_bytes())
    assert "Content-Encoding" not in plain
    assert plain["ETag"] != packed["ETag"]


async def test_a_pinned_tracker_and_its_chunks_never_change(server: Served, static: Path) -> None:
    version = sha256((static / "t.js").read_bytes()).hexdigest()[:12]
    for path in (f"/_fc/v/{version}/t.js", "/_fc/r.abc123.js", "/_fc/claim.abc123.js"):
        status, headers, _ = await _get(server, path)
        assert (status, headers["Cache-Control"]) == (200, YEAR)


async def test_a_release_is_pinned_by_its_name_and_an_earlier_one_is_kept(static: Path) -> None:
    (static / "manifest.json").write_text('{"version": "0.2.0"}')
    (static / "v" / "0.1.0").mkdir(parents=True)
    (static / "v" / "0.1.0" / "t.js").write_text("/* earlier */")
    async with served(static=static) as server:
        _, _, earlier = await _get(server, "/_fc/v/0.1.0/t.js", Accept_Encoding="identity")
        _, _, newest = await _get(server, "/_fc/v/0.2.0/t.js", Accept_Encoding="identity")
    assert earlier == b"/* earlier */"
    assert newest == (static / "t.js").read_bytes()


@pytest.mark.parametrize(
    "path", ["/_fc/v/nothing/t.js", "/_fc/r.ffffff.js", "/_fc/../settings.py", "/_fc/v/..%2f..%2f/t.js", "/", "/_fc/"]
)
async def test_what_is_not_there_is_a_problem_document_that_nobody_keeps(server: Served, path: str) -> None:
    status, headers, body = await _get(server, path)
    assert status == 404
    assert headers["Content-Type"].startswith("application/problem+json")
    assert headers.get("Cache-Control", "no-store") == "no-store"
    assert b"Traceback" not in body


async def test_another_method_is_a_problem_document_too(server: Served) -> None:
    async with browser() as http, http.put(f"{server.url}/_fc/v1/events") as response:
        assert response.status == 405
        assert "POST" in response.headers["Allow"]


# shows: M3
async def test_ready_says_in_words_why_not_and_alive_stays_alive(server: Served) -> None:
    assert (await _get(server, "/readyz"))[0] == 200
    server.problems.append("no model is loaded")
    status, _, body = await _get(server, "/readyz")
    assert status == 503
    assert b"no model is loaded" in body
    assert (await _get(server, "/livez"))[0] == 200


async def test_a_missing_tracker_is_a_reason_not_to_be_ready(tmp_path: Path) -> None:
    async with served(static=tmp_path / "empty") as server:
        status, _, body = await _get(server, "/readyz")
        assert (status, (await _get(server, "/_fc/t.js"))[0]) == (503, 404)
    assert b"static/t.js is missing. Next:" in body


async def test_a_chunk_that_the_build_names_and_that_is_not_there_is_a_reason_too(static: Path) -> None:
    (static / "manifest.json").write_text('{"version": "0.2.0", "chunks": {"r": "r.abc123.js", "l": "l.abc123.js"}}')
    async with served(static=static) as server:
        status, _, body = await _get(server, "/readyz")
    assert status == 503
    assert b"static/l.abc123.js is missing. Next:" in body
    assert b"r.abc123.js" not in body


# shows: M3
async def test_metrics_have_our_names_and_no_addresses(server: Served) -> None:
    status, headers, body = await _get(server, "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain")
    assert b"fifthclick_ws_connections" in body
    assert b"127.0.0.1" not in body


async def test_a_taken_port_is_one_sentence_that_names_the_port_and_the_setting(server: Served, static: Path) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    sentence = rf"port {port} of 127\.0\.0\.1 is taken\. Next: choose another with --port \(FIFTHCLICK_PORT"
    with pytest.raises(ConfigError, match=sentence):
        check_port(Settings(port=port))
    with pytest.raises(ConfigError, match=sentence):
        async with served(static=static, port=port):
            raise AssertionError("it was started twice")
    assert (await _get(server, "/livez"))[0] == 200


def test_a_host_that_is_not_ours_is_one_sentence_too(free_port: int) -> None:
    with pytest.raises(ConfigError, match=r"cannot listen on 192\.0\.2\.1:.*Next: correct --host"):
        check_port(Settings(host="192.0.2.1", port=free_port))


# shows: A1
async def test_what_was_served_once_is_served_for_ever_with_its_chunks_after_an_update(
    static: Path, tmp_path: Path
) -> None:
    build = b'{"version": "0.2.0", "chunks": {"r": "r.%s.js"}}'
    kept = tmp_path / "kept"
    pinned: dict[str, bytes] = {}
    for release in ("old", "new"):
        (static / "t.js").write_text(f"/* {release} tracker */")
        chunk = f"/* {release} renderer */".encode()
        name = sha256(chunk).hexdigest()[:10]
        for earlier in static.glob("r.*.js"):
            earlier.unlink()
        (static / f"r.{name}.js").write_bytes(chunk)
        (static / "manifest.json").write_bytes(build % name.encode())
        version = sha256((static / "t.js").read_bytes()).hexdigest()[:12]
        pinned |= {f"/_fc/v/{version}/t.js": (static / "t.js").read_bytes(), f"/_fc/r.{name}.js": chunk}
        async with served(static=static, kept=kept) as server:
            for path, wanted in pinned.items():
                status, headers, body = await _get(server, path, Accept_Encoding="identity")
                assert (status, headers["Cache-Control"], body) == (200, YEAR, wanted), path
    for file in kept.glob("*/*.js"):
        file.write_bytes(file.read_bytes() + b"changed since")
    async with served(static=static, kept=kept) as server:
        answers = [(await _get(server, path))[0] for path in pinned]
        assert answers == [404, 404, 200, 200], "bytes that are not what their name says are not served"


async def test_a_folder_that_takes_nothing_is_named_and_the_tracker_is_served_all_the_same(
    static: Path, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("no folder")
    async with served(static=static, kept=tmp_path / "kept") as server:
        assert (await _get(server, "/_fc/t.js"))[0] == 200
        assert b"cannot be kept for pages that pin it" in (await _get(server, "/readyz"))[2]
