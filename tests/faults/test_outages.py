"""A centre whose database, broker, disk or clock fails says so, says what to do, loses nothing and recovers by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.faults.centre import Centre, working
from tests.faults.outages import OUTAGES

SECONDS = 4.0  # each lasts so long once it is shown; ten minutes in the long form

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def centre(kafka_address: str, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    with working(tmp_path_factory.mktemp("centre")) as found:
        yield found


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_is_shown_with_what_to_do_loses_nothing_and_is_got_over(
    outage: str, centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    told = OUTAGES[outage](centre, SECONDS)
    assert re.match(r"new alarms after [\d.]+ s, banner gone after [\d.]+ s: .+", told)
    with capsys.disabled():
        print(f"\n{outage}: {told}")
