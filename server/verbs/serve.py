"""`fifthclick serve`: the server, with what it needs beside it unless told where that is."""

import argparse
import asyncio
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from server.logs import configure_logs
from server.settings import Settings, load_settings

if TYPE_CHECKING:
    from server.app import RunningApp

_FILES = 65_536


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: fifthclick.toml here)")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 8700)")
    parser.add_argument("--public-url", metavar="URL", help="where browsers reach this server, as the tag names it")
    parser.add_argument("--data-dir", metavar="FOLDER", help="where the bundled servers keep their data")
    parser.add_argument("--bundle", metavar="FOLDER", help="a trained model (default: the starter model)")
    parser.add_argument("--roles", metavar="ROLES", help="of gateway,writer,settle (default: all)")
    parser.epilog = (
        "Every setting can also stand in fifthclick.toml or in the environment as FIFTHCLICK_<NAME>; "
        "DATABASE_URL and NATS_URL name servers of your own. All: " + ", ".join(Settings.__struct_fields__) + "."
    )


def run(args: argparse.Namespace) -> int:
    settings = load_settings(
        args.config,
        host=args.host,
        port=args.port,
        public_url=args.public_url,
        data_dir=args.data_dir,
        bundle=args.bundle,
        roles=tuple(args.roles.split(",")) if args.roles else None,
    )
    configure_logs(settings.log_level)
    prepare_process()
    from server import app  # after `prepare_process`: this imports torch

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(app.run(settings, ready=_say))
    return 0


def prepare_process() -> None:
    """Call before torch is imported: libgomp's spin-wait collapses as soon as anything else uses a core."""
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # A connection is a file descriptor, and many systems begin with 1,024.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's event loop where there is one (not on Windows), else asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _say(running: "RunningApp") -> None:
    print(f"fifthclick serves {running.base_url}", flush=True)
    for problem in running.problems():
        print(f"  not ready: {problem}", flush=True)
    print("Next: fifthclick site add NAME --origin https://your-shop.example", flush=True)
