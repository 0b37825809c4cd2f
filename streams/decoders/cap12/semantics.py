"""Check what the CAP schema cannot: geometry, references, scope, links, plain text (CAP 1.2, 3.2).

The reason codes are those of the public Google CAP validator; its warnings are not fatal here either.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from streams.decoders.cap12 import values
from streams.decoders.cap12.finding import Finding
from streams.xml_input import child, children, local, text_in

# Free text that people read; HTML in it is discouraged (3.3.3).
_PROSE = frozenset(
    [
        "note",
        "source",
        "restriction",
        "event",
        "audience",
        "senderName",
        "headline",
        "description",
        "instruction",
        "contact",
        "resourceDesc",
        "areaDesc",
        "valueName",
        "value",
    ]
)
# Must not be empty to mean anything; an empty optional element says nothing and counts as absent.
_NAMES = ("identifier", "sender")


def check(alert: etree._Element, version: str) -> list[Finding]:
    """Return what an <alert> that fits the schema still gets wrong, in document order."""
    return [*_head(alert, version), *_infos(alert), *_text(alert, "/alert[1]")]


def _head(alert: etree._Element, version: str) -> Iterator[Finding]:
    for name in _NAMES:
        # 3.2.1: MUST NOT include spaces, commas or restricted characters (< and &).
        text = text_in(child(alert, name))
        if text is None or any(mark in text for mark in ",<&") or text.split() != [text]:
            yield Finding(f"INVALID_{name.upper()}", f"/alert[1]/{name}[1]", text or "")
    restriction, scope = text_in(child(alert, "restriction")), text_in(child(alert, "scope"))
    if restriction and scope != "Restricted":
        yield Finding("RESTRICTION_SCOPE_MISMATCH", "/alert[1]/restriction[1]", restriction)
    if version == "1.0" and child(alert, "password") is not None:
        yield Finding("PASSWORD_DEPRECATED", "/alert[1]/password[1]", fatal=False)
    yield from _references(alert, version)


def _references(alert: etree._Element, version: str) -> Iterator[Finding]:
    element = child(alert, "references")
    if element is None:
        return
    path = "/alert[1]/references[1]"
    text = text_in(element)
    if text is None:
        yield Finding("INVALID_REFERENCES", path, "empty", fatal=False)
        return
    triplets = values.references(text, version=version)
    if triplets is None:
        yield Finding("INVALID_REFERENCES", path, text[:200])
        return
    own = text_in(child(alert, "identifier"))
    sent = values.time_ms(text_in(child(alert, "sent")) or "", version=version)
    for _, identifier, when in triplets:
        if identifier == own:
            yield Finding("CIRCULAR_REFERENCE", path, identifier)
        at = values.time_ms(when, version=version) if when else None
        if at is not None and sent is not None and at > sent:
            yield Finding("POSTDATED_REFERENCE", path, when, fatal=False)


def _infos(alert: etree._Element) -> Iterator[Finding]:
    for number, info in enumerate(children(alert, "info"), 1):
        path = f"/alert[1]/info[{number}]"
        web = text_in(child(info, "web"))
        if web is not None and not values.is_absolute_uri(web):
            yield Finding("INVALID_WEB", f"{path}/web[1]", web)
        if text_in(child(info, "certainty")) == "Very Likely":
            yield Finding("CERTAINTY_VERY_LIKELY_DEPRECATED", f"{path}/certainty[1]", fatal=False)
        for at, area in enumerate(children(info, "area"), 1):
            yield from _area(area, f"{path}/area[{at}]")
        for at, resource in enumerate(children(info, "resource"), 1):
            yield from _resource(resource, f"{path}/resource[{at}]")


def _area(area: etree._Element, path: str) -> Iterator[Finding]:
    for name, read, reason in (
        ("polygon", values.polygon, "INVALID_POLYGON"),
        ("circle", values.circle, "INVALID_CIRCLE"),
    ):
        for number, element in enumerate(children(area, name), 1):
            text = text_in(element)
            if text is None:
                yield Finding(reason, f"{path}/{name}[{number}]", "empty", fatal=False)
            elif read(text) is None:
                yield Finding(reason, f"{path}/{name}[{number}]", text[:200])
    yield from _heights(area, path)


def _heights(area: etree._Element, path: str) -> Iterator[Finding]:
    altitude, ceiling = (_height(area, name) for name in ("altitude", "ceiling"))
    for name, height in (("altitude", altitude), ("ceiling", ceiling)):
        if height is not None and height < 0:
            yield Finding("INVALID_VALUE", f"{path}/{name}[1]", str(height))
    if ceiling is not None and altitude is None:  # 3.2.4: MUST NOT be used except with altitude
        yield Finding("INVALID_AREA", path, "ceiling without altitude")
    if altitude is not None and ceiling is not None and altitude > ceiling:
        yield Finding("INVALID_ALTITUDE_CEILING_RANGE", f"{path}/ceiling[1]", f"{altitude} > {ceiling}")


def _height(area: etree._Element, name: str) -> float | None:
    """Return a height in feet above mean sea level; CAP 1.1 typed it as text, so it may be none."""
    try:
        return float(text_in(child(area, name)) or "")
    except ValueError:
        return None


def _resource(resource: etree._Element, path: str) -> Iterator[Finding]:
    media = text_in(child(resource, "mimeType"))
    if media is not None and not values.is_media_type(media):
        yield Finding("INVALID_MIME_TYPE", f"{path}/mimeType[1]", media)
    uri, content = text_in(child(resource, "uri")), text_in(child(resource, "derefUri"))
    if uri is not None and not values.is_uri(uri):
        yield Finding("INVALID_URI", f"{path}/uri[1]", uri)
    elif uri is not None and content is None and not values.is_absolute_uri(uri):
        yield Finding("RELATIVE_URI_MISSING_DEREF_URI", f"{path}/uri[1]", uri)
    if content is not None and not values.is_base64(content):
        yield Finding("INVALID_DEREF_URI", f"{path}/derefUri[1]", content[:80])


def _text(element: etree._Element, path: str) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for below in element:
        name = local(below)
        seen[name] = seen.get(name, 0) + 1
        here = f"{path}/{name}[{seen[name]}]"
        if name in _PROSE and len(below) == 0:
            text = below.text or ""
            if values.has_html_entity(text):
                yield Finding("TEXT_CONTAINS_HTML_ENTITIES", here, fatal=False)
            if values.has_html_tag(text):
                yield Finding("TEXT_CONTAINS_HTML_TAGS", here, fatal=False)
        elif name in ("info", "area", "resource", "eventCode", "parameter", "geocode"):
            yield from _text(below, here)
