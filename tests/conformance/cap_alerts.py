"""Build the alerts that the validator cases describe in words."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from lxml import etree

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
NS = {"c": CAP}
HEAD = {
    "identifier": "43b080713727",
    "sender": "hsas@dhs.gov",
    "sent": "2003-04-02T14:39:01-05:00",
    "status": "Actual",
    "msgType": "Alert",
    "source": "a source",
    "scope": "Public",
    "restriction": "",
    "addresses": "",
    "note": "a note",
    "references": "",
}
INFO = (
    "<category>Security</category><event>Update</event><urgency>Unknown</urgency><severity>Unknown</severity>"
    "<certainty>Unknown</certainty>"
)


def alert(
    head: dict[str, str] | None = None,
    *,
    before: str = "",
    info: str = "",
    area: str = "",
    resource: str = "",
    language: str = "",
    tail: str = "",
) -> bytes:
    """Return a valid alert with the given parts put in; `head` texts are XML already."""
    texts = {**HEAD, **(head or {})}
    elements = "".join(f"<{name}>{text}</{name}>" for name, text in texts.items() if text)
    inside = f"{language}{INFO}{info}{resource}" + (f"<area><areaDesc>x</areaDesc>{area}</area>" if area else "")
    return f'<alert xmlns="{CAP}">{before}{elements}<info>{inside}</info>{tail}</alert>'.encode()


def wrong_alert(kind: str, given: str, expected: object, xpath: str | None) -> bytes:
    """Return the alert of a case, by its kind and, where the input is prose, by the reason expected."""
    text = escape(given)
    match kind:
        case "polygon" | "circle":
            return alert(area=f"<{kind}>{text}</{kind}>")
        case "circle_xsd_only":
            return alert(area="<circle>invalid</circle>")
        case "scope":
            return alert({"scope": text})
        case "references" if given.startswith("reference whose"):
            return alert({"references": f"a@b.example,{HEAD['identifier']},2003-02-02T14:39:01-05:00"})
        case "references":
            return alert({"references": text.split(" in an alert")[0]})
        case "restriction":
            return alert({"restriction": "somebody"})
        case "identifier" | "sender" | "note" | "addresses":
            return alert({kind: given if given.startswith("<") else text})
        case "text":
            return alert({"note": given.removeprefix("<note>").removesuffix("</note>")})
        case "language":
            return alert(language=f"<language>{text}</language>")
        case "web":
            return alert(info=f"<web>{text}</web>")
        case "mimeType":
            return alert(resource=f"<resource><resourceDesc>x</resourceDesc><mimeType>{text}</mimeType></resource>")
        case "uri" | "derefUri":
            body = f"<resourceDesc>x</resourceDesc><mimeType>image/gif</mimeType><{kind}>{text}</{kind}>"
            return alert(resource=f"<resource>{body}</resource>")
        case "document":
            return given.encode()
        case _:
            return _by_reason(str(expected).split()[0], xpath or "")


def _by_reason(reason: str, xpath: str) -> bytes:
    name = xpath.rsplit("/", 1)[-1].split("[")[0]
    match reason:
        case "DUPLICATE_ELEMENT":
            return alert({name: f"{HEAD[name]}</{name}><{name}>{HEAD[name]}"})
        case "UNSUPPORTED_ELEMENT":
            return _inserted(name)
        case "MISSING_REQUIRED_ELEMENT":
            return alert({"scope": ""})
        case "INVALID_SEQUENCE":
            return alert(language=f"<{name}>anybody</{name}>")
        case "INVALID_CHARACTERS":
            return alert(tail="stray")
        case "INVALID_IDENTIFIER" | "INVALID_SENDER":
            return alert({name: f"{HEAD[name]},"})
        case "INVALID_DATE":
            return alert({"sent": "2003-14-02T14:39:01-05:00"})
        case "INVALID_AREA":
            return alert(area="<circle>1,2 3</circle><ceiling>1</ceiling>")
        case "INVALID_ALTITUDE_CEILING_RANGE":
            return alert(area="<circle>1,2 3</circle><altitude>2</altitude><ceiling>1</ceiling>")
        case "INVALID_VALUE":
            low = "<altitude>-1</altitude>" if name == "altitude" else "<altitude>-2</altitude><ceiling>-1</ceiling>"
            return alert(area=f"<circle>1,2 3</circle>{low}")
        case "TEXT_CONTAINS_HTML_ENTITIES":
            return alert({"note": "a&amp;nbsp;note"}, info="<description>a&amp;nbsp;b</description>")
        case "TEXT_CONTAINS_HTML_TAGS":
            return alert({"note": "a&lt;b&gt;note&lt;/b&gt;"}, info="<description>&lt;b&gt;a&lt;/b&gt;</description>")
        case _:
            pytest.fail(f"no alert is known that shows {reason}")


def _inserted(name: str) -> bytes:
    return alert({"note": f"a note</note><{name}>blah</{name}>"}).replace(
        f"</{name}></note>".encode(), f"</{name}>".encode()
    )


def edited_australia(path: Path, reason: str) -> bytes:
    """Return the sample with the one change that a case of the profile describes."""
    root = etree.parse(str(path)).getroot()
    first, second = root.findall("c:info", NS)
    _edit(reason, root, first, second)
    return etree.tostring(root)


def _set(parent: etree._Element, name: str, text: str) -> None:
    element = parent.find(f"c:{name}", NS)
    if element is None:
        element = etree.SubElement(parent, f"{{{CAP}}}{name}")
    element.text = text


def _drop(parent: etree._Element, *names: str) -> None:
    for name in names:
        for element in parent.findall(f"c:{name}", NS):
            parent.remove(element)


def _edit(reason: str, root: etree._Element, first: etree._Element, second: etree._Element) -> None:
    long = (
        "A headline that is longer than one hundred and forty characters, which nobody should ever want to write " * 2
    )
    match reason:
        case "UPDATE_OR_CANCEL_MUST_REFERENCE":
            _set(root, "msgType", "Update")
            _drop(root, "references")
        case "INFO_IS_REQUIRED":
            _drop(root, "info")
        case "CATEGORIES_MUST_MATCH":
            _drop(second, "category")
        case "EVENT_CODES_MUST_MATCH":
            second.find("c:eventCode/c:valueName", NS).text = "foo"  # type: ignore[union-attr]
        case "EFFECTIVE_NOT_AFTER_EXPIRES":
            _set(second, "effective", "2012-05-08T12:34:57-04:00")
            _set(second, "expires", "2012-05-08T12:34:56-04:00")
        case "AREA_IS_REQUIRED":
            _drop(second, "area")
        case "CIRCLE_POLYGON_OR_GEOCODE_IS_REQUIRED":
            _drop(second.find("c:area", NS), "geocode", "polygon", "circle")  # type: ignore[arg-type]
        case "CIRCLE_POLYGON_ENCOURAGED":
            _drop(first.find("c:area", NS), "polygon", "circle")  # type: ignore[arg-type]
        case "NONZERO_CIRCLE_RADIUS_RECOMMENDED":
            circle = etree.SubElement(first.find("c:area", NS), f"{{{CAP}}}circle")  # type: ignore[arg-type]
            circle.text = "0,0 0"
        case "HEADLINE_AND_DESCRIPTION_SHOULD_DIFFER" | "HEADLINE_TOO_LONG":
            _set(first, "headline", long)
            _set(first, "description", long)
        case "DESCRIPTION_AND_INSTRUCTION_SHOULD_DIFFER":
            _set(first, "description", "foo")
            _set(first, "instruction", "foo")
        case "EVENTS_IN_SAME_LANGUAGE_SHOULD_MATCH":
            _set(second, "event", "foo")
        case "TEST_ALERT_DISCOURAGED":
            _set(root, "status", "Test")
        case "SENT_INCLUDES_UTC_TIMEZONE":
            _set(root, "sent", "2002-01-01T00:00:00+00:00")
        case "EMPTY_GEOCODE_FIELD":
            second.find("c:area/c:geocode/c:valueName", NS).text = ""  # type: ignore[union-attr]
            first.find("c:area/c:geocode/c:value", NS).text = ""  # type: ignore[union-attr]
        case _ if reason.endswith("_INCLUDES_UTC_TIMEZONE"):
            _set(first, reason.split("_")[0].lower(), "2004-01-01T00:00:00+00:00")
        case _ if reason.startswith("UNKNOWN_"):
            _set(first, reason.split("_")[1].lower(), "Unknown")
        case _ if reason.endswith("_IS_REQUIRED"):
            _drop(second, reason.removesuffix("_IS_REQUIRED").lower())
        case _:
            names = {"SENDER_NAME": "senderName", "RESPONSE_TYPE": "responseType"}
            start = reason.split("_STRONGLY")[0].split("_IS_")[0]
            _drop(first, names.get(start, start.lower()))
