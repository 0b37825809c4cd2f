"""Finding: one thing wrong with an alert, named by reason code and place."""

from __future__ import annotations

from dataclasses import dataclass

from ops_center.domain.text import Json


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason code at an XPath (`/alert[1]/info[2]/area[1]`); a fatal one refuses the alert."""

    reason: str
    field: str
    detail: str = ""
    fatal: bool = True

    def plain(self) -> dict[str, Json]:
        """Return the finding as JSON values."""
        return {"reason": self.reason, "field": self.field, "detail": self.detail}
