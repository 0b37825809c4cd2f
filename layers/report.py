"""Report: what was repaired or refused while a layer was read; nothing is mended in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ops_center.domain.text import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong with one feature; `row` counts from 1 as in the source."""

    row: int
    key: str
    reason: str
    field: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Of `read` features `kept` are in the layer; refused ones are not, repaired ones are."""

    source: str
    read: int
    kept: int
    repaired: tuple[Finding, ...] = ()
    refused: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return the report for scripts."""
        return {
            "source": self.source,
            "read": self.read,
            "kept": self.kept,
            "repaired": [_plain(f) for f in self.repaired],
            "refused": [_plain(f) for f in self.refused],
            "notes": list(self.notes),
        }

    def lines(self) -> tuple[str, ...]:
        """Return the report for people: the sum, the counts by reason, the first of each."""
        head = f"{self.source}: {self.kept} of {self.read} features kept"
        return (
            head,
            *self.notes,
            *_summary("repaired", self.repaired),
            *_summary("refused", self.refused),
        )


def _plain(finding: Finding) -> dict[str, Json]:
    found = {"row": finding.row, "key": finding.key, "reason": finding.reason}
    return found | {name: value for name in ("field", "detail") if (value := getattr(finding, name))}


def _summary(what: str, findings: Sequence[Finding]) -> list[str]:
    counts = Counter((f.field, f.reason) for f in findings)
    lines = []
    for (field, reason), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        first = next(f for f in findings if (f.field, f.reason) == (field, reason))
        where = f"{field}: " if field else ""
        detail = f", {first.detail}" if first.detail else ""
        lines.append(f"{what} {count}: {where}{reason} (first: row {first.row}, key {first.key!r}{detail})")
    return lines
