"""What has to exist elsewhere once it exists in core: a drawing for each action, a fresh schema, a size that was agreed."""

import base64
import gzip
import json
from hashlib import sha384
from pathlib import Path

import pytest

from core.actions import ACTION_TYPES
from core.events import TYPE_BY_TAG
from tools import schema

ROOT = Path(__file__).parents[2]
AGREED = {
    "t.js": 6500,
    "l.js": 7200,
    "r.js": 7000,
    "rare.js": 900,
    "claim.js": 1200,
    "tcf.js": 600,
    "vitals.js": 700,
    "shopify.js": 1000,
    "woocommerce.js": 1000,
    "debug.js": 4000,
}


@pytest.mark.parametrize("name", sorted(ACTION_TYPES))
def test_every_action_type_has_its_drawing(name: str) -> None:
    assert (ROOT / "tracker_js" / "src" / "render" / f"{name}.ts").exists()
    lines = (ROOT / "tracker_js" / "src" / "render" / "index.ts").read_text().splitlines()
    listed = next(line for line in lines if line.startswith("const LOOKS"))
    assert name in listed


def test_schema_and_protocol_page_are_what_core_says() -> None:
    stale = [path.name for path, text in schema.outputs().items() if path.read_text() != text]
    assert stale == []


def test_the_protocol_page_names_every_event() -> None:
    page = schema.outputs()[ROOT / "docs" / "protocol.md"]
    assert all(f"| 0 | tag | {tag} |" in page for tag in TYPE_BY_TAG)


def test_the_built_files_are_those_of_the_manifest_and_within_their_size() -> None:
    static = ROOT / "static"
    manifest = json.loads((static / "manifest.json").read_text())
    sizes = json.loads((ROOT / "tracker_js" / "scripts" / "sizes.json").read_text())
    files = {"t": "t.js", **manifest["chunks"]}
    assert set(manifest["files"]) == set(files.values())
    assert {path.name for path in static.glob("*.js")} == set(files.values())
    for name, file in files.items():
        data = (static / file).read_bytes()
        assert len(gzip.compress(data, 9)) <= sizes[f"{name}.js"]["limit"], name
        digest = base64.b64encode(sha384(data).digest()).decode()
        assert manifest["files"][file]["integrity"] == f"sha384-{digest}", name


def test_every_chunk_is_named_by_the_file_that_imports_it() -> None:
    static = ROOT / "static"
    chunks = json.loads((static / "manifest.json").read_text())["chunks"]
    texts = {path.name: path.read_text() for path in static.glob("*.js")}
    unknown = [
        file for file in chunks.values() if not any(file in text for name, text in texts.items() if name != file)
    ]
    assert unknown == []
    assert chunks["l"] in texts["t.js"]
    assert chunks["r"] in texts[chunks["l"]]


def test_the_limits_are_those_that_were_agreed() -> None:
    sizes = json.loads((ROOT / "tracker_js" / "scripts" / "sizes.json").read_text())
    limits = {name: size["limit"] for name, size in sizes.items()}
    assert {name: limits[name] for name in AGREED} == AGREED
