"""What a wrong answer costs: one loss for each kind of head, summed over a session's steps."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, smooth_l1_loss

from model.dataset import Batch, Encoded
from model.heads import Head, columns_of


def loss_of(logits: Tensor, batch: Batch, heads: Sequence[Head], scale: NDArray[np.float64]) -> Tensor:
    """The heads' losses per session, each by its share and in units of a mean session. `scale` is `mean_weights` [A].

    Divided by a constant and not by the batch's own weight: batches hold sessions of one length, and length goes with
    the outcome, so the mean of each batch would count short visits too much and spoil the calibration.
    """
    columns = columns_of(heads)
    total = torch.zeros(())
    for place, head in enumerate(heads):
        if scale[place] <= 0:
            continue
        answers, targets = logits[:, :, columns[head.name]], batch.targets[:, :, place]
        match head.kind:
            case "chance":
                losses = binary_cross_entropy_with_logits(answers[:, :, 0], targets, reduction="none")
            case "ratio":
                losses = smooth_l1_loss(answers[:, :, 0], targets, reduction="none")
            case "event":
                losses = cross_entropy(answers.flatten(0, 1), targets.long().flatten(), reduction="none")
                losses = losses.view_as(targets)
        total = total + head.share * (losses * batch.weights[:, :, place]).sum() / (len(targets) * scale[place])
    return total


def mean_weights(sessions: Sequence[Encoded]) -> NDArray[np.float64]:
    """What the steps of a session count together, on average, for each head [A]."""
    sums = np.array([session.asked.sum(axis=0, dtype=np.float64) for session in sessions])
    result: NDArray[np.float64] = sums.mean(axis=0)
    return result
