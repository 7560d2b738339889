"""How this process speaks to its operator: one line an event on stderr, as text on a terminal and as JSON elsewhere.

Tracebacks without local variables: those would hold what shoppers sent.
"""

import logging
import sys

import structlog

from core.errors import ConfigError

_LEVELS = ("debug", "info", "warning", "error", "critical")


def configure_logs(level: str) -> None:
    """Set up structlog for the whole process. Raises `ConfigError` for an unknown level."""
    if level not in _LEVELS:
        raise ConfigError(f"unknown log_level {level!r}. Next: use one of {', '.join(_LEVELS)}.")
    is_terminal = sys.stderr.isatty()
    shown: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if is_terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries: only what needs an operator, and never a request's text.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    for name in ("aiohttp.access", "aiohttp.server", "asyncpg", "nats"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
