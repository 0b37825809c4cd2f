"""Rows of runs: telephone numbers of those who were told are covered for roles that need them not."""

from __future__ import annotations

import json

from ops_center.api.masking import Opaque
from ops_center.api.rows import Shown
from ops_center.api.scope import Scope
from ops_center.domain.run import PlaybookRun, Task
from ops_center.domain.text import Text

PHONE = "00012345678"
RUN = PlaybookRun(
    id="run-1",
    playbook="b",
    version="1",
    incident="i",
    title=Text("", ""),
    started_ms=0,
    started_by="",
    tasks=(
        Task(
            id="task-1", run="run-1", incident="i", step="schools/@sc-1/call", kind="notify", title=Text("", ""),
            owner="duty_officer", bound={"school": {"key": "sc-1", "duty_phone": PHONE}},
            deliveries=((PHONE, "sent"), ("county_duty", "sent")),
        ),
    ),
)  # fmt: skip


def row(*, unmasked: bool) -> str:
    scope = Scope(deployment="370000", jurisdiction="370000", unmasked=unmasked, trials=False)
    return json.dumps(Shown(scope=scope, opaque=Opaque()).run(RUN))


def test_a_recipients_number_is_covered_wherever_it_stands_and_an_officer_sees_it():
    assert row(unmasked=True).count(PHONE) == 2
    assert PHONE not in row(unmasked=False)
    assert "county_duty" in row(unmasked=False)
