"""Advise on an alert by the public-alert profile: what a good alert carries beyond the standard.

None of it refuses an alert; the codes are those of the public Google CAP profile 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from streams.decoders.cap12 import values
from streams.decoders.cap12.finding import Finding
from streams.xml_input import child, children, text_in

_REQUIRED = ("description", "web", "expires", "urgency", "severity", "certainty")
_RECOMMENDED = {
    "senderName": "SENDER_NAME_STRONGLY_RECOMMENDED",
    "responseType": "RESPONSE_TYPE_STRONGLY_RECOMMENDED",
    "instruction": "INSTRUCTION_STRONGLY_RECOMMENDED",
    "contact": "CONTACT_IS_RECOMMENDED",
}
_HEADLINE = 140  # 3.2.2: some systems truncate at 140 characters
_UTC = ("+00:00", "-00:00")


def check(alert: etree._Element) -> list[Finding]:
    """Return the profile's advice on an alert, none of it fatal."""
    infos = children(alert, "info")
    found = [Finding(reason, field, fatal=False) for reason, field in _alert(alert, infos)]
    for number, info in enumerate(infos, 1):
        path = f"/alert[1]/info[{number}]"
        for reason, field in (*_missing(info, path), *_info(alert, infos, info, path), *_areas(info, path)):
            found.append(Finding(reason, field, fatal=False))
    return found


Advice = Iterator[tuple[str, str]]


def _alert(alert: etree._Element, infos: list[etree._Element]) -> Advice:
    if text_in(child(alert, "msgType")) in ("Update", "Cancel") and not text_in(child(alert, "references")):
        yield "UPDATE_OR_CANCEL_MUST_REFERENCE", "/alert[1]/msgType[1]"
    if not infos:
        yield "INFO_IS_REQUIRED", "/alert[1]"
    if text_in(child(alert, "status")) == "Test":
        yield "TEST_ALERT_DISCOURAGED", "/alert[1]/status[1]"
    if (text_in(child(alert, "sent")) or "").endswith(_UTC):
        yield "SENT_INCLUDES_UTC_TIMEZONE", "/alert[1]/sent[1]"


def _missing(info: etree._Element, path: str) -> Advice:
    for name in _REQUIRED:
        if text_in(child(info, name)) is None:
            yield f"{name.upper()}_IS_REQUIRED", path
    for name, reason in _RECOMMENDED.items():
        if text_in(child(info, name)) is None:
            yield reason, path
    for name in ("urgency", "severity", "certainty"):
        if text_in(child(info, name)) == "Unknown":
            yield f"UNKNOWN_{name.upper()}_DISCOURAGED", f"{path}/{name}[1]"


def _info(alert: etree._Element, infos: list[etree._Element], info: etree._Element, path: str) -> Advice:
    first = infos[0]
    if _texts(info, "category") != _texts(first, "category"):
        yield "CATEGORIES_MUST_MATCH", f"{path}/category[1]"
    if _texts(info, "eventCode") != _texts(first, "eventCode"):
        yield "EVENT_CODES_MUST_MATCH", f"{path}/eventCode[1]"
    effective = values.time_ms(text_in(child(info, "effective")) or text_in(child(alert, "sent")) or "")
    expires = values.time_ms(text_in(child(info, "expires")) or "")
    if effective is not None and expires is not None and effective > expires:
        yield "EFFECTIVE_NOT_AFTER_EXPIRES", f"{path}/effective[1]"
    for name in ("effective", "onset", "expires"):
        if (text_in(child(info, name)) or "").endswith(_UTC):
            yield f"{name.upper()}_INCLUDES_UTC_TIMEZONE", f"{path}/{name}[1]"
    yield from _wording(infos, info, path)


def _wording(infos: list[etree._Element], info: etree._Element, path: str) -> Advice:
    headline, description, instruction = (text_in(child(info, n)) for n in ("headline", "description", "instruction"))
    if headline is not None and len(headline) > _HEADLINE:
        yield "HEADLINE_TOO_LONG", f"{path}/headline[1]"
    if headline is not None and headline == description:
        yield "HEADLINE_AND_DESCRIPTION_SHOULD_DIFFER", f"{path}/headline[1]"
    if instruction is not None and instruction == description:
        yield "DESCRIPTION_AND_INSTRUCTION_SHOULD_DIFFER", f"{path}/description[1]"
    same = [i for i in infos if text_in(child(i, "language")) == text_in(child(info, "language"))]
    if text_in(child(same[0], "event")) != text_in(child(info, "event")):
        yield "EVENTS_IN_SAME_LANGUAGE_SHOULD_MATCH", f"{path}/event[1]"
    for name in ("description", "headline", "instruction", "event"):
        if _repeated_in_other_language(infos, info, name):
            yield "SAME_TEXT_DIFFERENT_LANGUAGE", f"{path}/{name}[1]"


def _repeated_in_other_language(infos: list[etree._Element], info: etree._Element, name: str) -> bool:
    text, own = text_in(child(info, name)), _primary(info)
    earlier = infos[: infos.index(info)]
    return text is not None and any(text_in(child(i, name)) == text and _primary(i) != own for i in earlier)


def _primary(info: etree._Element) -> str:
    return (text_in(child(info, "language")) or "en-US").split("-")[0].lower()


def _areas(info: etree._Element, path: str) -> Advice:
    areas = children(info, "area")
    if not areas:
        yield "AREA_IS_REQUIRED", path
        return
    if not any(children(area, "polygon") or children(area, "circle") for area in areas):
        yield "CIRCLE_POLYGON_ENCOURAGED", f"{path}/area[1]"
    for number, area in enumerate(areas, 1):
        here = f"{path}/area[{number}]"
        if not any(children(area, name) for name in ("polygon", "circle", "geocode")):
            yield "CIRCLE_POLYGON_OR_GEOCODE_IS_REQUIRED", here
        for at, element in enumerate(children(area, "circle"), 1):
            read = values.circle(text_in(element) or "")
            if read is not None and read[2] == 0:
                yield "NONZERO_CIRCLE_RADIUS_RECOMMENDED", f"{here}/circle[{at}]"
        for at, code in enumerate(children(area, "geocode"), 1):
            if len(code) and not all(text_in(part) for part in code):
                yield "EMPTY_GEOCODE_FIELD", f"{here}/geocode[{at}]"


def _texts(info: etree._Element, name: str) -> set[str]:
    return {" ".join("".join(map(str, element.itertext())).split()) for element in children(info, name)}
