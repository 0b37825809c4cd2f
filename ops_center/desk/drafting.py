"""Draft a warning for an incident from a template: its area, its texts; for officers and playbooks alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gis.rings import circle_ring, outer_rings
from ops_center.desk.incidents import OVER, context_of, logged
from ops_center.desk.ledger import Ledger
from ops_center.desk.warnings import Wanted, WarnedArea, colour_terms, edit, expire, first_revision, local, with_texts
from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident
from ops_center.domain.scales import WarningColour
from ops_center.domain.text import Json, Text
from ops_center.domain.warning import PublicWarning, WarningRevision, warning_id
from playbooks.areas import look_up
from playbooks.warning_template import TEXTS, WarningTemplate

COLOURS = {
    WarningColour.BLUE: Text("蓝色", "Blue"),
    WarningColour.YELLOW: Text("黄色", "Yellow"),
    WarningColour.ORANGE: Text("橙色", "Orange"),
    WarningColour.RED: Text("红色", "Red"),
}
LEAST_M, MOST_M = 50.0, 300_000.0
MOST_UNITS = 200
MOST_NAMED = 6  # of the counties an area touches, in its text
MOST_TEXT = 4_000  # characters
COUNTIES = "counties"


def draft_warning(
    ledger: Ledger, incident: Incident, args: Mapping[str, Json], mark: Mark, *, cause: str, task: str = ""
) -> PublicWarning:
    """Keep and return the draft that `cause` (a command or task id) makes; CommandRefused leaves nothing.

    `args`: template, colour; area (GeoJSON) | adcodes | buffer_m, else the template's buffer, else the
    incident's county; onset_ms, expires_ms | for_ms; texts. The same cause makes no second one.
    """
    identity = warning_id(ledger.deployment, incident.id, cause)
    known = ledger.state.warnings.get(identity)
    if known is not None:
        return known
    if incident.state in OVER:
        raise CommandRefused(f"the incident is {incident.state}", target=incident.id)
    template = template_of(ledger, str(args.get("template") or ""))
    wanted = wanted_of(ledger, incident, args, now_ms=mark.at_ms)
    if wanted.colour is None:
        raise CommandRefused("colour: is needed", target=incident.id, field="colour")
    wanted = replace(wanted, area=wanted.area or _usual_area(ledger, incident, template))
    bare = first_revision(template, wanted, template.texts, mark, now_ms=mark.at_ms)
    texts = {**filled(ledger, incident, template, bare), **(wanted.texts or {})}
    terms = colour_terms(template, bare.colour)
    warning = PublicWarning(
        id=identity,
        incident=incident.id,
        template=template.id,
        template_version=template.version,
        task=task,
        jurisdiction=incident.jurisdiction,
        status=incident.status,
        approvals_needed=terms.approvals,
        approver=template.approver,
        recipients=template.recipients,
        revisions=(with_texts(bare, texts),),
    )
    ledger.put(warning)
    note(ledger, warning, mark, Text("预警草拟：{headline}", "Warning drafted: {headline}"))
    return warning


def edited(ledger: Ledger, warning: PublicWarning, args: Mapping[str, Json], mark: Mark) -> PublicWarning:
    """Return the warning with its draft changed; texts nobody wrote by hand follow colour, area and times."""
    incident = ledger.state.incidents[warning.incident]
    template = ledger.definitions.warnings.get(warning.template)
    wanted = wanted_of(ledger, incident, args, now_ms=mark.at_ms)
    both: dict[str, tuple[Text, Text]] = {}
    if template is not None:
        before = filled(ledger, incident, template, warning.last)
        bare = replace(
            warning.last,
            colour=wanted.colour or warning.last.colour,
            area_text=wanted.area.text if wanted.area else warning.last.area_text,
            onset_ms=warning.last.onset_ms if wanted.onset_ms is None else wanted.onset_ms,
            expires_ms=warning.last.expires_ms if wanted.expires_ms is None else wanted.expires_ms,
        )
        after = filled(ledger, incident, template, bare)
        both = {name: (before[name], after[name]) for name in TEXTS}
    return edit(warning, wanted, mark, template=template, filled=both)


def template_of(ledger: Ledger, name: str) -> WarningTemplate:
    """Return a template in force; CommandRefused names the field."""
    found = ledger.definitions.warnings.get(name)
    if found is None:
        raise CommandRefused(f"template: no {name!r}", field="template")
    return found


def wanted_of(ledger: Ledger, incident: Incident, args: Mapping[str, Json], *, now_ms: int) -> Wanted:
    """Return what the arguments ask for; CommandRefused names the field that is wrong."""
    onset_ms = _time(args, "onset_ms")
    expires_ms = _time(args, "expires_ms")
    if args.get("for_ms") is not None:
        expires_ms = (now_ms if onset_ms is None else onset_ms) + (_time(args, "for_ms") or 0)
    return Wanted(
        colour=_colour(args.get("colour")),
        area=_area(ledger, incident, args),
        onset_ms=onset_ms,
        expires_ms=expires_ms,
        texts=_texts(args.get("texts")),
    )


def filled(ledger: Ledger, incident: Incident, template: WarningTemplate, revision: WarningRevision) -> dict[str, Text]:
    """Return the template's texts with their places filled; what is not known stays as ``{name}``."""
    return {
        name: Text(*(_fill(getattr(text, lang), _context(ledger, incident, revision, lang)) for lang in ("zh", "en")))
        for name, text in template.texts.items()
    }


def note(ledger: Ledger, warning: PublicWarning, mark: Mark, text: Text, **params: Json) -> None:
    """Log in the incident what became of its warning."""
    incident = ledger.state.incidents[warning.incident]
    headline = warning.last.headline
    words = Text(text.zh.replace("{headline}", headline.zh), text.en.replace("{headline}", headline.en))
    ledger.put(logged(incident, mark, words, warning.id, **params))


def lapse(ledger: Ledger, identity: str, at_ms: int) -> None:
    """Let a warning expire whose time has run out; a timer that is out of date does nothing."""
    warning = ledger.state.warnings.get(identity)
    if warning is None:
        return
    after = expire(warning, at_ms)
    if after != warning:
        ledger.put(after)
        mark = Mark(by="system", post="system", at_ms=at_ms)
        note(ledger, after, mark, Text("预警到期：{headline}", "Warning expired: {headline}"))


def _context(ledger: Ledger, incident: Incident, revision: WarningRevision, language: str) -> dict[str, Json]:
    onset, expires = (local(at, ledger.zone) for at in (revision.onset_ms, revision.expires_ms))
    area = (revision.area_text or Text("", "")).of(language)
    known = context_of(incident)
    place = str(look_up(known, "incident.place.text") or "")
    return {
        **known,
        "place": _county_name(ledger, incident, language) if place == incident.place.adcode else place,
        "colour": COLOURS[revision.colour].of(language),
        "area": area,
        "onset": _said(onset.month, onset.day, onset.hour, onset.minute, language),
        "expires": _said(expires.month, expires.day, expires.hour, expires.minute, language),
    }


def _county_name(ledger: Ledger, incident: Incident, language: str) -> str:
    units = ledger.places.covered(COUNTIES, [incident.place.adcode]) if incident.place.adcode else ()
    return _name(units[0], language) if len(units) == 1 else ""


def _said(month: int, day: int, hour: int, minute: int, language: str) -> str:
    if language == "zh":
        return f"{month}月{day}日{hour:02d}时{minute:02d}分"
    return f"{hour:02d}:{minute:02d} on {day} {_MONTHS[month - 1]}"


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip


def _fill(text: str, context: Mapping[str, Json]) -> str:
    head, *parts = text.split("{")
    out = [head]
    for part in parts:
        name, closed, rest = part.partition("}")
        value = look_up(context, name) if closed else None
        out.append(f"{value}{rest}" if value not in (None, "") else "{" + part)
    return "".join(out)


def _colour(given: Json) -> WarningColour | None:
    if given in (None, ""):
        return None
    try:
        return WarningColour(str(given))
    except ValueError:
        raise CommandRefused(f"colour: {given!r} is none of blue, yellow, orange, red", field="colour") from None


def _time(args: Mapping[str, Json], name: str) -> int | None:
    given = args.get(name)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 0 < given < 1 << 45:
        raise CommandRefused(f"{name}: {given!r} is no number of milliseconds", field=name)
    return given


def _texts(given: Json) -> Mapping[str, Text] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise CommandRefused("texts: a map of headline, description, instruction is wanted", field="texts")
    found: dict[str, Text] = {}
    for name, text in sorted(given.items()):
        if name not in TEXTS:
            raise CommandRefused(f"texts.{name}: unknown; one of {', '.join(TEXTS)}", field=f"texts.{name}")
        if not isinstance(text, Mapping) or set(text) != {"zh", "en"}:
            raise CommandRefused(f"texts.{name}: zh and en are wanted", field=f"texts.{name}")
        found[name] = Text(*(_plain(text[lang], f"texts.{name}.{lang}") for lang in ("zh", "en")))
    return found


def _plain(given: Json, field: str) -> str:
    """Return a text that XML can carry."""
    if not isinstance(given, str) or len(given) > MOST_TEXT:
        raise CommandRefused(f"{field}: a text of at most {MOST_TEXT} characters is wanted", field=field)
    for mark in given:
        if (mark < " " and mark not in "\t\n\r") or "\ud800" <= mark <= "\udfff" or mark in "\ufffe\uffff":
            raise CommandRefused(f"{field}: holds a control character", field=field)
    return given


def _area(ledger: Ledger, incident: Incident, args: Mapping[str, Json]) -> WarnedArea | None:
    given = [name for name in ("area", "adcodes", "buffer_m") if args.get(name) not in (None, "", [])]
    if len(given) > 1:
        raise CommandRefused(f"{given[1]}: give one of area, adcodes, buffer_m")
    match given:
        case ["area"]:
            return _of_shape(ledger, args["area"])
        case ["adcodes"]:
            return _of_units(ledger, args["adcodes"])
        case ["buffer_m"]:
            return _around(ledger, incident, args["buffer_m"])
    return None


def _usual_area(ledger: Ledger, incident: Incident, template: WarningTemplate) -> WarnedArea:
    if template.buffer_m and incident.place.lon_e7 is not None:
        return _around(ledger, incident, template.buffer_m)
    if incident.place.adcode:
        return _of_units(ledger, [incident.place.adcode])
    raise CommandRefused("area: the incident has no place; give area or adcodes", target=incident.id, field="area")


def _of_shape(ledger: Ledger, given: Json) -> WarnedArea:
    try:
        rings = outer_rings(given)
    except ValueError as error:
        raise CommandRefused(f"area: {error}", field="area") from error
    shape: dict[str, Json] = {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}
    if len(rings) == 1:
        shape = {"type": "Polygon", "coordinates": [rings[0]]}
    units = ledger.places.touching(COUNTIES, shape)
    named = _names(units)
    return WarnedArea(area=shape, adcodes=_codes(units), text=Text(f"{named.zh}部分区域", f"parts of {named.en}"))


def _around(ledger: Ledger, incident: Incident, given: Json) -> WarnedArea:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise CommandRefused(f"buffer_m: {given!r} is no number", field="buffer_m")
    if not LEAST_M <= given <= MOST_M:
        raise CommandRefused(f"buffer_m: {given} is not between {LEAST_M:g} and {MOST_M:g}", field="buffer_m")
    place = incident.place
    if place.lon_e7 is None or place.lat_e7 is None:
        raise CommandRefused("buffer_m: the incident has no point", target=incident.id, field="buffer_m")
    ring = circle_ring(place.lon_e7 / 1e7, place.lat_e7 / 1e7, radius_m=float(given))
    shape = {"type": "Polygon", "coordinates": [ring]}
    units = ledger.places.touching(COUNTIES, shape)
    far = f"{given / 1000:g}"
    named = _names(units)
    zh = f"事发地周边{far}公里" + (f"（{named.zh}）" if units else "")
    en = f"within {far} km of the scene" + (f" ({named.en})" if units else "")
    return WarnedArea(area=shape, adcodes=_codes(units), text=Text(zh, en))


def _of_units(ledger: Ledger, given: Json) -> WarnedArea:
    if not isinstance(given, list | tuple) or len(given) > MOST_UNITS:
        raise CommandRefused(f"adcodes: a list of at most {MOST_UNITS} codes is wanted", field="adcodes")
    codes = sorted({str(code) for code in given})
    units: dict[str, Mapping[str, Json]] = {}
    for code in codes:
        found = ledger.places.covered(COUNTIES, [code])
        if not found:
            raise CommandRefused(f"adcodes: {code!r} is no administrative unit here", field="adcodes")
        units |= {str(unit["key"]): unit for unit in found}
    return WarnedArea(area=None, adcodes=tuple(codes), text=_names([units[key] for key in sorted(units)]))


def _codes(units: Sequence[Mapping[str, Json]]) -> tuple[str, ...]:
    return tuple(sorted(str(unit["key"]) for unit in units))


def _names(listed: Sequence[Mapping[str, Json]]) -> Text:
    shown = listed[:MOST_NAMED]
    zh, en = ("、".join(_name(u, "zh") for u in shown), ", ".join(_name(u, "en") for u in shown))
    if len(listed) > MOST_NAMED:
        return Text(f"{zh}等{len(listed)}个县（市、区）", f"{en} and {len(listed) - MOST_NAMED} more counties")
    return Text(zh, en)


def _name(unit: Mapping[str, Json], language: str) -> str:
    named = unit.get("name") if language == "zh" else unit.get("name_en") or unit.get("name")
    return str(named or unit["key"])
