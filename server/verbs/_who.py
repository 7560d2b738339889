"""Who runs a verb that changes something, for the history of what was changed."""

import argparse
import os
import pwd


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the history is told: why, and by whom."""
    parser.add_argument("--note", default="", help="why, for the history")
    parser.add_argument("--by", metavar="NAME", default="", help="who, for the history (default: the account)")


def who(args: argparse.Namespace) -> str:
    """The name that was given, else the account: the one that logged in, where `sudo` runs this as another."""
    if args.by:
        return str(args.by)[:48]
    try:
        return os.getlogin()
    except OSError:
        # No terminal, as in a container or a timer.
        return _account()


def _account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
