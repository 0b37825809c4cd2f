"""Dispositions: a closed list from content, checked by the desk; "other" needs words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops_center.content import built_in, load_tree
from ops_center.domain import command as kinds
from ops_center.domain.text import Message
from playbooks.book_read import load_dispositions
from tests.desk.stage import CONTENT
from tests.desk.test_races import KNOWING, Scene, Stage

SHIPPED = load_dispositions(load_tree([built_in()])[0])


def scene() -> Scene:
    return Scene(stage=Stage(definitions=replace(KNOWING, dispositions=SHIPPED)))


def test_the_shipped_list_has_words_in_both_languages_and_ends_with_other():
    assert list(SHIPPED)[-1] == "other"
    assert SHIPPED["other"].remarks
    for of in ("alarm", "incident"):
        assert next(one.id for one in SHIPPED.values() if of in one.of) == "handled"
    assert all(one.title.zh and one.title.en for one in SHIPPED.values())


@pytest.mark.parametrize(
    ("kind", "args", "field"),
    [
        (kinds.CLOSE_ALERT, {"disposition": "driver called"}, "disposition"),
        (kinds.CLOSE_ALERT, {"disposition": "watched_on"}, "disposition"),  # an incident's
        (kinds.CLOSE_ALERT, {"disposition": "other"}, "remarks"),
        (kinds.CLOSE_ALERT, {"disposition": ""}, "disposition"),
        (kinds.CLOSE, {"disposition": "equipment_fault"}, "disposition"),  # an alarm's
        (kinds.CLOSE, {"disposition": "other", "remarks": "  "}, "remarks"),
    ],
)
def test_what_is_not_in_the_list_or_lacks_its_words_is_refused_with_its_field(kind: str, args: dict, field: str):
    found = scene()
    target = found.fire() if kind == kinds.CLOSE_ALERT else found.call()
    before = found.known()
    result = found.give(kind, target, **args)
    assert (result["accepted"], result["field"]) == (False, field), result
    assert found.known() == before


def test_an_alarm_keeps_its_disposition_and_the_words_until_it_fires_again():
    found = scene()
    alert = found.fire()
    found.must(kinds.CLOSE_ALERT, alert, disposition="other", remarks="driver called")
    assert (found.state.alerts[alert].disposition, found.state.alerts[alert].remarks) == ("other", "driver called")


def test_an_incidents_log_says_the_disposition_in_the_readers_language():
    found = scene()
    incident = found.call()
    found.must(kinds.CLOSE, incident, disposition="handed_over", remarks="to the city")
    line = found.state.incidents[incident].log[-1]
    message = Message(template=line.text, params=line.params)
    assert message.render("zh") == "结案：移交其他单位（to the city）"
    assert message.render("en") == "Closed: Handed to another authority (to the city)"


def test_without_a_list_any_words_are_one():
    assert CONTENT.dispositions == {}
    found = Scene()
    alert = found.fire()
    found.must(kinds.CLOSE_ALERT, alert, disposition="driver called")
