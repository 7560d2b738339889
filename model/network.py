"""The network: a GRU over one row per event, and one linear layer that holds every head.

Only shapes and layers live here; what a row means is `core.features`, what is asked `heads`, how it is trained `train`,
how it is served `scorer`.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.events import EVENT_TAG_COUNT
from core.features import NUMBER_COUNT
from core.pages import PAGE_CODE_COUNT
from model.heads import HEADS, Head

HIDDEN = 64
EVENT_WIDTH = 16
PAGE_WIDTH = 8
UNKNOWN_PAGE = 0
"""The place of every page type that is not in the vocabulary."""
LANDING_CLICK = 1
"""The click at which `landing` counts: the visit's first page view."""


class Network(nn.Module):
    """Rows in, the logits of all heads out.

    Shapes: B sessions, T events each, N numbers per event, H hidden, V page types known, W columns of all heads.
    `vocabulary`: the codes of the page types that have a place of their own; part of the weights, as `page_place`.
    """

    page_place: Tensor
    landing: Tensor
    """[1 + V]: what is added to the purchase head's logit at click 1, by the landing page's place. See `model.landing`."""

    def __init__(self, vocabulary: Sequence[int] = (), *, hidden: int = HIDDEN, heads: Sequence[Head] = HEADS) -> None:
        super().__init__()
        places = torch.full((PAGE_CODE_COUNT,), UNKNOWN_PAGE, dtype=torch.int16)
        for place, code in enumerate(vocabulary, start=1):
            places[code] = place
        self.register_buffer("page_place", places)
        self.register_buffer("landing", torch.zeros(1 + len(vocabulary)))
        self.event = nn.Embedding(EVENT_TAG_COUNT, EVENT_WIDTH)
        self.page = nn.Embedding(1 + len(vocabulary), PAGE_WIDTH)
        self.gru = nn.GRU(EVENT_WIDTH + PAGE_WIDTH + NUMBER_COUNT, hidden, batch_first=True)
        self.head = nn.Linear(hidden, sum(head.width for head in heads))

    def forward(self, events: Tensor, pages: Tensor, numbers: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Logits [B, T, W] of `events` [B, T], `pages` [B, T] (codes) and `numbers` [B, T, N].

        `hidden` [1, B, H] is where the sessions stand already; None begins them.
        """
        logits: Tensor = self.head(self.states(events, pages, numbers, hidden))
        return logits

    def states(self, events: Tensor, pages: Tensor, numbers: Tensor, hidden: Tensor | None = None) -> Tensor:
        """The hidden vectors [B, T, H] after each row."""
        places = self.page_place[pages].long()
        rows = torch.cat((self.event(events), self.page(places), numbers), dim=-1)
        states: Tensor
        states, _ = self.gru(rows, hidden)
        return states

    def places_of(self, codes: NDArray[np.int64]) -> Tensor:
        """The place in the vocabulary of each of these page codes, the same shape."""
        return self.page_place[torch.from_numpy(codes)].long()
