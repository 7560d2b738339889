"""`python -m server` is `fifthclick`."""

import sys

from server.cli import main

sys.exit(main())
