"""The command line. Each verb is a file in `server/verbs`; this one only knows their names and what they are for.

A verb's module is imported when it is asked for, so `fifthclick --help` is quick and needs no torch.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType

from core.errors import FifthClickError

VERBS: dict[str, str] = {
    "demo": "run everything on this machine with a demo shop, and print where to look",
    "serve": "run the server: sockets, scoring, decisions, and the writer unless told otherwise",
    "migrate": "bring the database to this version's schema",
    "site": "add or list the shops that may send events; prints the tag to paste",
    "rules": "pull, compare, draft, publish, roll back or switch off a site's rules",
    "responses": "what each action was seen to do in a site's own visits; --publish lets the policy go by it",
    "catalogue": "bring a site's products from a feed or saved pages; list and show them",
    "preview": "a link that shows one action, published or a draft, in a visit that counts nowhere",
    "codes": "fill a site's pools of single-use codes, see what is left, and what was done with them",
    "check-tag": "look at a page and say in words what is wrong with its tag",
    "check-config": "read a rules file and name each mistake with its line",
    "simulate": "play simulated shoppers over real sockets",
    "explain": "tell one visit from landing to outcome: why each offer was made, and why each other was not",
    "replay": "recompute a session from its raw events and compare with what was decided",
    "replay-sessions": "play recorded sessions from files through the running server",
    "train": "train a model on simulated, recorded or stored sessions",
    "evaluate": "measure a model click by click, beside its baselines",
    "lift": "what an experiment moved, with an interval that may be looked at every day; or days to an answer",
    "experiments": "which actions are new, and what each action and each variant of a site is known to do",
    "report": "a week or a month as one page: what offers brought in words and money, and the SQL of every figure",
    "health": "what is wrong with the results of a site, and what to do; status 1 where something is",
    "settle": "close finished sessions and compute their outcomes now",
    "retention": "let go of events older than so many days; their sessions and outcomes stay",
    "session": "everything that is kept of one visit, as JSON, or gone from every table",
    "export": "write the analyst's tables as CSV or Parquet",
    "sql": "run one query as the analyst and print the rows",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb. Errors of ours are one sentence on stderr and status 1; a wrong command line is status 2."""
    if sys.version_info < (3, 11):  # noqa: UP036 - pip refuses it too, but a checkout can be run without pip
        print("fifthclick needs Python 3.11 or newer. Next: install one and make a new virtual environment with it.")
        return 2
    words = list(sys.argv[1:] if argv is None else argv)
    verb = words[0] if words and words[0] in VERBS else None
    try:
        parser = _parser(verb)  # imports the verb, which takes long enough for a Ctrl-C
        args = parser.parse_args(words)
        if verb is None:
            parser.print_help()
            return 2 if words else 0
        status: int = _module(verb).run(args)
        return status
    except FifthClickError as error:
        print(f"fifthclick {verb}: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 130


def _parser(verb: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fifthclick",
        description="Self-hosted in-session marketing. `fifthclick demo` shows all of it on one machine.",
    )
    verbs = parser.add_subparsers(metavar="VERB", title="verbs (each has --help)")
    for name, purpose in VERBS.items():
        sub = verbs.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        if name == verb:
            _module(name).configure(sub)
    return parser


def _module(verb: str) -> ModuleType:
    return importlib.import_module(f"server.verbs.{verb.replace('-', '_')}")
