"""Statistics over counts: uplift, calibration, balance. Pure like the rest of the core."""
