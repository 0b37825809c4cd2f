"""What ``report``, ``evidence`` and ``verify`` do."""

from __future__ import annotations

from pathlib import Path

from ops_center.adapters import audit
from ops_center.adapters import evidence as bundles
from ops_center.adapters.files import replace_file
from ops_center.bootstrap.evidencing import evidence_of, source_of
from ops_center.bootstrap.opened import opened
from ops_center.bootstrap.reporting import FORMS, Reporter
from ops_center.domain.errors import SetupError
from ops_center.domain.quantity import iso, parse_iso
from ops_center.domain.text import Json, Text


def write_report(incident: str, folder: Path, out: Path, *, language: str, at: str) -> None:
    """Write an incident's report in the form that the file's name says."""
    form = out.suffix.removeprefix(".")
    if form not in FORMS:
        raise SetupError(f"{out.name!r} ends neither in .html nor .pdf", setting="--out")
    with opened(folder) as found:
        loop, picture = found.at(_time(at))
        code, definitions = found.setup.deployment, loop.desk.definitions
        reporter = Reporter(
            atlas=found.setup.places,
            authority=Text(code, code),
            zone=found.setup.zone,
            kinds=lambda: definitions.incident_kinds,
            posts=lambda: definitions.posts,
            dispositions=lambda: {one.id: one.title for one in definitions.dispositions.values()},
        )
        made = reporter.incident(picture, incident, language=language, form=form)
    if made is None:
        raise SetupError(f"no incident {incident!r}", setting=str(folder), suggestion="its id or spoken number")
    replace_file(out, made)


def write_evidence(incident: str, folder: Path, out: Path) -> str:
    """Write an incident's signed bundle; return a line about it."""
    with opened(folder) as found:
        made, facts = evidence_of(source_of(found), incident)
    replace_file(out, made)
    checked = bundles.verify(out)
    return f"{out}: {facts['number']}, {checked.files} files, key {checked.key}"


def verified(file: Path, key: Path | None) -> dict[str, Json]:
    """Return what a verification found: ok, and a line about it."""
    if bundles.is_bundle(file):
        try:
            trusted = bundles.public_key(key) if key else None
        except ValueError as error:
            raise SetupError(f"is no public key: {error}", setting=str(key)) from error
        found = bundles.verify(file, trusted=trusted)
        number = (found.facts or {}).get("number", "")
        text = f"ok: {number}, {found.files} files, key {found.key}" if found.ok else f"FAIL: {found.reason}"
        return {"ok": found.ok, "kind": "evidence", "text": text, "reason": found.reason, "key": found.key}
    verdict = audit.verify(file)
    ok = verdict.broken_at is None
    text = f"ok: {verdict.entries} entries" if ok else f"FAIL: line {verdict.broken_at} {verdict.reason}"
    return {"ok": ok, "kind": "audit", "text": text, "reason": verdict.reason, "entries": verdict.entries}


def _time(text: str) -> int | None:
    if not text:
        return None
    try:
        return parse_iso(text)
    except ValueError as error:
        raise SetupError(str(error), setting="--at", suggestion=f"as {iso(0)}") from error
