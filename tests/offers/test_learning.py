"""Learning for many sites: what goes wrong with one is no reason to leave out the others."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.errors import ConfigError
from core.margin import PRIORS, Trial
from core.rules_template import NEW_SITE_RULES
from server.offers import learning
from server.store.live_rules import Published, StoredSite

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class NoPool:
    async def close(self) -> None:
        pass


def site(site_id: str) -> StoredSite:
    return StoredSite(
        site_id=site_id, name=site_id, key=site_id, origins=(), is_demo=False, holdout_salt="", version="",
        toml=NEW_SITE_RULES,
    )  # fmt: skip


async def test_a_site_whose_lesson_is_refused_keeps_no_other_site_from_learning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def connect(url: str, *, max_size: int) -> NoPool:
        return NoPool()

    async def load_sites(pool: Any) -> list[StoredSite]:
        return [site("odd"), site("shop")]

    async def read_trials(*_: Any, **__: Any) -> AsyncIterator[Trial]:
        none: tuple[Trial, ...] = ()
        for trial in none:
            yield trial

    async def set_responses(pool: Any, site_id: str, responses: Any, note: str, *, made_by: str) -> Published:
        if site_id == "odd":
            raise ConfigError("what was learned of the actions cannot be read.")
        return Published("1", is_change=True)

    for fake in (connect, load_sites, read_trials, set_responses):
        monkeypatch.setattr(learning, fake.__name__, fake)
    learns = learning.Learning("", lambda trials, priors: {"guide": PRIORS["content"]})
    assert await learns.learn_once(NOW) == ["shop"]
