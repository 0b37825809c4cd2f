"""What officers note of an incident, as pure functions: facts, claims, grade, responses, command, papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ops_center.desk.incidents import logged, need_open
from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Attachment, Claim, Graded, Incident, Place, Response
from ops_center.domain.law import LEVELS, grade_of
from ops_center.domain.scales import EventGrade, ResponseLevel
from ops_center.domain.text import Json, Text

# What is counted of people and losses; persons but for the loss.
CLAIMS: Mapping[str, Text] = {
    "deaths": Text("死亡", "deaths"),
    "serious_injuries": Text("重伤", "serious injuries"),
    "minor_injuries": Text("轻伤", "minor injuries"),
    "poisoned": Text("急性中毒", "acutely poisoned"),
    "missing": Text("失踪", "missing"),
    "trapped": Text("被困", "trapped"),
    "evacuated": Text("转移", "evacuated"),
    "loss_cny": Text("直接经济损失（元）", "direct loss (CNY)"),
}
MOST_CLAIM = 10**13
MOST_TEXT = 10_000
GRADING = ("deaths", "serious_injuries", "poisoned", "loss_cny")


def update(
    incident: Incident,
    mark: Mark,
    *,
    command: str,
    seen_ms: int | None,
    place: Place | None = None,
    jurisdiction: str = "",
    **changes: Json,
) -> Incident:
    """Return the incident with other facts; what somebody changed since `seen_ms` is not written over.

    `changes` are kind, title, reporter, and fields as a map that is merged.
    """
    need_open(incident, "changed")
    fields: Mapping[str, Json] = changes.pop("fields", None) or {}
    wanted: dict[str, Json] = {name: value for name, value in changes.items() if value is not None}
    named = {f"fields.{name}": value for name, value in fields.items()}
    if place is not None:
        wanted |= {"place": place, "jurisdiction": jurisdiction or incident.jurisdiction}
    changed = sorted(name for name, value in wanted.items() if getattr(incident, name) != value)
    changed += sorted(name for name, value in named.items() if incident.fields.get(name[7:]) != value)
    if not changed:
        raise _last_edit(incident, [*wanted, *named], "nothing would change")
    _not_behind(incident, changed, mark, seen_ms)
    edited = replace(
        incident,
        **wanted,
        fields=dict(sorted({**incident.fields, **fields}.items())),
        edits=dict(sorted({**incident.edits, **dict.fromkeys(changed, mark)}.items())),
    )
    text = Text("修改：{what}", "Changed: {what}")
    return logged(edited, mark, text, command, what=", ".join(name.removeprefix("fields.") for name in changed))


def note(incident: Incident, mark: Mark, *, command: str, text: str) -> Incident:
    """Return the incident with a line of the officer's own in its log; one that is over takes notes too."""
    _need_text(incident, text, "text")
    return logged(incident, mark, Text("{words}", "{words}"), command, words=text)


def state_claim(incident: Incident, mark: Mark, *, command: str, what: str, value: int, source: str) -> Incident:
    """Return the incident with one more figure; earlier ones stay."""
    need_open(incident, "added to")
    if what not in CLAIMS:
        raise CommandRefused(f"{what!r} is not counted", target=incident.id, field="what")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_CLAIM:
        raise CommandRefused(f"{value!r} is not a whole number of 0 or more", target=incident.id, field="value")
    _need_text(incident, source, "source")
    before = next((one for one in reversed(incident.claims) if (one.what, one.source) == (what, source)), None)
    if before is not None and before.value == value:
        raise CommandRefused(f"{source} said so already", target=incident.id, at_ms=before.at_ms)
    claim = Claim(what=what, value=value, at_ms=mark.at_ms, source=source)
    stated = replace(incident, claims=(*incident.claims, claim))
    named = CLAIMS[what]
    text = Text(f"{named.zh}：{{value}}（{{source}}）", f"{named.en}: {{value}} ({{source}})")
    return logged(stated, mark, text, command, value=value, source=source)


def current(claims: Sequence[Claim]) -> dict[str, int]:
    """Return the figure of each count: the newest of every source, of these the highest."""
    newest: dict[tuple[str, str], int] = {}
    for claim in claims:
        newest[claim.what, claim.source] = claim.value
    found: dict[str, int] = {}
    for (what, _), value in sorted(newest.items()):
        found[what] = max(value, found.get(what, 0))
    return found


def suggested_grade(claims: Sequence[Claim]) -> EventGrade | None:
    """Return the grade the claims amount to by 国务院令493 art. 3; None where nothing was said that counts."""
    known = current(claims)
    if not any(what in known for what in GRADING):
        return None
    return grade_of(
        deaths=known.get("deaths", 0),
        serious_injuries=known.get("serious_injuries", 0) + known.get("poisoned", 0),
        loss_cny=known.get("loss_cny", 0),
    )


def grade(incident: Incident, mark: Mark, *, command: str, to: EventGrade, reason: str) -> Incident:
    """Return the incident graded by a person; earlier grades stay."""
    need_open(incident, "graded")
    _need_text(incident, reason, "reason")
    if incident.grade is to:
        held = incident.grades[-1].mark
        raise CommandRefused(f"graded {to} by {held.by}", target=incident.id, by=held.by, at_ms=held.at_ms)
    graded = replace(incident, grades=(*incident.grades, Graded(grade=to, reason=reason, mark=mark)))
    text = Text("定级：{grade}（{reason}）", "Graded {grade}: {reason}")
    return logged(graded, mark, text, command, grade=str(to), reason=reason)


def respond(incident: Incident, mark: Mark, *, command: str, jurisdiction: str, level: ResponseLevel) -> Incident:
    """Return the incident with a response begun; another level ends the one that runs there."""
    need_open(incident, "responded to")
    held = running(incident, jurisdiction)
    if held is not None and held.level is level:
        by = held.started
        raise CommandRefused(f"level {level} was started by {by.by}", target=incident.id, by=by.by, at_ms=by.at_ms)
    responses = _ended(incident, jurisdiction, mark) if held is not None else incident.responses
    begun = Response(jurisdiction=jurisdiction, level=level, started=mark)
    text = Text("{jurisdiction} 启动 {level} 级响应", "{jurisdiction} starts level {level}")
    changed = replace(incident, responses=(*responses, begun))
    return logged(changed, mark, text, command, jurisdiction=jurisdiction, level=str(level))


def end_response(incident: Incident, mark: Mark, *, command: str, jurisdiction: str) -> Incident:
    """Return the incident with a jurisdiction's response ended."""
    if running(incident, jurisdiction) is None:
        ended = [one.ended for one in incident.responses if one.jurisdiction == jurisdiction and one.ended]
        by = ended[-1] if ended else None
        raise CommandRefused(
            f"no response of {jurisdiction} runs",
            target=incident.id,
            by=by.by if by else "",
            at_ms=by.at_ms if by else None,
        )
    changed = replace(incident, responses=_ended(incident, jurisdiction, mark))
    text = Text("{jurisdiction} 终止响应", "{jurisdiction} ends its response")
    return logged(changed, mark, text, command, jurisdiction=jurisdiction)


def running(incident: Incident, jurisdiction: str) -> Response | None:
    """Return the response of a jurisdiction that has not ended."""
    return next((one for one in incident.responses if one.jurisdiction == jurisdiction and one.ended is None), None)


def command_level(incident: Incident, mark: Mark, *, command: str, level: str, reason: str) -> Incident:
    """Return the incident under another level's command (山东省突发事件应对条例 art. 35)."""
    need_open(incident, "commanded")
    if level not in LEVELS:
        raise CommandRefused(f"{level!r} is none of {', '.join(LEVELS)}", target=incident.id, field="level")
    _need_text(incident, reason, "reason")
    if incident.command_level == level:
        raise CommandRefused(f"it is commanded by the {level} already", target=incident.id)
    changed = replace(incident, command_level=level)
    text = Text("指挥层级：{level}（{reason}）", "Commanded by the {level}: {reason}")
    return logged(changed, mark, text, command, level=level, reason=reason)


def attach(incident: Incident, mark: Mark, *, command: str, attachment: Attachment) -> Incident:
    """Return the incident with a file's hash; one that is over takes papers too."""
    given = attachment.sha256
    if len(given) != 64 or not set(given) <= set("0123456789abcdef"):
        raise CommandRefused("not a SHA-256 in small hexadecimal digits", target=incident.id, field="sha256")
    if not attachment.name.strip() or attachment.size < 0:
        raise CommandRefused("an attachment has a name and a size", target=incident.id, field="name")
    held = next((one for one in incident.attachments if one.sha256 == given), None)
    if held is not None:
        by = held.mark
        raise CommandRefused(f"attached by {by.by} already", target=incident.id, by=by.by, at_ms=by.at_ms)
    changed = replace(incident, attachments=(*incident.attachments, attachment))
    return logged(changed, mark, Text("附件：{name}", "Attached: {name}"), command, name=attachment.name)


def set_parent(incident: Incident, mark: Mark, *, command: str, above: Sequence[Incident]) -> Incident:
    """Return the incident below the first of `above` (that one, its parent, ...); none takes it out."""
    need_open(incident, "moved")
    parent = above[0] if above else None
    if (parent.id if parent else "") == incident.parent:
        raise CommandRefused("it stands there already", target=incident.id)
    if parent is not None:
        need_open(parent, "made a parent")
        if any(one.id == incident.id for one in above):
            raise CommandRefused("an incident cannot stand below itself", target=incident.id, field="parent")
        if parent.status is not incident.status:
            reason = f"{parent.status} and {incident.status} are never joined"
            raise CommandRefused(reason, target=incident.id, field="parent")
    changed = replace(incident, parent=parent.id if parent else "")
    if parent is None:
        return logged(changed, mark, Text("脱离上级事件", "Taken out of its parent"), command)
    return logged(changed, mark, Text("归入 {number}", "Part of {number}"), command, number=parent.number)


def _ended(incident: Incident, jurisdiction: str, mark: Mark) -> tuple[Response, ...]:
    return tuple(
        replace(one, ended=mark) if one.jurisdiction == jurisdiction and one.ended is None else one
        for one in incident.responses
    )


def _not_behind(incident: Incident, changed: Sequence[str], mark: Mark, seen_ms: int | None) -> None:
    """Refuse to write over what another person changed after what this one saw."""
    for name in changed:
        last = incident.edits.get(name)
        if seen_ms is not None and last is not None and last.at_ms > seen_ms and last.by != mark.by:
            raise CommandRefused(f"{name} was changed by {last.by}", target=incident.id, by=last.by, at_ms=last.at_ms)


def _last_edit(incident: Incident, names: Sequence[str], reason: str) -> CommandRefused:
    marks = [incident.edits[name] for name in names if name in incident.edits]
    last = max(marks, key=lambda one: one.at_ms, default=None)
    return CommandRefused(reason, target=incident.id, by=last.by if last else "", at_ms=last.at_ms if last else None)


def _need_text(incident: Incident, text: str, field: str) -> None:
    if not text.strip():
        raise CommandRefused(f"{field} is empty", target=incident.id, field=field)
    if len(text) > MOST_TEXT:
        raise CommandRefused(f"{field} is longer than {MOST_TEXT} characters", target=incident.id, field=field)
