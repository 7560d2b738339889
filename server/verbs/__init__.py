"""One file per verb of the command line: `configure(parser)` declares its arguments, `run(args)` returns the exit status.

To add a verb: a file here and a line in `server.cli.VERBS`.
"""
