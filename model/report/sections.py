"""The report's sections, in their order. To add one: a file here with `section(asked) -> Section`, and a line below."""

from model.report import heads, levels, patterns, reliability, segments, signals
from model.report.section import Make

SECTIONS: tuple[Make, ...] = (
    segments.section,
    levels.section,
    reliability.section,
    heads.section,
    patterns.section,
    signals.section,
)
"""After `clicks`, which comes first and whose figures the opening reads; `learning` comes last, where it is asked for."""
