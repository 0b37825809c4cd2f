"""Decode CAP 1.2 alerts (OASIS, 1 July 2010), alone or in Atom, RSS, EDXL-DE and lists.

CAP 1.1 and 1.0 are read by their own schemas. What breaks the schema refuses that alert with a
reason code and an XPath; so does what the schema cannot say but the text forbids, unless the
manifest tolerates the code (`tolerate: [INVALID_WEB]`). Other findings are warnings. Signatures are
recorded, not verified.
"""

from __future__ import annotations

from dataclasses import dataclass

from ops_center.columns import Decoded, Messages, Refused, empty_batch
from ops_center.domain.errors import BadInput
from ops_center.domain.feed import Feed
from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from ops_center.domain.world import HazardRevision
from streams.decoders.cap12 import profile, schema, semantics
from streams.decoders.cap12.alert import hazard, header, spread, version_of
from streams.decoders.cap12.containers import Part, links, parts
from streams.decoders.cap12.finding import Finding
from streams.xml_input import parse


@dataclass(frozen=True, slots=True)
class Cap12:
    """The decoder; `tolerated` reason codes are reported but refuse nothing.

    What comes through a feed that is no actual one takes the feed's status, whatever the alert says.
    """

    tolerated: frozenset[str] = frozenset()
    status: Status = Status.ACTUAL

    def decode(self, messages: Messages) -> Decoded:
        """Decode documents into hazard revisions; an alert that is refused leaves its neighbours."""
        records: list[tuple[int, HazardRevision]] = []
        refused: list[Refused] = []
        for row in range(len(messages)):
            try:
                found = parts(parse(messages[row]))
            except BadInput as error:
                refused.append(Refused(row, _why(error), error.field))
                continue
            for part in found:
                self._take(row, part, len(found) == 1, records, refused)
        return Decoded(empty_batch(), tuple(refused), tuple(records))

    def _take(
        self, row: int, part: Part, alone: bool, records: list[tuple[int, HazardRevision]], refused: list[Refused]
    ) -> None:
        fatal = [finding for finding in self.findings(part) if finding.fatal]
        if fatal:
            first = fatal[0]
            place = f"{part.place}{first.field}" if part.alert is not None else first.field
            refused.append(Refused(row, f"{first.reason} {first.detail}".strip(), place, whole=alone))
            return
        if part.alert is None:
            return  # an entry that only links to its alert: the poller fetches it
        revision = hazard(part.alert)
        if revision is None:
            refused.append(Refused(row, "NO_WARNING Ack, Error or Draft", part.place or "/alert[1]", whole=False))
        else:
            records.append((row, spread(revision, self.status)))

    def describe(self, message: bytes) -> Json:
        """Return one object for an alert, a list of one per part for a container."""
        try:
            found = parts(parse(message))
        except BadInput as error:
            return {"ok": False, "error": error.reason, "field": error.field, "detail": error.suggestion}
        if len(found) == 1 and not found[0].place:
            return self._object(found[0])
        return [{"part": part.place, **self._object(part)} for part in found]

    def subject_of(self, message: bytes) -> str:
        """Warnings report no subject."""
        return ""

    def links_of(self, message: bytes) -> list[str]:
        """Return the addresses of alerts that a feed links to, for the poller; none where unreadable."""
        try:
            return links(parse(message))
        except BadInput:
            return []

    def findings(self, part: Part) -> list[Finding]:
        """Return everything wrong with a part, fatal first, then in document order."""
        if part.alert is None:
            return list(part.findings)
        version = version_of(part.alert)
        by_schema = schema.check(part.alert, version)
        wrong = {(f.reason, f.field) for f in by_schema}
        more = [f for f in semantics.check(part.alert, version) if (f.reason, f.field) not in wrong]
        found = [self._judged(f) for f in (*by_schema, *more, *profile.check(part.alert))]
        return sorted(found, key=lambda f: not f.fatal)

    def _judged(self, finding: Finding) -> Finding:
        if finding.fatal and finding.reason in self.tolerated:
            return Finding(finding.reason, finding.field, finding.detail, fatal=False)
        return finding

    def _object(self, part: Part) -> dict[str, Json]:
        found = self.findings(part)
        fatal = [f for f in found if f.fatal]
        head = header(part.alert) if part.alert is not None else part.header
        if fatal:
            return {
                "ok": False,
                "error": fatal[0].reason,
                "field": fatal[0].field,
                "detail": fatal[0].detail,
                "reasons": [f.plain() for f in fatal],
                "warnings": [f.plain() for f in found if not f.fatal],
                "header": head,
            }
        return {"ok": True, "header": head, "observations": [], "warnings": [f.plain() for f in found]}


def make(feed: Feed) -> Cap12:
    """Return the decoder of a feed; option `tolerate` lists reason codes that refuse nothing."""
    return Cap12(frozenset(str(code) for code in feed.options.get("tolerate") or ()), feed.status)


def _why(error: BadInput) -> str:
    return f"{error.reason} {error.suggestion}".strip()


__all__ = ["Cap12", "make"]
