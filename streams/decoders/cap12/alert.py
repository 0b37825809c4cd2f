"""Read one <alert>: its header for people, and the hazard revision it makes."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from ops_center.domain.world import HazardRevision
from streams.decoders.cap12 import area as areas
from streams.decoders.cap12 import values
from streams.decoders.cap12.vocabulary import NAMESPACES, SEVERITY, SIGNATURE
from streams.decoders.cn_warning_codes.headline import colour_of
from streams.xml_input import child, children, namespace, text_in

_HEAD = ("identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction", "note")
_ONE = ("language", "event", "urgency", "severity", "certainty", "audience", "effective", "onset", "expires")
_PROSE = ("senderName", "headline", "description", "instruction", "web", "contact")
# MeteoAlarm's parameter: "2; yellow; Moderate".
_LEVEL = "awareness_level"


def version_of(alert: etree._Element) -> str:
    """Return the CAP version of an <alert> by its namespace, "" where it is none."""
    return NAMESPACES.get(namespace(alert), "")


def header(alert: etree._Element) -> dict[str, Json]:
    """Return the alert's elements by their CAP names; empty ones are null, areas are counted and listed."""
    head: dict[str, Json] = {"cap_version": version_of(alert) or None}
    head |= {name: text_in(child(alert, name)) for name in _HEAD}
    head["addresses"] = values.quoted_list(text_in(child(alert, "addresses")) or "")
    head["code"] = _all(alert, "code")
    head["references"] = text_in(child(alert, "references"))
    head["incidents"] = text_in(child(alert, "incidents"))
    head["infos"] = [_info(info) for info in children(alert, "info")]
    head["has_signature"] = signed(alert)
    return head


def signed(alert: etree._Element) -> bool:
    """Return True where the alert carries an XML signature; it is recorded, not verified."""
    return alert.find(f".//{{{SIGNATURE}}}Signature") is not None


def _all(element: etree._Element, name: str) -> list[str]:
    return [text for part in children(element, name) if (text := text_in(part))]


def _info(info: etree._Element) -> dict[str, Json]:
    found: dict[str, Json] = {name: text_in(child(info, name)) for name in (*_ONE, *_PROSE)}
    found["category"] = _all(info, "category")
    found["responseType"] = _all(info, "responseType")
    found["eventCode"] = _pairs(info, "eventCode")
    found["parameter"] = _pairs(info, "parameter")
    blocks = children(info, "area")
    found["areas"] = len(blocks)
    found |= {f"{kind}s": sum(len(children(b, kind)) for b in blocks) for kind in ("polygon", "circle", "geocode")}
    found["resources"] = len(children(info, "resource"))
    found["area"] = [_area(block) for block in blocks]
    return found


def _pairs(info: etree._Element, name: str) -> list[list[str | None]]:
    found: list[list[str | None]] = []
    for part in children(info, name):
        if len(part):
            found.append([text_in(child(part, "valueName")), text_in(child(part, "value"))])
        else:  # CAP 1.0
            key, _, value = (part.text or "").strip().partition("=")
            found.append([key or None, value or None])
    return found


def _area(block: etree._Element) -> dict[str, Json]:
    return {
        "areaDesc": text_in(child(block, "areaDesc")),
        "polygon": [values.polygon(text_in(e) or "") for e in children(block, "polygon")],
        "circle": [values.circle(text_in(e) or "") for e in children(block, "circle")],
        "geocode": areas.geocodes(block),
        "altitude": text_in(child(block, "altitude")),
        "ceiling": text_in(child(block, "ceiling")),
    }


def hazard(alert: etree._Element, *, received_ms: int | None = None) -> HazardRevision | None:
    """Return the revision an alert makes, None where it is no warning (Ack, Error, Draft).

    The hazard's id is that of the earliest alert referenced, so updates that list their whole chain
    share it; `fields.references` names every alert this one replaces, for chains that do not.
    `received_ms` stands in for a missing <sent> of an excerpt.
    """
    version = version_of(alert) or "1.2"
    action = {"Alert": "alert", "Update": "update", "Cancel": "cancel"}.get(text_in(child(alert, "msgType")) or "Alert")
    status = text_in(child(alert, "status")) or "Actual"
    sent_text = text_in(child(alert, "sent")) or ""
    issued = values.time_ms(sent_text, version=version)
    issued = received_ms if issued is None else issued
    if action is None or status == "Draft" or issued is None:
        return None
    triplets = values.references(text_in(child(alert, "references")) or "", version=version) or []
    own = (text_in(child(alert, "sender")) or "", text_in(child(alert, "identifier")) or "", sent_text)
    first = min(triplets, key=lambda t: (values.time_ms(t[2], version=version) or issued, t)) if triplets else own
    infos = children(alert, "info")
    worst = min(infos, key=_rank, default=None)
    where = areas.of_infos(infos)
    return HazardRevision(
        id=f"cap:{first[0]},{first[1]}",
        revision=",".join(own),
        kind="warning",
        event_code=_event_code(worst),
        title=_titles(infos),
        issued_ms=issued,
        onset_ms=_earliest(infos, version),
        expires_ms=_times(infos, "expires", version)[-1] if _times(infos, "expires", version) else None,
        action=action,
        status=Status(status.lower()),
        colour=_colour(infos),
        lon_e7=where.lon_e7,
        lat_e7=where.lat_e7,
        area=where.geometry,
        adcodes=where.adcodes,
        fields=_fields(alert, worst, where, [f"cap:{s},{i}" for s, i, _ in triplets]),
    )


def spread(revision: HazardRevision, status: Status) -> HazardRevision:
    """Return the revision under its feed's status: nothing actual comes out of an exercise (MODEL: Identity)."""
    return revision if status is Status.ACTUAL else replace(revision, status=status)


def _rank(info: etree._Element) -> int:
    severity = text_in(child(info, "severity"))
    return SEVERITY.index(severity) if severity in SEVERITY else len(SEVERITY)


def _times(infos: list[etree._Element], name: str, version: str) -> list[int]:
    found = [values.time_ms(text_in(child(info, name)) or "", version=version) for info in infos]
    return sorted(at for at in found if at is not None)


def _earliest(infos: list[etree._Element], version: str) -> int | None:
    """Return when the event starts; 3.2.2: without <onset> and <effective> it holds from <sent>."""
    found = _times(infos, "onset", version) or _times(infos, "effective", version)
    return found[0] if found else None


def _event_code(info: etree._Element | None) -> str:
    pairs = _pairs(info, "eventCode") if info is not None else []
    return next((value for _, value in pairs if value), "")


def _titles(infos: list[etree._Element]) -> dict[str, str]:
    """Return headline (or event) per language; 3.2.2: <language> is en-US where absent."""
    titles: dict[str, str] = {}
    for info in infos:
        language = (text_in(child(info, "language")) or "en-US").split("-")[0].lower()
        text = text_in(child(info, "headline")) or text_in(child(info, "event"))
        if text:
            titles.setdefault(language, text)
    return titles


def _colour(infos: list[etree._Element]) -> str:
    """Return the colour only where the source states one; severity is another scale."""
    for info in infos:
        for name, value in _pairs(info, "parameter"):
            if name == _LEVEL and value and (colour := colour_of(value)):
                return colour
        if colour := colour_of(text_in(child(info, "headline")) or ""):
            return colour
    return ""


def _fields(
    alert: etree._Element, info: etree._Element | None, where: areas.Area, replaces: list[str]
) -> dict[str, Json]:
    fields: dict[str, Json] = {
        "sender": text_in(child(alert, "sender")),
        "scope": text_in(child(alert, "scope")),
        "signed": signed(alert),
        "references": replaces,
        "area_names": list(where.names),
        "geocodes": [list(pair) for pair in where.geocodes],
        "infos": len(children(alert, "info")),
    }
    if info is None:
        return fields
    for name, key in (
        *((n, n) for n in ("event", "urgency", "severity", "certainty", "headline", "description", "instruction")),
        ("senderName", "sender_name"),
        ("web", "web"),
    ):
        fields[key] = text_in(child(info, name))
    fields["category"], fields["response_type"] = _all(info, "category"), _all(info, "responseType")
    fields["parameters"] = _pairs(info, "parameter")
    return fields
