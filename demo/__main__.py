"""`python -m demo`: the demo shop on its own, with a tag or without. `--help` says how."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from aiohttp import web

from demo.app import ShopConfig, create_app
from demo.render import Notes, Tag


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="A demo shop with its own orders and newsletter."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8701, help="port to listen on (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, default=Path(".northlight"), help="where orders are kept")
    parser.add_argument("--tag-host", default="", help="where the pasted script comes from; none, no script")
    parser.add_argument("--site-key", default="", help="the public key in the pasted script tag")
    parser.add_argument("--analyst-dsn", default="", help="printed on the guide page")
    parser.add_argument("--until-stdin-ends", action="store_true", help="stop when whoever started this is gone")
    args = parser.parse_args()
    if args.until_stdin_ends:
        threading.Thread(target=_stop_when_stdin_ends, daemon=True).start()
    config = ShopConfig(
        data_dir=args.data_dir,
        port=args.port,
        tag=Tag(args.tag_host.rstrip("/"), args.site_key),
        notes=Notes(args.tag_host.rstrip("/"), args.analyst_dsn),
    )
    try:
        web.run_app(create_app(config), host=args.host, port=args.port, print=None, access_log=None)
    except OSError as error:
        print(
            f"demo shop: port {args.port} cannot be used ({error.strerror}). Next: choose another with --port.",
            file=sys.stderr,
        )
        return 1
    return 0


def _stop_when_stdin_ends() -> None:
    """The parent holds the other end; when it dies, however it dies, the pipe ends."""
    # Past Python's buffer, whose lock a thread would still hold when the interpreter ends.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    raise SystemExit(main())
