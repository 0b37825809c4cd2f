"""The elements of CAP 1.2, 1.1 and 1.0: order, cardinality, type and permitted values.

Section numbers are those of OASIS CAP 1.2: 3.2.1 <alert>, 3.2.2 <info>, 3.2.3 <resource>,
3.2.4 <area>. Where 1.1 (2005) or 1.0 (2004) differ it is said next to the line.
"""

from __future__ import annotations

from dataclasses import dataclass

NAMESPACES = {
    "urn:oasis:names:tc:emergency:cap:1.2": "1.2",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "http://www.incident.com/cap/1.0": "1.0",
}
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"  # 3.3.4.1: an enveloped signature ends the alert

STATUS = ("Actual", "Exercise", "System", "Test", "Draft")  # Draft since 1.1
MSG_TYPE = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPE = ("Public", "Restricted", "Private")
CATEGORY = (
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
)
# Avoid and AllClear since 1.2; the element since 1.1.
RESPONSE = ("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None")
URGENCY = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITY = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTY = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
CERTAINTY_10 = ("Very Likely", "Likely", "Possible", "Unlikely", "Unknown")

MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Spec:
    """One element of a sequence. `kind`: text, time, language, integer, decimal, enum or sequence."""

    name: str
    least: int = 0
    most: int = 1
    kind: str = "text"
    values: tuple[str, ...] = ()
    parts: tuple[Spec, ...] = ()


def _enum(name: str, values: tuple[str, ...], least: int = 1, most: int = 1) -> Spec:
    return Spec(name, least, most, "enum", values)


def _pair(name: str, version: str) -> Spec:
    if version == "1.0":  # 1.0 wrote "name=value" in one string
        return Spec(name, 0, MANY)
    return Spec(name, 0, MANY, "sequence", parts=(Spec("valueName", 1), Spec("value", 1)))


def _resource(version: str) -> Spec:
    parts = [
        Spec("resourceDesc", 1),
        Spec("mimeType", 1 if version == "1.2" else 0),
        Spec("size", kind="integer"),
        Spec("uri"),
        *([Spec("derefUri")] if version != "1.0" else []),
        Spec("digest"),
    ]
    return Spec("resource", 0, MANY, "sequence", parts=tuple(parts))


def _area(version: str) -> Spec:
    height = "decimal" if version == "1.2" else "text"
    return Spec(
        "area",
        0,
        MANY,
        "sequence",
        parts=(
            Spec("areaDesc", 1),
            Spec("polygon", 0, MANY),
            Spec("circle", 0, MANY),
            _pair("geocode", version),
            Spec("altitude", kind=height),
            Spec("ceiling", kind=height),
        ),
    )


def _info(version: str) -> Spec:
    old = version == "1.0"
    categories = tuple(c for c in CATEGORY if c != "CBRNE") if old else CATEGORY
    responses = RESPONSE if version == "1.2" else tuple(r for r in RESPONSE if r not in ("Avoid", "AllClear"))
    parts = [
        Spec("language", kind="language"),
        _enum("category", categories, 0 if old else 1, MANY),
        Spec("event", 1),
        *([] if old else [_enum("responseType", responses, 0, MANY)]),
        _enum("urgency", URGENCY),
        _enum("severity", SEVERITY),
        _enum("certainty", CERTAINTY_10 if old else CERTAINTY),
        Spec("audience"),
        _pair("eventCode", version),
        Spec("effective", kind="time"),
        Spec("onset", kind="time"),
        Spec("expires", kind="time"),
        Spec("senderName"),
        Spec("headline"),
        Spec("description"),
        Spec("instruction"),
        Spec("web"),
        Spec("contact"),
        _pair("parameter", version),
        _resource(version),
        _area(version),
    ]
    return Spec("info", 0, MANY, "sequence", parts=tuple(parts))


def alert(version: str) -> Spec:
    """Return the specification of <alert> for a CAP version."""
    old = version == "1.0"
    parts = [
        Spec("identifier", 1),
        Spec("sender", 1),
        Spec("sent", 1, kind="time"),
        _enum("status", STATUS[:-1] if old else STATUS),
        _enum("msgType", MSG_TYPE),
        *([Spec("password")] if old else []),
        Spec("source"),
        _enum("scope", SCOPE, 0 if old else 1),
        Spec("restriction"),
        Spec("addresses"),
        Spec("code", 0, MANY),
        Spec("note"),
        Spec("references"),
        Spec("incidents"),
        _info(version),
    ]
    return Spec("alert", 1, 1, "sequence", parts=tuple(parts))


ALERT = {version: alert(version) for version in NAMESPACES.values()}
