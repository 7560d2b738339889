"""`fifthclick settle`: close finished sessions and compute their outcomes now, or as if it were later."""

import argparse
import asyncio
import re
from datetime import UTC, datetime, timedelta

from core.errors import BundleRefused, ConfigError
from core.scoring import Scorer
from model.scorer import load_scorer
from server.settings import Settings
from server.store.pool import migrated
from server.verbs import _store
from server.writer.late_scores import LateScorer
from server.writer.settle import SettleCount, Settler

AHEAD_MOST = timedelta(days=1)
"""Settled as of next month, a visit of this minute would be final, and what it still does would come too late to count."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.add_argument(
        "--as-of",
        metavar="TIME",
        default="+0m",
        help="settle as if it were TIME: 2026-05-01T12:00Z, or +31m from now. A visit ends after 30 minutes of silence;"
        " this shows its outcome without waiting for them. Should more of it arrive, it is settled again.",
    )


def run(args: argparse.Namespace) -> int:
    today = datetime.now(UTC)
    now = time_of(args.as_of, today)
    if now > today + AHEAD_MOST:
        raise ConfigError(
            f"--as-of {args.as_of} is more than a day ahead: outcomes would be made final that can still change. Next: name a time "
            "up to +24h."
        )
    done = asyncio.run(_settle(_store.settings_of(args), now))
    print(f"Settled {done.session_count} sessions with {done.outcome_count} outcomes.")
    return 0


def time_of(text: str, now: datetime) -> datetime:
    """A time as people write it: ISO 8601, UTC unless it says otherwise, or a distance from now such as +31m or -2h.

    Raises:
        ConfigError: neither.
    """
    distance = re.fullmatch(r"([+-]\d{1,6})([smhd])", text.strip())
    if distance:
        return now + timedelta(**{_UNITS[distance[2]]: int(distance[1])})
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigError(
            f"{text!r} is no time. Next: write 2026-05-01T12:00Z, or +31m for 31 minutes from now."
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


async def _settle(settings: Settings, now: datetime) -> SettleCount:
    scorer: Scorer | None
    try:
        scorer = await asyncio.to_thread(load_scorer, settings.bundle or None)
    except BundleRefused:
        scorer = None  # what came by beacon alone stays unscored; everything else needs no model
    known = {scorer.version: scorer} if scorer else {}
    async with _store.kept_database_url(settings) as url:
        with migrated():
            return await Settler(url, LateScorer(lambda: scorer, known.get)).settle(now)
