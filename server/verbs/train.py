"""`fifthclick train`: a bundle from simulated, recorded or stored sessions."""

import argparse
from pathlib import Path

from server.verbs._options import check_folder, epochs, seed
from server.verbs._sessions import add_source, source_of


def configure(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument("--out", required=True, type=Path, metavar="BUNDLE", help="the folder to write the bundle to")
    parser.add_argument(
        "--seed", type=seed, default=1, help="the same seed and sessions give the same bundle (default: 1)"
    )
    parser.add_argument("--epochs", type=epochs, default=20, help="passes over the sessions at most (default: 20)")


def run(args: argparse.Namespace) -> int:
    from model import cli_train
    from model.terminal import console_of
    from model.train import Plan

    check_folder("--out", args.out)
    name, source = source_of(args, args.seed, is_for_training=True)
    cli_train.train(name, source, args.out, Plan(seed=args.seed, epochs=args.epochs), console_of())
    return 0
