"""How it talks: sockets, the log, the store, the command line. What is decided lives in `core`, how it learns in `model`."""
