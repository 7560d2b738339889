"""A model on disk: a folder with `weights.safetensors` and `bundle.json`. Named by its content, and never a pickle.

A bundle that was made for other features, or whose bytes are not the ones that were saved, is refused in words.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
import torch
from msgspec import Struct
from msgspec.structs import replace
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from core.errors import BundleRefused
from core.features import SPEC_HASH
from model.heads import HEADS, Head
from model.network import HIDDEN, Network

WEIGHTS = "weights.safetensors"
MANIFEST = "bundle.json"
STARTER = Path(__file__).parent / "starter"
BATCH = 64
"""Rows of every step that is served (DESIGN 3.10): part of the bundle, because other sizes give other bits."""


class Platt(Struct, frozen=True, forbid_unknown_fields=True):
    """Turns a logit into a calibrated one: slope * logit + offset. The slope is positive, so the order stays."""

    slope: float = 1.0
    offset: float = 0.0


class Manifest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands beside the weights. `created` is for people and takes no part in the version.

    `calibration` holds for each head that is a chance one `Platt` per click, from 0 to `core.features.CLICKS_MOST`; a head
    that it does not name stays as the network says. `sessions`: how many it learned from.
    """

    trained_on: str
    spec: str = SPEC_HASH
    hidden: int = HIDDEN
    batch: int = BATCH
    heads: tuple[Head, ...] = HEADS
    calibration: dict[str, tuple[Platt, ...]] = {}
    sessions: int = 0
    metrics: list[dict[str, float]] = []
    version: str = ""
    created: str = ""


class Bundle(Struct, frozen=True):
    manifest: Manifest
    weights: dict[str, torch.Tensor]

    def network(self) -> Network:
        """The network with these weights, ready to be evaluated."""
        places = self.weights["page.weight"].shape[0] - 1
        network = Network(range(places), hidden=self.manifest.hidden, heads=self.manifest.heads)
        network.load_state_dict(self.weights)
        return network.eval()


def version_of(weights: bytes, manifest: Manifest) -> str:
    """16 hex characters of SHA-256 over the weights' file and every field of the manifest that can change a score or its label."""
    # Read back first: a whole number that was measured as an integer is a float once it was stored.
    read_back = msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest)
    canonical = msgspec.json.encode(replace(read_back, version="", created=""), order="sorted")
    return sha256(sha256(weights).digest() + canonical).hexdigest()[:16]


def save_bundle(folder: Path, weights: Mapping[str, torch.Tensor], manifest: Manifest) -> Manifest:
    """Write a bundle and give its manifest back, version included. The manifest comes last: a half-written bundle is refused."""
    data = save_tensors({name: tensor.detach().contiguous() for name, tensor in weights.items()})
    manifest = replace(manifest, version=version_of(data, manifest))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / WEIGHTS).write_bytes(data)
        (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    except OSError as error:
        raise BundleRefused(
            f"{folder} cannot be written: {error.strerror}. Next: name a folder that you may write to."
        ) from None
    return manifest


def load_bundle(folder: Path) -> Bundle:
    """Read a bundle.

    Raises:
        BundleRefused: missing, damaged, altered, or made for other features. The message says what to do next.
    """
    again = f"Next: train it again (`fifthclick train --from simulated --out {folder.name}`) or copy it here whole."
    try:
        text, data = (folder / MANIFEST).read_bytes(), (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise BundleRefused(f"{folder} is no model bundle: {error.strerror}. {again}") from None
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BundleRefused(f"{folder / MANIFEST} cannot be read: {error}. {again}") from None
    if manifest.spec != SPEC_HASH:
        raise BundleRefused(
            f"{folder} was trained on other features ({manifest.spec}; this version has {SPEC_HASH}). "
            "Next: train it again with this version."
        )
    if manifest.version != version_of(data, manifest):
        raise BundleRefused(f"{folder} is not what was saved: its content does not match its version. {again}")
    try:
        weights = load_tensors(data)
        bundle = Bundle(manifest, weights)
        bundle.network()
    except (SafetensorError, RuntimeError, ValueError, KeyError) as error:
        raise BundleRefused(f"{folder / WEIGHTS} does not fit this network: {str(error)[:120]}. {again}") from None
    return bundle
