"""The GRU as it is served: one fixed, padded batch per step, one thread, no allocation that can be avoided.

The embeddings never meet the matrix at serving time: their share of the GRU's input is one row of a table, computed
when the bundle is loaded. Calibration is one line per click and head. Parity with `network` is a test.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.features import CLICKS_MOST, NUMBER_COUNT, Encoded
from core.records import Scores
from core.scoring import Scored
from model.bundle import STARTER, Bundle, Platt, load_bundle
from model.heads import columns_of
from model.network import EVENT_WIDTH, LANDING_CLICK, PAGE_WIDTH

SERVED = Scores.__struct_fields__
"""The heads whose answers travel on, in the order of `core.records.Scores`."""
_NEVER = -1000.0
_RATIO_MOST = 0.953
"""As a sigmoid: e^3 times what is in view, the most that training tells apart."""


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
        self._head_weight, self._head_bias = _served_head(bundle)
        self._slopes, self._offsets = _calibration(bundle)
        self._landing_row = CLICKS_MOST + 1
        self._places = bundle.weights["page_place"].long().tolist()
        self._page_count = bundle.weights["page.weight"].shape[0]
        self._rows = torch.zeros(batch, dtype=torch.int64)
        self._numbers = torch.zeros(batch, NUMBER_COUNT)
        self._hidden = torch.zeros(batch, size)
        self._from_input = torch.zeros(batch, 3 * size)
        self._from_hidden = torch.zeros(batch, 3 * size)
        self._scores = torch.zeros(batch, len(SERVED))
        self._clicks = torch.zeros(batch, dtype=torch.int64)
        self._slope = torch.zeros(batch, len(SERVED))
        self._offset = torch.zeros(batch, len(SERVED))
        # The same memory as numpy sees it: filling a view costs a fraction of filling a tensor.
        self._rows_view = self._rows.numpy()
        self._clicks_view = self._clicks.numpy()
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
        places, pages = self._places, self._page_count
        self._rows_view[:count] = [e.event * pages + places[e.page] for e in encoded]
        landing = self._landing_row
        self._clicks_view[:count] = [e.click if e.click != LANDING_CLICK else landing + places[e.page] for e in encoded]
        numbers = chain.from_iterable([e.numbers for e in encoded])
        flat = np.fromiter(numbers, dtype=np.float32, count=count * NUMBER_COUNT)
        self._numbers_view[:count] = flat.reshape(count, NUMBER_COUNT)
        self._forward()
        after = self._hidden_view[:count].tobytes()
        scores = self._scores[:count].tolist()
        return [Scored(after[i * size : i * size + size], _scores_of(row)) for i, row in enumerate(scores)]

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
        torch.addmm(self._head_bias, self._hidden, self._head_weight, out=self._scores)
        torch.index_select(self._slopes, 0, self._clicks, out=self._slope)
        torch.index_select(self._offsets, 0, self._clicks, out=self._offset)
        self._scores.mul_(self._slope).add_(self._offset).sigmoid_()


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


def _scores_of(row: list[float]) -> Scores:
    """The head of the order's value is a logarithm: its sigmoid as odds is the ratio itself."""
    purchase, leaving, abandonment, assistance, add_to_cart, ratio, leverage = row
    ratio = min(ratio, _RATIO_MOST)
    return Scores(purchase, leaving, abandonment, assistance, add_to_cart, ratio / (1.0 - ratio), leverage)


def _served_head(bundle: Bundle) -> tuple[Tensor, Tensor]:
    """The columns of the served heads [H, S] and their bias [S]. A head that the bundle lacks always answers 0."""
    columns = columns_of(bundle.manifest.heads)
    weight = torch.zeros(len(SERVED), bundle.manifest.hidden)
    bias = torch.full((len(SERVED),), _NEVER)
    for place, name in enumerate(SERVED):
        if name in columns:
            weight[place] = bundle.weights["head.weight"][columns[name]][0]
            bias[place] = bundle.weights["head.bias"][columns[name]][0]
    return weight.t().contiguous(), bias


def _calibration(bundle: Bundle) -> tuple[Tensor, Tensor]:
    """Slopes and offsets [C + P, S]: a row for each click from 0 to `CLICKS_MOST`, then one for each landing page's place."""
    plain = (Platt(),) * (CLICKS_MOST + 1)
    platts = [bundle.manifest.calibration.get(name, plain) for name in SERVED]
    landing = bundle.weights["landing"].double()
    slopes = torch.tensor([[p.slope for p in row] for row in platts], dtype=torch.float64).t()
    offsets = torch.tensor([[p.offset for p in row] for row in platts], dtype=torch.float64).t()
    first_slopes = slopes[LANDING_CLICK].repeat(len(landing), 1)
    first_offsets = offsets[LANDING_CLICK].repeat(len(landing), 1)
    purchase = SERVED.index("purchase")
    first_offsets[:, purchase] += slopes[LANDING_CLICK, purchase] * landing
    return torch.cat((slopes, first_slopes)).float(), torch.cat((offsets, first_offsets)).float()
