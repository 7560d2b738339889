"""The tag that a merchant pastes, in its forms, and what a strict page must allow it. Nothing else prints these."""

from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from core.errors import ConfigError


class Described(Struct, frozen=True):
    """What the build says of one file."""

    sha256: str
    integrity: str


class Build(Struct, frozen=True):
    """The built tracker, as static/manifest.json describes it: `files` by their names, `t.js` and its chunks."""

    files: dict[str, Described]

    @property
    def version(self) -> str:
        """What the pinned address holds (`server.net.pages`)."""
        return self.files["t.js"].sha256[:12]


def read_build(static: Path) -> Build:
    """Raises `ConfigError`: the tracker was not built here."""
    try:
        build = msgspec.json.decode((static / "manifest.json").read_bytes(), type=Build)
        assert build.version
        return build
    except (OSError, msgspec.MsgspecError, KeyError):
        raise ConfigError(
            f"the tracker's manifest is not in {static}. Next: run `make build`, or install it again."
        ) from None


def script_tag(place: str, key: str) -> str:
    """The one line for the page's head. `place`: where browsers find the tracker, `https://fc.example/_fc`."""
    host = escape(place, quote=True)
    return f'<script async src="{host}/t.js" data-site="{key}" data-host="{host}"></script>'


def pinned_tag(place: str, key: str, build: Build) -> str:
    """The same for ever: these very bytes, checked by the browser, whatever this server serves later."""
    host = escape(place, quote=True)
    return (
        f'<script async src="{host}/v/{build.version}/t.js" integrity="{build.files["t.js"].integrity}"'
        f' crossorigin="anonymous" data-site="{key}" data-host="{host}"></script>'
    )


def import_map(place: str, build: Build) -> str:
    """What the pinned tracker imports, checked too: before the tag, in browsers that know `integrity` there; others pass it over.

    One line without a space after a comma, for a hash in a Content-Security-Policy.
    """
    chunks = {f"{place}/{name}": file.integrity for name, file in sorted(build.files.items()) if name != "t.js"}
    table = msgspec.json.encode({"integrity": chunks}).decode().replace("<", "\\u003c")
    return f'<script type="importmap">{table}</script>'


def tag_manager_form(place: str, key: str) -> str:
    """For tag managers that strip data-* attributes from a pasted tag, or take code only."""
    src = f"{place}/t.js?site={key}"
    return (
        "<script>(function (d, s) { s = d.createElement('script'); s.async = true; "
        f"s.src = '{src}'; d.head.appendChild(s) }})(document)</script>"
    )


def queue_stub() -> str:
    """One optional line before the tag, so that calls made before it has loaded are kept."""
    return (
        "<script>window.fifthclick = window.fifthclick || function () "
        "{ (fifthclick.q = fifthclick.q || []).push(arguments) }</script>"
    )


def policy_lines(place: str) -> list[str]:
    """What a Content-Security-Policy must hold, each with the reason. Nothing is needed for styles, fonts, frames or eval."""
    parts = urlsplit(place)
    origin = f"{parts.scheme}://{parts.netloc}"
    socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    return [
        f"script-src {origin}{parts.path}/    the tag and what it imports; or a nonce on the tag, with 'strict-dynamic'",
        f"connect-src {origin} {socket}    events, claims, and the WebSocket",
    ]
