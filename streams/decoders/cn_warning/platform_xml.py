"""Read the national warning platform's XML: shaped like CAP, but without namespace and with its own names.

`sendTime` for `sent`, `eventType` a GB/T 35561 code, `severity` a colour, times with a space, one
comma-separated `geocode` of 12-digit codes. `senderName` is a person and is left where it is.
"""

from __future__ import annotations

from lxml import etree

from ops_center.domain.errors import BadInput
from ops_center.domain.scales import Status
from streams.decoders.cap12 import area as areas
from streams.decoders.cap12 import values
from streams.decoders.cn_warning.bulletin import Bulletin, completed
from streams.decoders.cn_warning_codes.identifier import beijing_ms
from streams.decoders.cn_warning_codes.levels import colour
from streams.xml_input import child, children, text_in

_ACTIONS = {"Alert": "alert", "Update": "update", "Cancel": "cancel"}
_STATUS = {"Actual": Status.ACTUAL, "Exercise": Status.EXERCISE, "System": Status.SYSTEM, "Test": Status.TEST}


def read(alert: etree._Element) -> Bulletin:
    """Return the warning of an <alert> of the platform; BadInput where a needed element is missing or wrong."""
    info = child(alert, "info")
    if info is None:
        raise BadInput("missing", field="info")
    action = _ACTIONS.get(text_in(child(alert, "msgType")) or "")
    status = _STATUS.get(text_in(child(alert, "status")) or "")
    if action is None or status is None:
        raise BadInput("not one of the permitted values", field="msgType" if action is None else "status")
    shade = colour(text_in(child(info, "severity")) or "")
    if not shade and text_in(child(info, "severity")) not in ("Unknown", None):
        raise BadInput("not a warning colour", field="info.severity")
    blocks = children(info, "area")
    return completed(
        Bulletin(
            dialect="national_platform_xml",
            identifier=text_in(child(alert, "identifier")) or "",
            title=text_in(child(info, "headline")) or "",
            issued_ms=_time(alert, "sendTime", needed=True),
            event_code=text_in(child(info, "eventType")) or "",
            colour=shade,
            action=action,
            status=status,
            references=_codes(text_in(child(alert, "references"))),
            adcodes=_adcodes(blocks),
            onset_ms=_time(info, "onset") or _time(info, "effective"),
            expires_ms=_time(info, "expires"),
            rings=_rings(blocks),
            said={
                "sender": text_in(child(alert, "sender")),
                "sender_code": text_in(child(alert, "senderCode")),
                "msgType": text_in(child(alert, "msgType")),
                "scope": text_in(child(alert, "scope")),
                "language": text_in(child(info, "language")),
                "urgency": text_in(child(info, "urgency")),
                "severity": text_in(child(info, "severity")),
                "certainty": text_in(child(info, "certainty")),
                "effective": text_in(child(info, "effective")),
                "description": text_in(child(info, "description")),
                "instruction": text_in(child(info, "instruction")),
                "area_names": [name for b in blocks for name in _codes(text_in(child(b, "areaDesc")))],
                "methods": [text_in(e) for e in alert.findall("code/method/methodName")],
            },
        )
    )


def _time(element: etree._Element, name: str, *, needed: bool = False) -> int | None:
    text = text_in(child(element, name))
    if text is None and not needed:
        return None
    at = beijing_ms(text or "")
    if at is None:
        raise BadInput(f"{text!r} is no time", field=name)
    return at


def _codes(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in (text or "").replace(",", " ").split() if part))


def _adcodes(blocks: list[etree._Element]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for block in blocks:
        for text in _codes(text_in(child(block, "geocode"))):
            code = areas.adcode(text)
            if code is None:
                raise BadInput(f"{text!r} is no administrative code", field="info.area.geocode")
            found[code] = None
    return tuple(found)


def _rings(blocks: list[etree._Element]) -> tuple[values.Ring, ...]:
    found: list[values.Ring] = []
    for block in blocks:
        for name in ("polygon", "circle"):
            for element in children(block, name):
                text = text_in(element)
                ring = _ring(name, text) if text else None
                if text and ring is None:
                    raise BadInput(f"not a {name}", field=f"info.area.{name}")
                if ring:
                    found.append(ring)
    return tuple(found)


def _ring(name: str, text: str) -> values.Ring | None:
    if name == "polygon":
        return values.polygon(text)
    read_circle = values.circle(text)
    return areas.circle_ring(*read_circle) if read_circle and read_circle[2] > 0 else None
