"""A week or a month of a shop as one file: health first, then what offers brought, and under every figure its SQL.

What is asked stands in `server/store/queries/report.sql`; each question is put as the analyst, in the very words that are printed.
To add a figure: a statement there, and a line in the part that tells it (`health`, `lifts`, `trade`, `quality`).
"""
