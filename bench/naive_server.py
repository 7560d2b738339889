"""What one would write first: JSON, the whole sequence through the GRU at each event, one INSERT per event.

Same network size, same database, one thread. It has no token, no log and no policy: it does less, the slow way.
"""

import asyncio
import json
import sys
import time

import asyncpg
import torch
from aiohttp import WSMsgType, web

WIDTH, HIDDEN = 48, 64


class Naive:
    def __init__(self, pool: asyncpg.Pool) -> None:
        torch.manual_seed(1)
        self.embed = torch.nn.Embedding(64, WIDTH)
        self.gru = torch.nn.GRU(WIDTH, HIDDEN, batch_first=True)
        self.head = torch.nn.Linear(HIDDEN, 2)
        self.pool = pool

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, protocols=("naive",))
        await socket.prepare(request)
        seen: list[int] = []
        async for message in socket:
            if message.type != WSMsgType.TEXT and message.type != WSMsgType.BINARY:
                continue
            event = json.loads(message.data)
            seen.append(int(event["type"]) % 64)
            # Sessions of 20 events, as the mean shopper has them: else the naive way grows without end.
            seen = seen[-20:]
            with torch.inference_mode():
                hidden, _ = self.gru(self.embed(torch.tensor([seen])))
                purchase, leave = torch.sigmoid(self.head(hidden[:, -1])).tolist()[0]
            await self.pool.execute(
                "INSERT INTO naive_events (session_id, seq, at, type, purchase, leave) VALUES ($1, $2, $3, $4, $5, $6)",
                event["session_id"], event["seq"], time.time(), event["type"], purchase, leave,
            )  # fmt: skip
            await socket.send_bytes(json.dumps({"seq": event["seq"], "purchase": purchase}).encode())
        return socket


async def main(port: int, database_url: str) -> None:
    torch.set_num_threads(1)
    pool = await asyncpg.create_pool(database_url, min_size=4, max_size=8)
    await pool.execute(
        "CREATE TABLE IF NOT EXISTS naive_events (session_id text, seq int, at float8, type int, purchase real, leave real)"
    )
    app = web.Application()
    app.router.add_get("/naive", Naive(pool).socket)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    import uvloop

    uvloop.install()
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
