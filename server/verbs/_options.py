"""Options of `train` and `evaluate` that are checked before any work is done: numbers in their range, files that can be written."""

import argparse
import os
from math import isfinite
from pathlib import Path

from core.errors import ConfigError

SEED_MOST = 2**32 - 1
"""What every source of chance here takes."""
EPOCHS_MOST = 10_000


def seed(text: str) -> int:
    """A seed. Raises `ArgumentTypeError` for what is none."""
    return _whole(text, 0, SEED_MOST, "seed")


def epochs(text: str) -> int:
    """A number of passes. Raises `ArgumentTypeError` for what is none."""
    return _whole(text, 1, EPOCHS_MOST, "number of passes")


def threshold(text: str) -> float:
    """A score. Raises `ArgumentTypeError` for what is none."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (isfinite(value) and 0.0 <= value <= 1.0):
        raise argparse.ArgumentTypeError(f"{text!r} is no score. Next: one between 0 and 1, such as 0.5.")
    return value


def _whole(text: str, least: int, most: int, what: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no {what}. Next: a whole number from {least} to {most}.")
    return value


def check_folder(option: str, folder: Path) -> None:
    """Raises `ConfigError` where nothing could be written into this folder, which need not be there yet."""
    there = folder.absolute()
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    if not os.path.isdir(there):
        raise ConfigError(f"{option} {folder}: {there} is no folder. Next: name another folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ConfigError(f"{option} {folder}: {there} may not be written to. Next: name another folder.")


def check_files(files: dict[str, Path | None]) -> None:
    """Raises `ConfigError` where one of these files could not be written, or where two are the same. Keys are the options."""
    wanted: dict[Path, str] = {}
    for option, file in files.items():
        if file is None:
            continue
        _check_file(option, file)
        other = wanted.setdefault(file.resolve(), option)
        if other != option:
            raise ConfigError(f"{other} and {option} name the same file {file}. Next: name two files.")


def _check_file(option: str, file: Path) -> None:
    folder = file.absolute().parent
    if os.path.isdir(file):
        raise ConfigError(f"{option} {file} is a folder. Next: name a file in it.")
    if not os.path.isdir(folder):
        raise ConfigError(f"{option} {file} cannot be written: there is no folder {folder}. Next: make it first.")
    if not os.access(file if os.path.lexists(file) else folder, os.W_OK):
        raise ConfigError(f"{option} {file} may not be written to. Next: name another file.")
