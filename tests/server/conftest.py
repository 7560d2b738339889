"""One server over sockets for the tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.serving import Served, served


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A static folder with a tracker and two chunks."""
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "t.js").write_text("/* tracker */" * 100)
    (folder / "r.abc123.js").write_text("/* renderer */" * 100)
    (folder / "claim.abc123.js").write_text("/* claim */" * 100)
    return folder


@pytest.fixture
async def server(static: Path) -> AsyncIterator[Served]:
    async with served(static=static) as running:
        yield running
