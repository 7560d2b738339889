"""No source file of ours is over 250 lines: a file that grows longer does two things."""

import subprocess
import sys
from pathlib import Path

LIMIT = 250
SUFFIXES = {".py", ".ts", ".sql", ".sh", ".css", ".html", ".mjs"}


def main() -> int:
    files = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True).stdout.splitlines()
    long = [
        (count, name)
        for name in files
        if Path(name).suffix in SUFFIXES and not name.startswith("static/")
        if Path(name).exists() and (count := len(Path(name).read_text().splitlines())) > LIMIT
    ]
    for count, name in sorted(long, reverse=True):
        print(f"{name}: {count} lines, the limit is {LIMIT}. Next: split it where it does two things.", file=sys.stderr)
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
