"""Find the alerts inside Atom and RSS feeds, EDXL-DE envelopes and lists of alerts.

Atom: RFC 4287. RSS 2.0: the Harvard specification. EDXL-DE 1.0: OASIS, 1 May 2006, section 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ops_center.domain.text import Json
from streams.decoders.cap12.finding import Finding
from streams.decoders.cap12.vocabulary import NAMESPACES
from streams.xml_input import child, children, local, namespace, text_in

ATOM = "http://www.w3.org/2005/Atom"
EDXL = ("urn:oasis:names:tc:emergency:EDXL:DE:1.0", "urn:oasis:names:tc:emergency:EDXL:DE:2.0")
_ATOM_FEED = frozenset(
    [
        "author",
        "category",
        "contributor",
        "generator",
        "icon",
        "id",
        "link",
        "logo",
        "rights",
        "subtitle",
        "title",
        "updated",
        "entry",
    ]
)
_EDXL_REQUIRED = ("distributionID", "senderID", "dateTimeSent", "distributionStatus", "distributionType")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in a document: an alert, a link to one, or what is wrong instead."""

    place: str  # "" for a document that is one alert, else "entry[2]"
    alert: etree._Element | None = None
    header: dict[str, Json] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def parts(root: etree._Element) -> list[Part]:
    """Return the parts of a document in its order; a document that is none of these has one NOT_CAP part."""
    name, space = local(root), namespace(root)
    if name == "alert" and space in NAMESPACES:
        return [Part("", root)]
    if name == "alerts":
        return [Part(f"alert[{n}]", element) for n, element in enumerate(_alerts_in(root), 1)] or [_empty(root)]
    if name == "feed" and space == ATOM:
        return [*_feed(root), *_entries(children(root, "entry"), root)]
    if name == "rss":
        return _rss(root)
    if name == "EDXLDistribution" and space in EDXL:
        return [*_edxl(root)]
    return [Part("", findings=(Finding("NOT_CAP", f"/{name}[1]", f"root {name} in {space or 'no'} namespace"),))]


def links(root: etree._Element) -> list[str]:
    """Return the addresses of alerts a feed links to without embedding them; for the poller."""
    return [str(part.header["link"]) for part in parts(root) if part.alert is None and part.header.get("link")]


def _alerts_in(element: etree._Element) -> list[etree._Element]:
    return [below for below in element.iter() if local(below) == "alert" and namespace(below) in NAMESPACES]


def _empty(root: etree._Element) -> Part:
    return Part("", header={"container": local(root), "entries": 0})


def _feed(root: etree._Element) -> Iterator[Part]:
    """RFC 4287 4.1.1: one id, title and updated; foreign markup is free, unknown Atom elements are not."""
    found = [
        Finding("MISSING_REQUIRED_ELEMENT", "/feed[1]", name)
        for name in ("id", "title", "updated")
        if child(root, name) is None
    ]
    seen: dict[str, int] = {}
    for element in root:
        name = local(element)
        seen[name] = seen.get(name, 0) + 1
        if namespace(element) == ATOM and name not in _ATOM_FEED:
            found.append(Finding("UNSUPPORTED_ELEMENT", f"/feed[1]/{name}[{seen[name]}]"))
    if found:
        yield Part("feed[1]", findings=tuple(found))
    elif not children(root, "entry"):
        yield _empty(root)


def _entries(entries: list[etree._Element], root: etree._Element) -> Iterator[Part]:
    for number, entry in enumerate(entries, 1):
        place = f"entry[{number}]"
        alerts = _alerts_in(entry)
        if alerts:
            yield from (Part(place, alert) for alert in alerts)
            continue
        head = _entry_head(entry)
        # RFC 4287 4.1.2: an entry without content must have an alternate link.
        missing = () if head["link"] else (Finding("MISSING_LINK", f"/{local(root)}[1]/{place}"),)
        yield Part(place, header=head, findings=missing)


def _entry_head(entry: etree._Element) -> dict[str, Json]:
    head: dict[str, Json] = {"entry": text_in(child(entry, "id")) or text_in(child(entry, "guid"))}
    head |= {name: text_in(child(entry, name)) for name in ("title", "updated", "pubDate") if name != "pubDate"}
    head["updated"] = head["updated"] or text_in(child(entry, "pubDate"))
    head["link"] = _link(entry)
    inline = {local(e): text_in(e) for e in entry if namespace(e) in NAMESPACES and len(e) == 0}
    return {**head, **({"cap": inline} if inline else {})}


def _link(entry: etree._Element) -> str | None:
    """Return the link to the alert: the one typed application/cap+xml, else the alternate one."""
    elements = children(entry, "link")
    typed = [e for e in elements if e.get("type") == "application/cap+xml"]
    alternate = [e for e in elements if (e.get("rel") or "alternate") == "alternate"]
    for element in (*typed, *alternate):
        if address := (str(element.get("href") or "") or text_in(element)):
            return address
    return None


def _rss(root: etree._Element) -> list[Part]:
    channel = child(root, "channel")
    if channel is None:
        return [Part("channel[1]", findings=(Finding("MISSING_REQUIRED_ELEMENT", "/rss[1]", "channel"),))]
    path = "/rss[1]/channel[1]"
    found = [
        Finding("MISSING_REQUIRED_ELEMENT", path, name)
        for name in ("title", "link", "description")
        if child(channel, name) is None
    ]
    whole = [Part("channel[1]", findings=tuple(found))] if found else []
    made: list[Part] = []
    for number, item in enumerate(children(channel, "item"), 1):
        place = f"item[{number}]"
        if child(item, "title") is None and child(item, "description") is None and not _alerts_in(item):
            wrong = Finding("MISSING_REQUIRED_ELEMENT", f"{path}/{place}", "title or description")
            made.append(Part(place, findings=(wrong,)))
            continue
        made += [Part(place, part.alert, part.header, part.findings) for part in _entries([item], root)]
    return [*whole, *made] or [_empty(root)]


def _edxl(root: etree._Element) -> Iterator[Part]:
    found = [
        Finding("MISSING_REQUIRED_ELEMENT", "/EDXLDistribution[1]", name)
        for name in _EDXL_REQUIRED
        if text_in(child(root, name)) is None
    ]
    if found:
        yield Part("EDXLDistribution[1]", findings=tuple(found))
    objects = [e for e in root if local(e) in ("contentObject", "content")]
    for number, content in enumerate(objects, 1):
        place = f"contentObject[{number}]"
        alerts = _alerts_in(content)
        if not alerts:
            wrong = Finding("NO_ALERT", f"/EDXLDistribution[1]/{place}", "content that is not a CAP alert")
            yield Part(place, findings=(wrong,))
        yield from (Part(place, alert) for alert in alerts)
    if not objects and not found:
        yield _empty(root)
