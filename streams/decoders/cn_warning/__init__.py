"""Decode Chinese warnings: the national platform's XML, CMA's CAP, NMC, weather.com.cn and CMA JSON.

The dialect is told from the message. An alert in a CAP namespace is read without the schema, since
what these services publish as CAP is often an excerpt; feed it to `cap12` where it must be valid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from ops_center.columns import Decoded, Messages, Refused, empty_batch
from ops_center.domain.errors import BadInput
from ops_center.domain.feed import Feed
from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from ops_center.domain.world import HazardRevision
from streams.decoders.cap12.alert import hazard, spread
from streams.decoders.cap12.alert import header as cap_header
from streams.decoders.cap12.vocabulary import NAMESPACES
from streams.decoders.cn_warning import platform_xml, web_json
from streams.decoders.cn_warning.bulletin import Bulletin
from streams.decoders.cn_warning_codes import headline, identifier
from streams.xml_input import child as child_of
from streams.xml_input import children, local, namespace, parse, text_in

MAX_BYTES = 8 * 1024 * 1024

# A reader returns the revision and its header; the stamp stands in for a time an excerpt lacks.
Reader = Callable[[int | None], tuple[HazardRevision | None, dict[str, Json]]]


@dataclass(frozen=True, slots=True)
class CnWarning:
    """The decoder; `status` of a feed that is no actual one holds over what a warning says."""

    status: Status = Status.ACTUAL

    def decode(self, messages: Messages) -> Decoded:
        """Decode answers and documents into hazard revisions; one bad warning leaves its neighbours."""
        records: list[tuple[int, HazardRevision]] = []
        refused: list[Refused] = []
        for row in range(len(messages)):
            try:
                found = _readers(messages[row])
            except BadInput as error:
                refused.append(Refused(row, error.reason, error.field))
                continue
            for place, reader in found:
                try:
                    revision, _ = reader(int(messages.stamps[row]))
                except BadInput as error:
                    where = ".".join(part for part in (place, error.field) if part)
                    refused.append(Refused(row, error.reason, where, whole=len(found) == 1))
                    continue
                if revision is None:
                    refused.append(Refused(row, "NO_WARNING Ack, Error or Draft", place or "/", whole=False))
                else:
                    records.append((row, spread(revision, self.status)))
        return Decoded(empty_batch(), tuple(refused), tuple(records))

    def describe(self, message: bytes) -> Json:
        """Return one object for a single warning, a list of them for an answer that holds a list."""
        try:
            found = _readers(message)
        except BadInput as error:
            return {"ok": False, "error": error.reason, "field": error.field}
        if len(found) == 1 and not found[0][0]:
            return _object(found[0][1])
        return [{"part": place, **_object(reader)} for place, reader in found]

    def subject_of(self, message: bytes) -> str:
        """Warnings report no subject."""
        return ""


def make(feed: Feed) -> CnWarning:
    """Return the decoder of a feed."""
    return CnWarning(feed.status)


def _object(reader: Reader) -> dict[str, Json]:
    try:
        _, header = reader(None)
    except BadInput as error:
        return {"ok": False, "error": error.reason, "field": error.field}
    return {"ok": True, "header": header, "observations": []}


def _readers(message: bytes) -> list[tuple[str, Reader]]:
    """Return (place, reader) of each warning in a message; BadInput where it is none of the dialects."""
    if len(message) > MAX_BYTES:
        raise BadInput(f"longer than {MAX_BYTES} bytes", field="/")
    if _looks_like_xml(message):
        return _xml(parse(message))
    value = web_json.loads(_json_text(message))
    return [(place, _of(read)) for place, read in web_json.items(value)]


def _looks_like_xml(message: bytes) -> bool:
    head = message[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    return head.startswith(b"<")


def _json_text(message: bytes) -> str:
    """JSON is UTF-8 (RFC 8259 8.1); older answers of these sites are GBK."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return message.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("neither UTF-8 nor GB 18030", field="/")


def _of(read: Callable[[], Bulletin]) -> Reader:
    def reader(stamp_ms: int | None) -> tuple[HazardRevision, dict[str, Json]]:
        bulletin = read()
        return bulletin.revision(), bulletin.header()

    return reader


def _xml(root: etree._Element) -> list[tuple[str, Reader]]:
    space, name = namespace(root), local(root)
    if name == "alert" and space in NAMESPACES:
        return [("", _cap(root))]
    if name == "alert" and not space:
        return [("", _of(lambda: platform_xml.read(root)))]
    inside = children(root, "alert")
    if not inside:
        raise BadInput("no <alert>", field=f"/{name}")
    single = len(inside) == 1
    return [("" if single else f"alert[{n}]", reader) for n, e in enumerate(inside, 1) for _, reader in _xml(e)]


def _cap(alert: etree._Element) -> Reader:
    def reader(stamp_ms: int | None) -> tuple[HazardRevision | None, dict[str, Json]]:
        if text_in(child_of(alert, "identifier")) is None:
            raise BadInput("missing", field="identifier")
        header = {"dialect": "cap", **cap_header(alert), **_cn_parts(alert)}
        revision = hazard(alert, received_ms=0 if stamp_ms is None else stamp_ms)
        return revision, header

    return reader


def _cn_parts(alert: etree._Element) -> dict[str, Json]:
    """Return what a CAP document of the China Meteorological Administration says in its identifier and headline."""
    found: dict[str, Json] = {}
    try:
        parts = identifier.read(text_in(child_of(alert, "identifier")) or "")
    except BadInput:
        return found  # of another country
    found |= {
        "region6": parts.region6,
        "department3": parts.department3,
        "unit5": parts.unit5,
        "province": parts.province,
        "prefecture": parts.prefecture,
        "issued": parts.issued.isoformat(),
    }
    for info in children(alert, "info"):
        head = headline.read(text_in(child_of(info, "headline")) or "")
        found |= {"colour": head.colour or None, "level": head.level, "action": head.action}
        break
    return found
