"""Encode a published warning as a CAP 1.2 alert (OASIS, 1 July 2010): the other end of the decoder.

A pure function of the warning and its revision, so that the message of an identifier is the same
bytes for ever. Section numbers are those of the standard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from lxml import etree

from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text
from ops_center.domain.warning import PublicWarning, WarningRevision

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
LANGUAGES = (("zh-CN", "zh"), ("en-US", "en"))
ADCODE = "GB/T 2260"  # valueName of an administrative code, as the decoder knows it
# What is no actual warning says so in its own words too, for those who only see the text.
MARKS: Mapping[Status, Text] = {
    Status.EXERCISE: Text("【演练】", "EXERCISE: "),
    Status.TEST: Text("【测试】", "TEST: "),
    Status.SYSTEM: Text("【系统】", "SYSTEM: "),
}


def encode(warning: PublicWarning, revision: WarningRevision) -> bytes:
    """Return the message of a revision that was published; ValueError for one that was not."""
    if not (revision.identifier and revision.sent and revision.sender and revision.issuer):
        raise ValueError(f"revision {revision.number} of {warning.id} was never published")
    root = etree.Element(f"{{{CAP}}}alert", nsmap={None: CAP})  # type: ignore[dict-item]
    _text(root, "identifier", revision.identifier)
    _text(root, "sender", revision.sender)
    _text(root, "sent", revision.sent)
    _text(root, "status", warning.status.value.capitalize())
    _text(root, "msgType", revision.action.value.capitalize())
    _text(root, "scope", "Public")
    if warning.status is not Status.ACTUAL:
        # 3.2.1: <note> is there for Exercise messages too.
        _text(root, "note", f"{MARKS[warning.status].zh}{MARKS[warning.status].en}no action is to be taken")
    if revision.references:
        _text(root, "references", revision.references)
    _text(root, "incidents", warning.incident)
    for code, language in LANGUAGES:
        _info(root, warning, revision, code, language)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def marked(text: str, *, status: Status, language: str) -> str:
    """Return a text with the word that tells an exercise or test from the real thing."""
    mark = MARKS.get(status)
    return f"{mark.of(language)}{text}" if mark else text


def _info(root: etree._Element, warning: PublicWarning, revision: WarningRevision, code: str, language: str) -> None:
    info = etree.SubElement(root, f"{{{CAP}}}info")
    terms, issuer = revision.terms, revision.issuer or Text("", "")
    _text(info, "language", code)
    for category in terms.category:
        _text(info, "category", category)
    _text(info, "event", revision.event.of(language))
    over = revision.action.value == "cancel"
    for response in ("AllClear",) if over else terms.response:
        _text(info, "responseType", response)
    _text(info, "urgency", "Past" if over else terms.urgency)
    _text(info, "severity", terms.severity)
    _text(info, "certainty", terms.certainty)
    _pair(info, "eventCode", "ops-center", revision.event_code)
    _text(info, "effective", revision.sent)
    _text(info, "onset", _time(revision.onset_ms, revision.sent))
    _text(info, "expires", _time(max(revision.expires_ms, _ms(revision.sent) + 1000), revision.sent))
    _text(info, "senderName", issuer.of(language))
    _text(info, "headline", marked(revision.headline.of(language), status=warning.status, language=language))
    _text(info, "description", marked(revision.description.of(language), status=warning.status, language=language))
    _text(info, "instruction", "\n".join(_instructions(revision, language)))
    if revision.web:
        _text(info, "web", revision.web)
    if revision.contact:
        _text(info, "contact", revision.contact)
    _pair(info, "parameter", "awareness_level", _level(revision))
    for measure in revision.measures:
        _pair(info, "parameter", "measure", f"{measure.law}: {measure.text.of(language)}")
    _area(info, revision, language)


def _instructions(revision: WarningRevision, language: str) -> Iterator[str]:
    yield revision.instruction.of(language)
    for number, measure in enumerate(revision.measures, 1):
        yield f"{number}. {measure.text.of(language)}"


def _level(revision: WarningRevision) -> str:
    """Return the colour as MeteoAlarm writes it, the form that other centres' decoders read."""
    number = {"blue": 1, "yellow": 2, "orange": 3, "red": 4}[revision.colour.value]
    return f"{number}; {revision.colour.value}; {revision.terms.severity}"


def _area(info: etree._Element, revision: WarningRevision, language: str) -> None:
    area = etree.SubElement(info, f"{{{CAP}}}area")
    named = (revision.area_text or Text("", "")).of(language)
    _text(area, "areaDesc", named or " ".join(revision.adcodes) or revision.event.of(language))
    for ring in _rings(revision.area):
        # 3.2.4: "lat,lon" pairs, the first and last the same.
        _text(area, "polygon", " ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in ring))
    for code in revision.adcodes:
        _pair(area, "geocode", ADCODE, code)


def _rings(area: Mapping[str, Json] | None) -> Iterator[list[list[float]]]:
    if area is None:
        return
    polygons = [area["coordinates"]] if area["type"] == "Polygon" else area["coordinates"]
    for polygon in polygons:
        yield polygon[0]


def _time(at_ms: int, like: str) -> str:
    """Return an instant in the zone that `like` (a CAP time) is written in (3.3.2)."""
    zone = datetime.fromisoformat(like).tzinfo
    return datetime.fromtimestamp(at_ms // 1000, zone).isoformat(timespec="seconds")


def _ms(time: str) -> int:
    return round(datetime.fromisoformat(time).timestamp()) * 1000


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{CAP}}}{name}").text = text


def _pair(parent: etree._Element, name: str, key: str, value: str) -> None:
    pair = etree.SubElement(parent, f"{{{CAP}}}{name}")
    _text(pair, "valueName", key)
    _text(pair, "value", value)
