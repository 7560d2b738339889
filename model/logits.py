"""What a network says of whole sessions before calibration, batch by batch: every step's logits, or its state."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from model.dataset import Encoded, pad
from model.network import LANDING_CLICK, Network

BATCH = 512


@torch.no_grad()
def logits_of(network: Network, sessions: Sequence[Encoded]) -> list[NDArray[np.float64]]:
    """The logits [T, W] of each session, with the landing page's share at the first click."""
    result: list[NDArray[np.float64]] = []
    for start in range(0, len(sessions), BATCH):
        part = sessions[start : start + BATCH]
        batch = pad(part)
        logits = network(batch.events, batch.pages, batch.numbers).double().numpy()
        for i, session in enumerate(part):
            row = logits[i, : session.length]
            is_first = session.clicks == LANDING_CLICK
            row[is_first, 0] += network.landing[network.places_of(session.pages[is_first])].numpy()
            result.append(row)
    return result


@torch.no_grad()
def states_of(network: Network, sessions: Sequence[Encoded]) -> Iterator[NDArray[np.float64]]:
    """The hidden vectors [T, H] of each session."""
    for start in range(0, len(sessions), BATCH):
        part = sessions[start : start + BATCH]
        batch = pad(part)
        states = network.states(batch.events, batch.pages, batch.numbers).double().numpy()
        for i, session in enumerate(part):
            yield states[i, : session.length]
