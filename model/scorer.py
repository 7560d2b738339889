"""The GRU as it is served: one fixed, padded batch per step, one thread, no allocation that can be avoided.

The embeddings never meet the matrix at serving time: their share of the GRU's input is one row of a table, computed
when the bundle is loaded. Calibration is folded into the head's weights. Parity with `network` is a test.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.features import NUMBER_COUNT, Encoded
from core.pages import PAGE_BUCKET_COUNT
from core.records import Scores
from core.scoring import Scored
from model.bundle import STARTER, Bundle, load_bundle
from model.network import EVENT_WIDTH, PAGE_WIDTH


class TorchScorer:
    """`core.scoring.Scorer` over one bundle.

    Every call computes `max_batch` rows whatever was asked, because a matrix product of another height gives other
    bits (DESIGN 3.10). Rows beyond the asked ones hold what was there before: no row reads another.
    Not for several threads at once: the buffers are shared between calls.
    """

    def __init__(self, bundle: Bundle) -> None:
        torch.set_num_threads(1)
        batch, size = bundle.manifest.batch, bundle.manifest.hidden
        self._version = bundle.manifest.version
        self._batch, self._size, self._row_bytes = batch, size, 4 * size
        self._zero = bytes(self._row_bytes)
        self._table, self._number_weight = _pre_projected(bundle)
        self._hidden_weight = bundle.weights["gru.weight_hh_l0"].t().contiguous()
        self._hidden_bias = bundle.weights["gru.bias_hh_l0"]
        self._head_weight, self._head_bias = _calibrated_head(bundle)
        self._rows = torch.zeros(batch, dtype=torch.int64)
        self._numbers = torch.zeros(batch, NUMBER_COUNT)
        self._hidden = torch.zeros(batch, size)
        self._from_input = torch.zeros(batch, 3 * size)
        self._from_hidden = torch.zeros(batch, 3 * size)
        self._scores = torch.zeros(batch, 2)
        # The same memory as numpy sees it: filling a view costs a fraction of filling a tensor.
        self._rows_view = self._rows.numpy()
        self._numbers_view = self._numbers.numpy()
        self._hidden_view = self._hidden.numpy()
        self._gates = self._from_input[:, : 2 * size], self._from_hidden[:, : 2 * size]
        self._reset, self._update = self._from_input[:, :size], self._from_input[:, size : 2 * size]
        self._candidate = self._from_input[:, 2 * size :], self._from_hidden[:, 2 * size :]

    @property
    def version(self) -> str:
        return self._version

    @property
    def max_batch(self) -> int:
        return self._batch

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        """One event of each session. An empty `hidden`, or one of a foreign length, begins the session anew.

        Raises:
            ValueError: more rows than `max_batch`.
        """
        count = len(encoded)
        if count == 0:
            return []
        if count > self._batch:
            raise ValueError(f"{count} rows in one step: the most is {self._batch}")
        size = self._row_bytes
        blob = b"".join([h if len(h) == size else self._zero for h in hidden])
        self._hidden_view[:count] = np.frombuffer(blob, dtype="<f4").reshape(count, self._size)
        self._rows_view[:count] = [e.event * PAGE_BUCKET_COUNT + e.page for e in encoded]
        numbers = chain.from_iterable([e.numbers for e in encoded])
        flat = np.fromiter(numbers, dtype=np.float32, count=count * NUMBER_COUNT)
        self._numbers_view[:count] = flat.reshape(count, NUMBER_COUNT)
        self._forward()
        after = self._hidden_view[:count].tobytes()
        scores = self._scores[:count].tolist()
        return [
            Scored(after[i * size : i * size + size], Scores(purchase, leaving))
            for i, (purchase, leaving) in enumerate(scores)
        ]

    @torch.inference_mode()
    def _forward(self) -> None:
        """Turns the buffers' rows and hidden vectors into the next hidden vectors and scores, in place.

        Source: the equations of torch.nn.GRU: r, z = sigmoid(i + h); n = tanh(i + r * h); h' = n + z * (h - n).
        """
        torch.index_select(self._table, 0, self._rows, out=self._from_input)
        self._from_input.addmm_(self._numbers, self._number_weight)
        torch.addmm(self._hidden_bias, self._hidden, self._hidden_weight, out=self._from_hidden)
        gates, gates_hidden = self._gates
        gates.add_(gates_hidden).sigmoid_()
        candidate, candidate_hidden = self._candidate
        candidate.addcmul_(self._reset, candidate_hidden).tanh_()
        self._hidden.sub_(candidate).mul_(self._update).add_(candidate)
        torch.addmm(self._head_bias, self._hidden, self._head_weight, out=self._scores).sigmoid_()


def load_scorer(path: Path | str | None = None) -> TorchScorer:
    """The scorer of the bundle in this folder; None or an empty path is the starter bundle.

    Raises:
        BundleRefused: see `bundle.load_bundle`.
    """
    return TorchScorer(load_bundle(Path(path) if path else STARTER))


def _pre_projected(bundle: Bundle) -> tuple[Tensor, Tensor]:
    """What an (event, page) pair adds to the gates, one row per pair [E * P, 3H], and the numbers' own weights [N, 3H]."""
    weights = bundle.weights
    into = weights["gru.weight_ih_l0"].double()
    events = weights["event.weight"].double() @ into[:, :EVENT_WIDTH].t()
    pages = weights["page.weight"].double() @ into[:, EVENT_WIDTH : EVENT_WIDTH + PAGE_WIDTH].t()
    table = events[:, None, :] + pages[None, :, :] + weights["gru.bias_ih_l0"].double()
    numbers = into[:, EVENT_WIDTH + PAGE_WIDTH :].t()
    return table.flatten(0, 1).float().contiguous(), numbers.float().contiguous()


def _calibrated_head(bundle: Bundle) -> tuple[Tensor, Tensor]:
    """The head [H, 2] and its bias [2] with the calibration multiplied in: slope * (w h + b) + offset."""
    platts = (bundle.manifest.purchase, bundle.manifest.exit)
    slopes = torch.tensor([p.slope for p in platts], dtype=torch.float64)
    offsets = torch.tensor([p.offset for p in platts], dtype=torch.float64)
    weight = bundle.weights["head.weight"].double() * slopes[:, None]
    bias = bundle.weights["head.bias"].double() * slopes + offsets
    return weight.t().float().contiguous(), bias.float()
