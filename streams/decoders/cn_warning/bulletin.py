"""Bulletin: what every Chinese dialect says of a warning in its own words, and the hazard revision it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ops_center.domain.errors import BadInput
from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from ops_center.domain.world import HazardRevision
from streams.decoders.cap12.area import polygonal, to_geojson
from streams.decoders.cap12.values import Ring
from streams.decoders.cn_warning_codes import headline, identifier
from streams.decoders.cn_warning_codes.events import CODE_OF, EN, GBT35561
from streams.decoders.cn_warning_codes.identifier import BEIJING
from streams.decoders.cn_warning_codes.levels import BY_COLOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """One published warning as its dialect states it; "" and None where it does not."""

    dialect: str
    identifier: str
    title: str
    issued_ms: int | None = None
    event: str = ""
    event_code: str = ""
    colour: str = ""
    level: str | None = None
    action: str = ""
    status: Status = Status.ACTUAL
    references: tuple[str, ...] = ()
    adcodes: tuple[str, ...] = ()
    onset_ms: int | None = None
    expires_ms: int | None = None
    lon: float | None = None
    lat: float | None = None
    rings: tuple[Ring, ...] = ()
    said: Mapping[str, Json] = field(default_factory=dict)  # the dialect's own fields, by its names

    def header(self) -> dict[str, Json]:
        """Return the warning for people and scripts."""
        parts = identifier.read(self.identifier)
        level = BY_COLOUR.get(self.colour)
        issued = beijing(self.at_ms)
        return {
            **self.said,
            "dialect": self.dialect,
            "identifier": self.identifier,
            "region6": parts.region6,
            "department3": parts.department3,
            "unit5": parts.unit5,
            "province": parts.province,
            "prefecture": parts.prefecture,
            "issued": issued,
            "issued_minute": f"{issued[:16]}+08:00",
            "title": self.title,
            "event": self.event,
            "event_code": self.event_code or None,
            "colour": self.colour or None,
            "level": self.level,
            "cap_severity": level.cap_severity if level else None,
            "action": self.action,
            "status": self.status.value,
            "references": list(self.references),
            "adcodes": list(self.adcodes),
            "onset": beijing(self.onset_ms) if self.onset_ms is not None else None,
            "expires": beijing(self.expires_ms) if self.expires_ms is not None else None,
            "lon": self.lon,
            "lat": self.lat,
            "polygons": len(self.rings),
        }

    @property
    def at_ms(self) -> int:
        """Time of issue: as stated, else that in the identifier."""
        return identifier.read(self.identifier).issued_ms if self.issued_ms is None else self.issued_ms

    def revision(self) -> HazardRevision:
        """Return the hazard revision; its id is the earliest warning referenced, else its own."""
        area = polygonal(self.rings)
        first = min(self.references, key=lambda text: text.partition("_")[2], default=self.identifier)
        return HazardRevision(
            id=f"cn:{first}",
            revision=self.identifier,
            kind="warning",
            event_code=self.event_code,
            title={"zh": self.title, **({"en": english(self.event, self.colour)} if self.event in EN else {})},
            issued_ms=self.at_ms,
            onset_ms=self.onset_ms,
            expires_ms=self.expires_ms,
            action=self.action,
            status=self.status,
            colour=self.colour,
            lon_e7=None if self.lon is None else round(self.lon * 1e7),
            lat_e7=None if self.lat is None else round(self.lat * 1e7),
            area=to_geojson(area) if area is not None else None,
            adcodes=self.adcodes,
            fields={
                **self.said,
                "event": self.event,
                "level": self.level,
                "dialect": self.dialect,
                "references": [f"cn:{text}" for text in self.references],
            },
        )


def completed(warning: Bulletin) -> Bulletin:
    """Return the warning with what its identifier and headline add; BadInput where they contradict it.

    The region of the identifier is that of the issuer; it is the area where the message names none.
    """
    parts = identifier.read(warning.identifier)
    head = headline.read(warning.title)
    if head.colour and warning.colour and head.colour != warning.colour:
        raise BadInput(f"the headline says {head.colour}, the code says {warning.colour}", field="colour")
    event = warning.event or GBT35561.get(warning.event_code, "") or head.event
    return Bulletin(
        dialect=warning.dialect,
        identifier=warning.identifier,
        title=warning.title,
        issued_ms=_precise(warning.issued_ms, parts.issued_ms),
        event=event,
        event_code=warning.event_code or CODE_OF.get(event, ""),
        colour=warning.colour or head.colour,
        level=warning.level or head.level,
        action=warning.action or head.action,
        status=warning.status,
        references=tuple(text for text in warning.references if text != warning.identifier),
        adcodes=warning.adcodes or (parts.region6,),
        onset_ms=warning.onset_ms,
        expires_ms=warning.expires_ms,
        lon=warning.lon,
        lat=warning.lat,
        rings=warning.rings,
        said=warning.said,
    )


def english(event: str, colour: str) -> str:
    """Return an English title of what the codes say."""
    return f"{EN[event]}: {colour} warning" if colour else f"{EN[event]}: warning"


def beijing(ms: int) -> str:
    """Return UTC milliseconds as ISO time at +08:00, to the second."""
    return datetime.fromtimestamp(ms // 1000, BEIJING).isoformat()


def _precise(stated_ms: int | None, identified_ms: int) -> int:
    """NMC states minutes only; the seconds of the same minute stand in the identifier."""
    if stated_ms is None or (stated_ms % 60_000 == 0 and stated_ms == identified_ms // 60_000 * 60_000):
        return identified_ms
    return stated_ms
