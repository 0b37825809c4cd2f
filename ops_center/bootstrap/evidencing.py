"""Evidencing: gather all that belongs to one incident into a signed bundle (MODEL: Personal data and evidence)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np

from ops_center import wire
from ops_center.adapters.audit import AuditEntry
from ops_center.adapters.audit import verify as verify_audit
from ops_center.adapters.blobs import Blobs
from ops_center.adapters.evidence import pack
from ops_center.adapters.keys import signing_key
from ops_center.adapters.notify_log import DeliveryLog
from ops_center.bootstrap.library import Library
from ops_center.bootstrap.opened import Opened
from ops_center.bootstrap.parts import Setup
from ops_center.desk.state import State
from ops_center.domain.alert import Alert
from ops_center.domain.command import Command
from ops_center.domain.digest import canonical, plain
from ops_center.domain.errors import SetupError
from ops_center.domain.text import Json
from ops_center.domain.warning import delivery_intent
from ops_center.picture import Picture
from ops_center.ports import COMMAND, INPUT, Journal
from ops_center.reports.incident import Case, case_of
from playbooks.kinds import intent_id
from streams.block import Block, decode_block
from streams.decoders import Decoder, load
from streams.decoders.cap12.encode import encode

AROUND_MS = 600_000  # before the first firing and after the last word: how it came about
READ = 1_024
FORMAT = 1
ABOUT = """\
Evidence of incident {number}, made by Ops Center. 事件 {number} 的证据包。
Verify / 校验: ops-center verify FILE [--key PUBLIC-KEY]
manifest.json lists every file with its SHA-256; the zip's comment holds an Ed25519 signature of every byte before it.
envelopes.jsonl: messages as received (hexadecimal), of the subjects of the incident's alarms, from ten minutes before.
audit.jsonl: the lines of the audit chain about this incident; chain.json: the length and state of the whole chain.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages belong: of a feed's subject, stamped within a window."""

    feed: str
    subject: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a bundle is made of: a deployment's folder, its journal, and what the desk has decided so far."""

    folder: Path
    setup: Setup
    journal: Journal
    state: State
    picture: Picture
    audit: Path


def source_of(opened: Opened) -> Source:
    """Return the source of a folder that is read from outside."""
    loop, picture = opened.at()
    return Source(
        folder=opened.folder,
        setup=opened.setup,
        journal=opened.journal,
        state=loop.desk.state,
        picture=picture,
        audit=opened.folder / "audit.jsonl",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundles:
    """Makes bundles beside a running desk; `reading` yields a journal that nobody else reads in."""

    folder: Path
    setup: Setup
    audit: Path
    reading: Callable[[], AbstractContextManager[Journal]]
    state: Callable[[], State]
    picture: Callable[[], Picture]

    def bundle(self, identity: str) -> bytes:
        """Return the signed bundle of an incident; SetupError where there is none."""
        picture = self.picture()
        decided = replace(picture, alerts=picture.alerts if picture.decided is None else picture.decided)
        with self.reading() as journal:
            source = Source(
                folder=self.folder,
                setup=self.setup,
                journal=journal,
                state=self.state(),
                picture=decided,
                audit=self.audit,
            )
            return evidence_of(source, identity)[0]


def evidence_of(source: Source, identity: str) -> tuple[bytes, Mapping[str, Json]]:
    """Return the signed bundle of an incident (id or spoken number) and its facts."""
    picture, state = source.picture, source.state
    case = case_of(picture, identity)
    if case is None:
        raise SetupError(f"no incident {identity!r}", setting=str(source.folder), suggestion="its id or spoken number")
    files = {
        **_things(case, state),
        **_content(source.setup, case, state),
        **_journalled(source, case, picture),
        **_beside(source, case),
        "README.txt": ABOUT.format(number=case.incident.number).encode(),
    }
    facts: dict[str, Json] = {
        "format": FORMAT,
        "incident": case.incident.id,
        "number": case.incident.number,
        "deployment": source.setup.deployment,
        "status": case.incident.status.value,
        "at_ms": picture.at_ms,
        "digest": picture.digest(),
        "content": state.content,
    }
    return pack(files, facts, signing_key(source.folder)), facts


def ids_of(case: Case) -> frozenset[str]:
    """Return every id that a command, an audit line or a message about this incident can name."""
    found = {case.incident.id, *(one.id for one in case.alerts)}
    found |= {one.id for one in case.dispatches} | {one.id for one in case.warnings}
    found |= {occurrence.id for alert in case.alerts for occurrence in alert.occurrences}
    for run in case.runs:
        found |= {run.id, *(task.id for task in run.tasks)}
    return frozenset(found)


def wanted_of(alerts: Sequence[Alert], *, at_ms: int) -> tuple[Wanted, ...]:
    """Return whose messages belong to these alerts, and from when to when."""
    found = []
    for alert in alerts:
        if alert.feed and alert.subject:
            begun = min(one.started_ms for one in alert.occurrences)
            ended = max(one.resolved_ms or at_ms for one in alert.occurrences)
            found.append(
                Wanted(feed=alert.feed, subject=alert.subject, from_ms=begun - AROUND_MS, to_ms=ended + AROUND_MS)
            )
    return tuple(found)


def envelopes_of(
    journal: Journal, wanted: Sequence[Wanted], decoder_of: Callable[[str], Decoder | None]
) -> Iterator[dict[str, Json]]:
    """Yield the messages that belong, as received, partition by partition in the journal's order."""
    feeds = {one.feed for one in wanted}
    for partition in range(journal.partitions(INPUT)):
        offset = journal.start(INPUT, partition)
        while records := journal.read(INPUT, partition, offset, READ):
            for record in records:
                if wire.is_block(record.value):
                    block = decode_block(record.value)
                    if block.feed in feeds:
                        yield from _messages(block, wanted, decoder_of)
            offset = records[-1].offset + 1


def _messages(
    block: Block, wanted: Sequence[Wanted], decoder_of: Callable[[str], Decoder | None]
) -> Iterator[dict[str, Json]]:
    stamps = block.messages.stamps
    if not len(stamps):
        return
    first, last = int(stamps.min()), int(stamps.max())
    near = [one for one in wanted if one.feed == block.feed and one.from_ms <= last and first <= one.to_ms]
    decoder = decoder_of(block.feed) if near else None
    if decoder is None:
        return
    decoded = decoder.decode(block.messages)
    subjects = decoded.batch["subject"]
    rows: set[int] = set()
    for one in near:
        within = {n for n, stamp in enumerate(stamps.tolist()) if one.from_ms <= stamp <= one.to_ms}
        mine = {int(row) for row in np.asarray(decoded.batch["message"])[_is(subjects, one.subject)]}
        mine |= {row for row, made in decoded.records if getattr(made, "id", "") == one.subject}
        rows |= mine & within
    for row in sorted(rows):
        message = block.messages[row]
        yield {
            "gateway": block.gateway,
            "feed": block.feed,
            "partition": block.partition,
            "sequence": block.first + row,
            "status": block.status.value,
            "stamp_ms": int(stamps[row]),
            "sha256": sha256(message).hexdigest(),
            "bytes": message.hex(),
        }


def _is(subjects: Json, subject: str) -> Json:
    """Return the mask of the rows of a subject."""
    known = [n for n, value in enumerate(subjects.values) if value == subject]
    return np.isin(subjects.codes, known)


def _things(case: Case, state: State) -> dict[str, bytes]:
    """Return the decided things, and the playbooks as the runs kept them."""
    files = {
        "incident.json": _json(case.incident),
        "alerts.json": _json(case.alerts),
        "runs.json": _json(case.runs),
        "dispatches.json": _json(case.dispatches),
        "resources.json": _json(case.resources),
        "warnings.json": _json(case.warnings),
    }
    for warning in case.warnings:
        for revision in warning.revisions:
            if revision.identifier:
                files[f"warnings/{revision.identifier}.xml"] = encode(warning, revision)
    for run in case.runs:
        book = state.books.get(f"{run.playbook}@{run.version}")
        if book is not None:
            files[f"playbooks/{run.playbook}@{run.version}.json"] = _json(book)
    return files


def _content(setup: Setup, case: Case, state: State) -> dict[str, bytes]:
    """Return the rules that fired, as they were then, and the versions of all layers."""
    files: dict[str, bytes] = {}
    for alert in case.alerts:
        for occurrence in alert.occurrences:
            name = f"rules/{alert.rule}@{occurrence.rule_version}.json"
            if name not in files:
                found = _rule(setup.library, alert.rule, occurrence.rule_version, in_force=state.content)
                if found is not None:
                    files[name] = _json(found)
    layers = [
        {"id": data.layer.id, "version": data.layer.version, "valid_from": data.layer.valid_from}
        for _, data in sorted(setup.places.features.items())
    ]
    return {**files, "layers.json": _json(layers)}


def _rule(library: Library | None, rule: str, version: str, *, in_force: str) -> dict[str, Json] | None:
    """Return a version of a rule as its file said it, None where no kept content version has it."""
    if library is None:
        return None
    for content_version in (in_force, *library.definitions):
        content = library.content(content_version)
        document = content.tree.of("rule").get(rule)
        compiled = next((one for one in content.program.rules if one.rule.id == rule), None)
        if document is not None and compiled is not None and compiled.rule.version == version:
            return {"content": content_version, "document": document.data}
    return None


def _journalled(source: Source, case: Case, picture: Picture) -> dict[str, bytes]:
    """Return envelopes and commands as the journal holds them."""
    feeds = source.setup.content.feeds
    decoders: dict[str, Decoder | None] = {}

    def decoder_of(feed: str) -> Decoder | None:
        if feed not in decoders:
            decoders[feed] = load(feeds[feed]) if feed in feeds else None
        return decoders[feed]

    envelopes = envelopes_of(source.journal, wanted_of(case.alerts, at_ms=picture.at_ms), decoder_of)
    ids = ids_of(case)
    commands = (one for one in _commands(source.journal) if one.target in ids or one.id == case.incident.opened_by)
    return {"envelopes.jsonl": _lines(envelopes), "commands.jsonl": _lines(plain(one) for one in commands)}


def _commands(journal: Journal) -> Iterator[Command]:
    offset = journal.start(COMMAND, 0)
    while records := journal.read(COMMAND, 0, offset, READ):
        for record in records:
            thing = wire.decode(record.value)
            if isinstance(thing, Command):
                yield thing
        offset = records[-1].offset + 1


def _beside(source: Source, case: Case) -> dict[str, bytes]:
    """Return what lies beside the journal: attachments, tries to reach people, lines of the audit."""
    folder = source.folder
    blobs = Blobs(folder / "blobs")
    files: dict[str, bytes] = {}
    absent: list[str] = []
    for one in case.incident.attachments:
        body = blobs.get(one.sha256)
        if body is None:
            absent.append(one.sha256)
        else:
            files[f"attachments/{one.sha256}"] = body
    deliveries = DeliveryLog(folder / "deliveries.jsonl")
    deliveries.load()
    intents = [intent_id(task.id, to) for run in case.runs for task in run.tasks for to, _ in task.deliveries]
    for warning in case.warnings:
        intents += [
            delivery_intent(warning.id, one.number, to) for one in warning.revisions for to, _ in one.deliveries
        ]
    tries = [plain(one) for intent in intents for one in deliveries.of(intent)]
    lines, chain = _audit(source.audit, case)
    return {
        **files,
        "deliveries.jsonl": _lines(tries),
        "audit.jsonl": lines,
        "chain.json": _json({**chain, "attachments_absent": absent}),
    }


def _audit(path: Path, case: Case) -> tuple[bytes, dict[str, Json]]:
    """Return the audit's own lines about the incident, and whether the whole chain holds."""
    if not path.exists():
        return b"", {"entries": 0, "whole": True}
    verdict, ids = verify_audit(path), {*ids_of(case), case.incident.opened_by}
    kept: list[bytes] = []
    last = ""
    for line in path.read_bytes().splitlines():
        try:
            entry = msgspec.json.decode(line, type=AuditEntry)
        except msgspec.MsgspecError:
            continue  # the verdict says where the chain is broken
        last = entry.hash
        if entry.target in ids or entry.command in ids:
            kept.append(line + b"\n")
    whole = verdict.broken_at is None
    facts = {"entries": verdict.entries, "whole": whole, "broken_at": verdict.broken_at, "last": last}
    return b"".join(kept), facts


def _json(thing: Json) -> bytes:
    return canonical(thing).encode() + b"\n"


def _lines(things: Iterator[Json] | Sequence[Json]) -> bytes:
    return b"".join(_json(one) for one in things)
