"""Bytes of what a page loads, as a server sends them: ours beside the others' published files."""

import json
import shutil
import subprocess
from collections.abc import Iterable
from typing import Any

from bench.tracker.peers import PEERS, ROOT

STATIC = ROOT / "static"
_NODE = """
const { readFileSync } = require('node:fs'), { gzipSync, brotliCompressSync, constants } = require('node:zlib')
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
console.log(JSON.stringify(process.argv.slice(1).map((name) => {
  const data = readFileSync(name)
  return { raw: data.length, gzip: gzipSync(data, { level: 9 }).length, brotli: brotliCompressSync(data, brotli).length }
})))
"""


def measure(addresses: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By address: raw, gzip -9 and brotli -11, of all our files and of the others' that these addresses name.

    An address is what follows the shop's own, `ours/t.js`. Node compresses, as in the build; RuntimeError where there is none.
    """
    files = {f"ours/{path.name}": path for path in sorted(STATIC.glob("*.js"))}
    for name in sorted(addresses):
        variant, _, file = name.partition("/")
        if variant in PEERS and (path := PEERS[variant].path.with_name(file)).is_file():
            files[name] = path
    node = shutil.which("node")
    if node is None:
        raise RuntimeError("Node.js is needed to compress the files. Next: tools/setup.sh node")
    words = [node, "-e", _NODE, *(str(path) for path in files.values())]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return dict(zip(files, json.loads(done.stdout), strict=True))


def of(files: dict[str, dict[str, Any]], addresses: list[str]) -> dict[str, int]:
    """The bytes of these files together. What we do not know, a file that only starts another, counts nothing."""
    known = [files[name] for name in addresses if name in files]
    return {how: sum(entry[how] for entry in known) for how in ("raw", "gzip", "brotli")}
