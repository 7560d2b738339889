"""One gateway with a log in memory, for tests that look at it closely; `world` is for what many of them do together."""

import asyncio
from collections.abc import Sequence

from core.records import Record, Rejected, ToldReason, decode_frame
from core.scoring import Scorer
from server.live.connection import Connection
from server.live.gateway import Gateway, Limits, Scorers
from server.live.ports import Supply
from server.live.sites import Sites
from server.log.memory import MemoryLog
from tests.support.builders import ORIGIN, FakePeer, hello, make_links, make_sealer, make_sites
from tests.support.scorer import HashScorer
from tests.support.world import Clock


class Stage:
    """Create it in a running loop, `await start()`, then `join` as browsers do."""

    def __init__(
        self,
        *,
        sites: Sites | None = None,
        scorer: Scorer | None = None,
        scorers: Scorers | None = None,
        limits: Limits | None = None,
        log: MemoryLog | None = None,
        allows_no_origin: bool = True,
        supplies: Sequence[Supply] = (),
    ) -> None:
        self.log = log or MemoryLog()
        self.sites = sites or make_sites()
        self.scorers = scorers or Scorers(scorer or HashScorer())
        self.sealer = make_sealer()
        self.clock = Clock(asyncio.get_running_loop())
        self.gateway = Gateway(
            sites=self.sites,
            scorers=self.scorers,
            log=self.log,
            sealer=self.sealer,
            clock=self.clock,
            limits=limits,
            allows_no_origin=allows_no_origin,
            supplies=supplies,
            links=make_links(),
        )

    async def start(self) -> "Stage":
        await self.gateway.start()
        return self

    def connect(self, *, origin: str | None = ORIGIN, robot: ToldReason | None = None) -> tuple[Connection, FakePeer]:
        peer = FakePeer()
        return self.gateway.connect(peer, origin=origin, robot=robot), peer

    def join(
        self, first: bytes | None = None, *, origin: str | None = ORIGIN, robot: ToldReason | None = None
    ) -> tuple[Connection, FakePeer]:
        """A connection that has said hello."""
        connection, peer = self.connect(origin=origin, robot=robot)
        connection.receive(first if first is not None else hello())
        return connection, peer

    @property
    def rows(self) -> list[Record]:
        """Everything in the log, in its order."""
        return [row for data in self.log.frames for row in decode_frame(data).records]

    @property
    def rejected(self) -> list[Rejected]:
        return [row for data in self.log.frames for row in decode_frame(data).rejected]


def stored_seqs(stage: Stage) -> list[int]:
    return [row.seq for row in stage.rows]
