"""Calendars in named zones, against a plain reading of the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_center.content import built_in, load_tree, parse_document
from ops_center.domain.errors import ContentError
from ops_center.domain.quantity import parse_iso
from playbooks.calendar import WindowCalendar, read_calendar, read_calendars

HEAD = "id: cal\ntitle: {zh: 历, en: Calendar}\nzone: Asia/Shanghai\n"


def calendar(text: str) -> WindowCalendar:
    return read_calendar(parse_document(HEAD + text, file="c.yml"))


def holds(found: WindowCalendar, when: str) -> bool:
    return bool(found.holds(np.array([parse_iso(when)]))[0])


def shipped(name: str) -> WindowCalendar:
    return read_calendars(load_tree([built_in()])[0])[0][name]


@pytest.mark.parametrize(
    ("when", "banned"),
    [
        ("2021-04-20T15:59:59Z", False),
        ("2021-04-20T16:00:00Z", True),
        ("2021-04-20T21:59:59Z", True),
        ("2021-04-20T22:00:00Z", False),
    ],
)
def test_a_window_is_local_time_and_closes_at_its_end(when: str, banned: bool):
    assert holds(shipped("sd-night-v3"), when) == banned


def test_the_versions_of_the_night_ban_hand_over_at_midnight():
    found = [shipped(f"sd-night-v{n}") for n in (1, 2, 3)]
    midnight = parse_iso("2019-01-15T00:00:00+08:00")
    around = np.array([midnight - 1, midnight])
    assert [list(c.holds(around)) for c in found] == [[True, False], [False, True], [False, False]]


def test_a_holiday_ends_at_midnight_of_its_last_day():
    ban = shipped("sd-holiday-2015")
    assert ban.edges(parse_iso("2015-06-01T00:00:00Z"), parse_iso("2015-07-01T00:00:00Z")) == [
        parse_iso("2015-06-20T00:00:00+08:00"),
        parse_iso("2015-06-23T00:00:00+08:00"),
    ]


def test_schools_are_closed_on_holidays_and_open_on_a_make_up_day():
    school = shipped("school_hours")
    assert holds(school, "2026-09-07T07:42:00+08:00")
    assert not holds(school, "2026-09-06T07:42:00+08:00")
    assert not holds(school, "2026-10-01T07:42:00+08:00")
    assert holds(school, "2026-10-10T07:42:00+08:00")


def test_windows_that_touch_have_no_edge_between_them():
    found = calendar('windows: [{from: "22:00", to: "24:00"}, {from: "00:00", to: "06:00"}]')
    assert found.edges(parse_iso("2026-01-01T12:00:00+08:00"), parse_iso("2026-01-02T12:00:00+08:00")) == [
        parse_iso("2026-01-01T22:00:00+08:00"),
        parse_iso("2026-01-02T06:00:00+08:00"),
    ]


def test_the_hour_that_comes_twice_is_wholly_inside():
    text = HEAD.replace("Asia/Shanghai", "Europe/Berlin") + 'windows: [{from: "02:00", to: "03:00"}]'
    found = read_calendar(parse_document(text))
    # 2026-10-25: 02:00-03:00 CEST (00:00Z) and again CET (01:00Z)
    assert [holds(found, f"2026-10-25T{at}Z") for at in ("00:00:00", "01:59:59", "02:00:00")] == [True, True, False]
    # 2026-03-29: the clock goes from 02:00 to 03:00, the window is empty
    day = parse_iso("2026-03-29T00:00:00+00:00")
    assert not found.holds(np.arange(day, day + 12 * 3_600_000, 60_000)).any()


@given(
    st.integers(parse_iso("2018-01-01T00:00:00Z"), parse_iso("2022-01-01T00:00:00Z")),
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1),
)
def test_holds_equals_the_wall_clock_where_no_clock_changes(at_ms: int, start: int, length: int, days: set[str]):
    end = start + length
    clock = f'from: "{start // 60:02d}:{start % 60:02d}", to: "{end % 1440 // 60:02d}:{end % 60:02d}"'
    found = calendar(f"windows: [{{days: [{', '.join(sorted(days))}], {clock}}}]")
    local = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(ZoneInfo("Asia/Shanghai"))
    minute = local.hour * 60 + local.minute + local.second / 60
    today, yesterday = f"{local:%a}".lower(), f"{local - timedelta(days=1):%a}".lower()
    plain = (today in days and start <= minute < end) or (yesterday in days and minute + 1440 < end)
    assert bool(found.holds(np.array([at_ms]))[0]) == plain


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_holds_is_the_same_for_a_batch_and_for_its_rows(offsets: list[int]):
    night = shipped_night()
    times = np.array(offsets) + parse_iso("2019-01-10T00:00:00Z")
    assert list(night.holds(times)) == [bool(night.holds(times[i : i + 1])[0]) for i in range(len(times))]


def shipped_night() -> WindowCalendar:
    return calendar('windows: [{from: "19:00", to: "06:00"}]\nvalid: {to: "2019-01-14"}')


@given(st.integers(0, 400), st.integers(0, 400))
def test_membership_changes_exactly_at_the_edges(first_h: int, more_h: int):
    night = shipped_night()
    start = parse_iso("2019-01-05T00:30:00Z") + first_h * 3_600_000
    end = start + more_h * 3_600_000
    inside = bool(night.holds(np.array([start]))[0])
    for edge in night.edges(start, end):
        assert list(night.holds(np.array([edge - 1, edge]))) == [inside, not inside]
        inside = not inside
    assert bool(night.holds(np.array([end]))[0]) == inside


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('windows: [{from: "25:00", to: "06:00"}]', "a time in quotes"),
        ('windows: [{from: "24:00", to: "06:00"}]', "cannot open at 24:00"),
        ('windows: [{dates: ["2026-02-30"], from: "01:00", to: "06:00"}]', "no date"),
        ('windows: [{days: [mond], from: "01:00", to: "06:00"}]', "none of"),
        ("windows: [{from: 22:00, to: 06:00}]", "quote it"),
    ],
)
def test_a_wrong_calendar_is_refused(text: str, reason: str):
    with pytest.raises(ContentError, match=reason) as caught:
        calendar(text)
    assert caught.value.line == 4
