"""Which days a report is about."""

from datetime import UTC, date, datetime

import pytest

from core.errors import ConfigError
from server.reports.drift import EACH_LEAST, drifts
from server.reports.span import last_whole, parsed


def test_a_week_may_begin_in_the_old_year_and_end_in_the_new() -> None:
    week = parsed("week", "2026-W53")
    assert (week.first, week.end) == (date(2026, 12, 28), date(2027, 1, 4))
    assert week.before().name == "2026-W52"
    assert parsed("week", "2027-W01").before() == week


def test_a_month_ends_where_the_next_begins() -> None:
    december = parsed("month", "2026-12")
    assert (december.first, december.end) == (date(2026, 12, 1), date(2027, 1, 1))
    assert parsed("month", "2028-02").end == date(2028, 3, 1)
    assert parsed("month", "2027-01").before() == december


def test_the_last_whole_one_is_over_and_the_running_one_is_not() -> None:
    midnight = datetime(2027, 1, 1, tzinfo=UTC)
    assert last_whole("month", midnight).name == "2026-12"
    assert last_whole("week", midnight).name == "2026-W52"
    assert last_whole("month", midnight).is_over(midnight)
    assert not parsed("month", "2027-01").is_over(midnight)


@pytest.mark.parametrize("text", ["", "2026", "2026-00", "October", "9999-12", "0001-01", "2026-W10"])
def test_what_is_no_month_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="Next: for example --month 2026-10"):
        parsed("month", text)


def _side(count: int, mean: float, share: float, *, is_now: bool) -> dict[str, float | bool]:
    return {
        "is_now": is_now, "session_count": count, "scored_count": count, "mean_score": mean, "spread_score": 0.2,
        "mean_pages": 5.0, "spread_pages": 2.0, "purchase_share": share, "mobile_share": 0.5, "direct_share": 0.5,
    }  # fmt: skip


def test_drift_is_an_effect_size_and_not_a_matter_of_many_visits() -> None:
    found = {d.name: d for d in drifts([_side(900, 0.30, 0.1, is_now=False), _side(900, 0.42, 0.1, is_now=True)])}
    assert found["score at the fifth page"].effect == pytest.approx(0.6)
    assert found["score at the fifth page"].words == "changed: train again"
    assert found["pages per visit"].effect == 0
    many = drifts([_side(10**6, 0.300, 0.1, is_now=False), _side(10**6, 0.302, 0.1, is_now=True)])
    assert {d.words for d in many} == {"as before"}


def test_drift_is_refused_below_the_least_number_of_visits() -> None:
    few = [_side(EACH_LEAST - 1, 0.1, 0.1, is_now=False), _side(900, 0.9, 0.9, is_now=True)]
    assert {d.effect for d in drifts(few)} == {None}
    assert all("are the least" in d.reason for d in drifts(few))
