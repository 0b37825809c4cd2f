"""Warning templates: what a warning of one kind of event says, by colour, read from content files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops_center.content import ContentTree, Document, validate
from ops_center.domain.errors import ContentError
from ops_center.domain.quantity import duration_ms, length_mm
from ops_center.domain.scales import WarningColour
from ops_center.domain.text import Json, Text
from ops_center.domain.warning import CapTerms, Measure

TEXTS = ("headline", "description", "instruction")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourTerms:
    """What holds for one colour: how CAP classes it, who must agree, which measures it calls for."""

    cap: CapTerms
    approvals: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningTemplate:
    """One version of one template; its texts hold ``{dotted.name}`` places."""

    id: str
    version: str
    title: Text
    event_code: str
    incident_kinds: tuple[str, ...] = ()
    approver: str = "commander"
    recipients: tuple[str, ...] = ()
    contact: str = ""
    valid_for_ms: int
    buffer_m: float = 0.0
    colours: Mapping[WarningColour, ColourTerms]
    texts: Mapping[str, Text]


def schema() -> Mapping[str, Json]:
    """Return the published JSON Schema of warning templates."""
    found: Mapping[str, Json] = json.loads(Path(__file__).with_name("warning.schema.json").read_text(encoding="utf-8"))
    return found


def check_template(document: Document) -> None:
    """Raise ContentError where a template is wrong by itself."""
    validate(document, schema())
    given = document.data
    for name, reader in (("valid_for", duration_ms), ("buffer", length_mm)):
        if name in given:
            try:
                positive = reader(given[name]) > 0
            except ValueError as error:
                raise document.error(str(error), (name,)) from error
            if not positive:
                raise document.error("must be above nothing", (name,))


def read_template(document: Document) -> WarningTemplate:
    """Return the template of a document."""
    check_template(document)
    given = document.data
    return WarningTemplate(
        id=given["id"],
        version=str(given["version"]),
        title=_text(given["title"]),
        event_code=given["event_code"],
        incident_kinds=tuple(given.get("incident_kinds", ())),
        approver=given.get("approver", "commander"),
        recipients=tuple(given.get("recipients", ())),
        contact=given.get("contact", ""),
        valid_for_ms=duration_ms(given["valid_for"]),
        buffer_m=length_mm(given["buffer"]) / 1000 if "buffer" in given else 0.0,
        colours={
            colour: _terms(given, colour, given["colours"][colour.value])
            for colour in WarningColour
            if colour.value in given["colours"]
        },
        texts={name: _text(given["texts"][name]) for name in TEXTS},
    )


def load_templates(tree: ContentTree) -> tuple[Mapping[str, WarningTemplate], tuple[ContentError, ...]]:
    """Return all templates of a content tree, by id, and what was refused."""
    found: dict[str, WarningTemplate] = {}
    errors: list[ContentError] = []
    for identity, document in tree.of("warning").items():
        try:
            found[identity] = read_template(document)
        except ContentError as error:
            errors.append(error)
    return found, tuple(errors)


def _terms(given: Mapping[str, Json], colour: WarningColour, one: Mapping[str, Json]) -> ColourTerms:
    return ColourTerms(
        cap=CapTerms(
            category=tuple(given["category"]),
            urgency=one["urgency"],
            severity=one["severity"],
            certainty=one["certainty"],
            response=tuple(one.get("response", ())),
        ),
        approvals=one.get("approvals", 1),
        measures=tuple(
            Measure(law=measure["law"], text=_text(measure["text"]))
            for measure in given.get("measures", ())
            if colour.value in measure.get("colours", [colour.value])
        ),
    )


def _text(given: Mapping[str, str]) -> Text:
    return Text(given["zh"], given["en"])
