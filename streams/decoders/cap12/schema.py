"""Check an alert against the CAP schema: elements, order, cardinality, values (CAP 1.2, 3.2 and 3.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from streams.decoders.cap12 import values
from streams.decoders.cap12.finding import Finding
from streams.decoders.cap12.vocabulary import ALERT, SIGNATURE, Spec
from streams.xml_input import local, namespace

_INTEGER = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_SPACE = " \t\r\n"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def check(alert: etree._Element, version: str) -> list[Finding]:
    """Return what the schema of `version` forbids in an <alert>, in document order."""
    return list(_sequence(alert, ALERT[version], "/alert[1]", version))


def _sequence(element: etree._Element, spec: Spec, path: str, version: str) -> Iterator[Finding]:
    yield from _attributes(element, path)
    if any((part or "").strip(_SPACE) for part in (element.text, *(below.tail for below in element))):
        yield Finding("INVALID_CHARACTERS", path, "text between elements")
    order = {part.name: at for at, part in enumerate(spec.parts)}
    later = [local(below) for below in element]
    seen: dict[str, int] = {}
    position = 0
    for at, below in enumerate(element):
        name = local(below)
        seen[name] = seen.get(name, 0) + 1
        here = f"{path}/{name}[{seen[name]}]"
        if namespace(below) == SIGNATURE and spec.name == "alert":
            position = max(position, len(spec.parts))
            continue
        if namespace(below) != namespace(element) or name not in order:
            yield Finding("UNSUPPORTED_ELEMENT", here)
            continue
        part = spec.parts[order[name]]
        if seen[name] > part.most:
            yield Finding("DUPLICATE_ELEMENT", here)
            continue
        yield from _gap(spec, position, order[name], seen, later[at:], here)
        position = max(position, order[name])
        yield from _one(below, part, here, version)
    for part in spec.parts:
        if part.least and not seen.get(part.name):
            yield Finding("MISSING_REQUIRED_ELEMENT", path, part.name)


def _gap(
    spec: Spec, position: int, arrived: int, seen: dict[str, int], later: list[str], here: str
) -> Iterator[Finding]:
    """Judge the step from one place of the sequence to another; what is missing altogether is not its matter."""
    if arrived < position:
        yield Finding("INVALID_SEQUENCE", here)
        return
    for part in spec.parts[position:arrived]:
        if part.least and not seen.get(part.name) and part.name in later:
            yield Finding("INVALID_SEQUENCE", here, f"{part.name} comes first")
            return


def _one(element: etree._Element, spec: Spec, path: str, version: str) -> Iterator[Finding]:
    if spec.kind == "sequence":
        yield from _sequence(element, spec, path, version)
        return
    yield from _attributes(element, path)
    for below in element:
        yield Finding("UNSUPPORTED_ELEMENT", f"{path}/{local(below)}[1]")
        return
    text = element.text or ""
    if reason := _value(text, spec, version):
        yield Finding(reason, path, text[:80])


def _value(text: str, spec: Spec, version: str) -> str:
    """Return the reason code of a bad value, "" for a good one.

    xs:string keeps white space, so " Actual" is not an enumerated value; the other types collapse it.
    """
    bare = text.strip(_SPACE)
    match spec.kind:
        case "enum" if text not in spec.values:
            return "INVALID_ENUM_VALUE"
        case "time" if values.time_ms(bare, version=version) is None:
            return "INVALID_DATE"
        case "language" if not values.is_language(bare):
            return "INVALID_LANGUAGE"
        case "integer" if _INTEGER.fullmatch(bare) is None:
            return "INVALID_RESOURCE_SIZE"
        case "decimal" if _DECIMAL.fullmatch(bare) is None:
            return "INVALID_VALUE"
    return ""


def _attributes(element: etree._Element, path: str) -> Iterator[Finding]:
    """The schema declares no attribute; those of XML Schema itself and namespace bindings are no content."""
    for name in element.attrib:
        if not str(name).startswith((f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation")):
            yield Finding("UNSUPPORTED_ATTRIBUTE", path, str(name))
