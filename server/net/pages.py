"""The files that browsers load: the tracker, its pinned form, and its chunks. Read and compressed once, at start."""

import gzip
import os
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
from aiohttp import web
from msgspec import Struct

from server.net.problems import problem

_YEAR_S = 31_536_000
_HASH_LENGTH = 10
"""Of the hash in a chunk's name (tracker_js/scripts/build.mjs)."""

_CHUNK = re.compile(r"^[a-z]+\.[\w-]+\.js$")

FOREVER = f"public, max-age={_YEAR_S}, immutable"
SHORTLY = "public, max-age=300, must-revalidate"
"""A new tracker reaches every shop within five minutes."""


class Manifest(Struct, frozen=True):
    """`version` is the release, under which the tracker is pinned too; `chunks` are the files that it imports, by their names."""

    version: str = ""
    chunks: dict[str, str] = {}


class Script(Struct, frozen=True):
    """One file, plain and compressed. `version` is what its pinned address holds: 12 hex characters of its SHA-256."""

    plain: bytes
    packed: bytes
    version: str


class Pages:
    """What is in the static folder: `t.js`, its chunks `<name>.<hash>.js`, and `v/<version>/t.js` of earlier releases.

    `kept`: a folder that outlives this program's files. What was served once is kept there, chunks included, so that a page
    that names a version goes on loading it after an update.
    """

    def __init__(self, folder: Path, kept: Path | None = None) -> None:
        tracker = folder / "t.js"
        self.tracker = _script(tracker) if tracker.is_file() else None
        self._not_kept = ""
        self._chunks = {path.name: _script(path) for path in folder.glob("*.*.js") if _CHUNK.match(path.name)}
        self._pinned = {path.parent.name: _script(path) for path in folder.glob("v/*/t.js")}
        manifest = _manifest(folder)
        self._missing = sorted(set(manifest.chunks.values()) - set(self._chunks))
        if self.tracker is None:
            self._missing.append("t.js")
        else:
            self._pinned |= {self.tracker.version: self.tracker, manifest.version: self.tracker}
            if kept is not None:
                wanted = {name: self._chunks[name] for name in manifest.chunks.values() if name in self._chunks}
                self._not_kept = _keep(kept / self.tracker.version, {"t.js": self.tracker, **wanted})
        for earlier in sorted(kept.glob("*/*.js")) if kept is not None else ():
            self._take(earlier)

    def problems(self) -> list[str]:
        """What is missing, in words; for /readyz."""
        missing = [f"static/{name} is missing. Next: run `make tracker`." for name in self._missing]
        return [*missing, self._not_kept] if self._not_kept else missing

    def _take(self, path: Path) -> None:
        """One kept file under the name that its bytes give it: what was changed or cut since is not served."""
        script = _script(path)
        if path.name == "t.js" and path.parent.name == script.version:
            self._pinned.setdefault(script.version, script)
        elif _CHUNK.match(path.name) and path.name.split(".")[1] == script.version[:_HASH_LENGTH]:
            self._chunks.setdefault(path.name, script)

    async def newest(self, request: web.Request) -> web.Response:
        return _answer(request, self.tracker, SHORTLY)

    async def pinned(self, request: web.Request) -> web.Response:
        """A page that names a version, with `integrity` if it likes, gets these very bytes for ever."""
        return _answer(request, self._pinned.get(request.match_info["version"]), FOREVER)

    async def chunk(self, request: web.Request) -> web.Response:
        """What the tracker imports: its name holds its hash."""
        return _answer(request, self._chunks.get(request.match_info["file"]), FOREVER)


def _manifest(folder: Path) -> Manifest:
    """What the build says of itself; empty where it says nothing. The version of the bytes always works."""
    try:
        return msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return Manifest()


def _keep(folder: Path, files: Mapping[str, Script]) -> str:
    """Each file whole or not at all, also where two processes start at once; why that failed, or an empty text."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, script in files.items():
            if (folder / name).is_file() and (folder / name).read_bytes() == script.plain:
                continue
            fresh = folder / f".{name}.{os.getpid()}"
            fresh.write_bytes(script.plain)
            fresh.replace(folder / name)
    except OSError as error:
        return (
            f"the tracker cannot be kept for pages that pin it ({error.strerror}). Next: see to the data folder's disk."
        )
    return ""


def _script(path: Path) -> Script:
    plain = path.read_bytes()
    # mtime=0: the same file gives the same bytes on every node.
    return Script(plain, gzip.compress(plain, 9, mtime=0), sha256(plain).hexdigest()[:12])


def _answer(request: web.Request, script: Script | None, cache_control: str) -> web.Response:
    headers = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
    if script is None:
        return problem(404, "no_such_script", headers={**headers, "Cache-Control": "no-store"})
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    etag = f'"{script.version}{"-gzip" if is_packed else ""}"'
    headers |= {
        "Cache-Control": cache_control,
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    if etag in known:
        return web.Response(status=304, headers=headers)
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    return web.Response(
        body=script.packed if is_packed else script.plain,
        content_type="text/javascript",
        charset="utf-8",
        headers=headers,
    )
