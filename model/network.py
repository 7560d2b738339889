"""The network: a GRU over one row per event, and one linear layer that holds both heads.

Only shapes and layers live here; what a row means is `core.features`, how it is trained `train`, how it is served `scorer`.
"""

import torch
from torch import Tensor, nn

from core.events import EVENT_TAG_COUNT
from core.features import NUMBER_COUNT
from core.pages import PAGE_BUCKET_COUNT

HIDDEN = 64
EVENT_WIDTH = 16
PAGE_WIDTH = 8
HEADS = ("purchase", "exit")
"""The columns of the head: a purchase later in this session; the session's end within the next few events."""


class Network(nn.Module):
    """Rows in, one pair of logits per row out.

    Shapes: B sessions, T events each, N numbers per event, H hidden.
    """

    def __init__(self, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.event = nn.Embedding(EVENT_TAG_COUNT, EVENT_WIDTH)
        self.page = nn.Embedding(PAGE_BUCKET_COUNT, PAGE_WIDTH)
        self.gru = nn.GRU(EVENT_WIDTH + PAGE_WIDTH + NUMBER_COUNT, hidden, batch_first=True)
        self.head = nn.Linear(hidden, len(HEADS))

    def forward(self, events: Tensor, pages: Tensor, numbers: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Logits [B, T, 2] of `events` [B, T], `pages` [B, T] and `numbers` [B, T, N].

        `hidden` [1, B, H] is where the sessions stand already; None begins them.
        """
        logits: Tensor = self.head(self.states(events, pages, numbers, hidden))
        return logits

    def states(self, events: Tensor, pages: Tensor, numbers: Tensor, hidden: Tensor | None = None) -> Tensor:
        """The hidden vectors [B, T, H] after each row."""
        rows = torch.cat((self.event(events), self.page(pages), numbers), dim=-1)
        states: Tensor
        states, _ = self.gru(rows, hidden)
        return states
