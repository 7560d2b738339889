"""A model on disk: what was saved comes back, and anything else is refused with a next step."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from core.errors import BundleRefused
from model.bundle import MANIFEST, STARTER, WEIGHTS, Manifest, load_bundle, save_bundle, version_of
from model.scorer import load_scorer
from tests.model.builders import some_rows, untrained


def saved(folder: Path, **fields: object) -> Manifest:
    manifest = Manifest(trained_on="a test", metrics=[{"click": 1, "auroc": 0.5}], **fields)  # type: ignore[arg-type]
    return save_bundle(folder, untrained().weights, manifest)


def test_a_bundle_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    manifest = saved(tmp_path / "bundle")
    again = load_bundle(tmp_path / "bundle")
    assert again.manifest.version == manifest.version
    assert len(manifest.version) == 16
    assert again.weights.keys() == untrained().weights.keys()
    assert all(bool((again.weights[name] == tensor).all()) for name, tensor in untrained().weights.items())


def test_the_version_follows_from_content_and_not_from_the_day(tmp_path: Path) -> None:
    first = saved(tmp_path / "a", created="2026-01-01")
    assert saved(tmp_path / "b", created="2026-02-02").version == first.version
    assert saved(tmp_path / "c", sessions=7).version != first.version
    assert version_of(b"other weights", first) != first.version


def _flip_a_weight(folder: Path) -> None:
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS).write_bytes(bytes(data))


def _cut_the_weights(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:1000])


def _edit(folder: Path, **fields: object) -> None:
    manifest = msgspec.json.decode((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest | fields))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_flip_a_weight, "is not what was saved"),
        (_cut_the_weights, "is not what was saved"),
        (lambda folder: _edit(folder, trained_on="your shop"), "is not what was saved"),
        (lambda folder: _edit(folder, spec="0" * 16), "was trained on other features"),
        (lambda folder: _edit(folder, colour="blue"), "cannot be read"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "cannot be read"),
        (lambda folder: (folder / MANIFEST).unlink(), "is no model bundle"),
        (lambda folder: (folder / WEIGHTS).unlink(), "is no model bundle"),
    ],
)
def test_a_bundle_that_is_not_whole_is_refused_with_a_next_step(
    tmp_path: Path, damage: Callable[[Path], object], words: str
) -> None:
    saved(tmp_path)
    load_bundle(tmp_path)
    damage(tmp_path)
    with pytest.raises(BundleRefused, match=words) as refused:
        load_scorer(tmp_path)
    assert "Next: train it again" in str(refused.value)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    weights = dict(untrained().weights)
    weights["head.weight"] = weights["head.weight"][:1]
    save_bundle(tmp_path, weights, Manifest(trained_on="a test"))
    with pytest.raises(BundleRefused, match="does not fit this network"):
        load_bundle(tmp_path)


def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleRefused, match="cannot be written"):
        saved(tmp_path / "file" / "bundle")


# shows: D10
def test_the_starter_is_small_labelled_and_the_default() -> None:
    bundle = load_bundle(STARTER)
    assert "simulated shoppers" in bundle.manifest.trained_on
    assert "not your shop" in bundle.manifest.trained_on
    assert sum(file.stat().st_size for file in STARTER.iterdir()) < 300_000
    assert load_scorer().version == load_scorer("").version == bundle.manifest.version
    assert load_scorer().step([b""], some_rows(1)) == load_scorer(STARTER).step([b""], some_rows(1))
