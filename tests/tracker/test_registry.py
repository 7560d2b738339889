"""What has to exist elsewhere once it exists in core: a drawing for each action, a fresh schema, a size that was agreed."""

import gzip
import json
from pathlib import Path

import pytest

from core.actions import ACTION_TYPES
from core.events import TYPE_BY_TAG
from tools import schema

ROOT = Path(__file__).parents[2]


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
    assert manifest["renderer"].encode() in (static / "t.js").read_bytes()
    sizes = {name: len(gzip.compress((static / name).read_bytes(), 9)) for name in manifest["files"]}
    assert sizes["t.js"] <= 6500
    assert sizes[manifest["renderer"]] <= 7000
    assert manifest["claim"].encode() in (static / manifest["renderer"]).read_bytes()
    assert sizes[manifest["claim"]] <= 1200
