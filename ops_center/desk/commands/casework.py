"""Commands that note what is known of an incident and who deals with it."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk import casework, intake, reports
from ops_center.desk.commands.incidents import keep, within
from ops_center.desk.commands.targets import Handler, incident_of, said
from ops_center.desk.ledger import Ledger
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Attachment, Incident, ReportKind
from ops_center.domain.jurisdiction import covers
from ops_center.domain.scales import EventGrade, ResponseLevel
from ops_center.domain.text import Text

_PLACE = ("lon", "lat", "lon_e7", "lat_e7", "adcode", "county", "place", "road", "stake", "text")


def _update(ledger: Ledger, command: Command, mark: Mark) -> None:
    args = command.args
    incident = incident_of(ledger, command.target)
    place = None
    if any(args.get(name) is not None for name in _PLACE):
        place = intake.place_of(args, ledger.places)
        within(ledger, command, place)
    kind, title, seen = args.get("kind"), args.get("title"), args.get("seen_ms")
    if kind is not None and ledger.definitions.incident_kinds and kind not in ledger.definitions.incident_kinds:
        raise CommandRefused(f"no kind {kind!r}", target=command.target, field="kind")
    changed = casework.update(
        incident,
        mark,
        command=command.id,
        seen_ms=None if seen is None else int(seen),
        place=place,
        jurisdiction=place.adcode if place else "",
        kind=kind,
        title=Text(str(title["zh"]), str(title["en"])) if isinstance(title, Mapping) else None,
        reporter=args.get("reporter"),
        fields=args.get("fields"),
    )
    if kind is not None and changed.verified is not None:
        changed = reports.owe_first(changed, ledger.definitions.kinds.get(str(kind)), at_ms=mark.at_ms)
    keep(ledger, changed)


def _note(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = incident_of(ledger, command.target)
    ledger.put(casework.note(incident, mark, command=command.id, text=said(command, "text")))


def _state_claim(ledger: Ledger, command: Command, mark: Mark) -> None:
    what = str(command.args["what"])
    stated = casework.state_claim(
        incident_of(ledger, command.target),
        mark,
        command=command.id,
        what=what,
        value=command.args["value"],
        source=said(command, "source"),
    )
    kind = ledger.definitions.kinds.get(stated.kind)
    keep(ledger, reports.owe_change(stated, kind, what=what, at_ms=mark.at_ms))


def _grade(ledger: Ledger, command: Command, mark: Mark) -> None:
    to = _one_of(EventGrade, command, "grade")
    incident = incident_of(ledger, command.target)
    ledger.put(casework.grade(incident, mark, command=command.id, to=EventGrade(to), reason=said(command, "reason")))


def _respond(ledger: Ledger, command: Command, mark: Mark) -> None:
    level = ResponseLevel(_one_of(ResponseLevel, command, "level"))
    incident, code = incident_of(ledger, command.target), _whose(command)
    ledger.put(casework.respond(incident, mark, command=command.id, jurisdiction=code, level=level))


def _end_response(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident, code = incident_of(ledger, command.target), _whose(command)
    ledger.put(casework.end_response(incident, mark, command=command.id, jurisdiction=code))


def _command_level(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident, level = incident_of(ledger, command.target), said(command, "level")
    reason = said(command, "reason")
    ledger.put(casework.command_level(incident, mark, command=command.id, level=level, reason=reason))


def _report(ledger: Ledger, command: Command, mark: Mark) -> None:
    kind = ReportKind(_one_of(ReportKind, command, "report"))
    sent = reports.sent(
        incident_of(ledger, command.target),
        mark,
        command=command.id,
        kind=kind,
        text=said(command, "text"),
        reported_to=said(command, "reported_to"),
        receipt=said(command, "receipt"),
    )
    keep(ledger, sent)


def _attach(ledger: Ledger, command: Command, mark: Mark) -> None:
    size = command.args["size"]
    attachment = Attachment(
        sha256=said(command, "sha256"),
        name=said(command, "name"),
        media_type=said(command, "media_type") or "application/octet-stream",
        size=int(size),
        mark=mark,
    )
    incident = incident_of(ledger, command.target)
    ledger.put(casework.attach(incident, mark, command=command.id, attachment=attachment))


def _set_parent(ledger: Ledger, command: Command, mark: Mark) -> None:
    above: list[Incident] = []
    parent = str(command.args["parent"])
    while parent and all(parent != one.id for one in above):
        above.append(incident_of(ledger, parent))
        parent = above[-1].parent
    incident = incident_of(ledger, command.target)
    ledger.put(casework.set_parent(incident, mark, command=command.id, above=above))


def _whose(command: Command) -> str:
    """Return the jurisdiction a response is of: the officer's own, or one inside it."""
    code = said(command, "jurisdiction") or command.actor.jurisdiction
    if not covers(command.actor.jurisdiction, code):
        reason = f"{code} lies outside {command.actor.jurisdiction}"
        raise CommandRefused(reason, target=command.target, field="jurisdiction")
    return code


def _one_of(scale: type[EventGrade | ResponseLevel | ReportKind], command: Command, name: str) -> str:
    value = said(command, name)
    names = [str(one) for one in scale]
    if value not in names:
        raise CommandRefused(f"{value!r} is none of {', '.join(names)}", target=command.target, field=name)
    return value


HANDLERS: Mapping[str, Handler] = {
    kinds.UPDATE: _update,
    kinds.NOTE: _note,
    kinds.STATE_CLAIM: _state_claim,
    kinds.GRADE: _grade,
    kinds.RESPOND: _respond,
    kinds.END_RESPONSE: _end_response,
    kinds.COMMAND_LEVEL: _command_level,
    kinds.REPORT: _report,
    kinds.ATTACH: _attach,
    kinds.SET_PARENT: _set_parent,
}
