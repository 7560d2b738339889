"""How it learns: the network, its training, its bundle and the simulated shoppers that are its oracle. Torch lives here only."""
