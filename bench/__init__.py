"""Side-by-side measurements. Every claim is a ratio of two things measured in one run; nothing here is a timed test."""
