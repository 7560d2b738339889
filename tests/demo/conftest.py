"""A shop of the demo merchant, with and without the pasted tag, as an HTTP client sees it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from demo.app import ShopConfig, create_app
from demo.render import Notes, Tag

Browser = TestClient[web.Request, web.Application]


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """One visitor of a shop that has no tag."""
    async with TestClient(TestServer(create_app(ShopConfig(tmp_path)))) as client:
        yield client


@pytest.fixture
async def tagged_browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """One visitor of a shop that pasted the tag."""
    config = ShopConfig(
        tmp_path, tag=Tag("http://127.0.0.1:9", "pk_demo"), notes=Notes("http://127.0.0.1:9", "postgresql://a@b/c")
    )
    async with TestClient(TestServer(create_app(config))) as client:
        yield client
