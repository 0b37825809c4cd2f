"""Account: what a run came to by logical content, and every way in which two accounts can differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import create_engine, select
from sqlalchemy.pool import NullPool

from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.adapters.notify_outbox import Sent
from ops_center.adapters.store_models import (
    AlertRow,
    DispatchRow,
    IncidentRow,
    ResourceRow,
    RunRow,
    ShiftRow,
    WarningRow,
)
from ops_center.bootstrap import Setup, make_loop, topics
from ops_center.domain.alert import Alert
from ops_center.domain.command import DELIVERY, Command
from ops_center.domain.digest import canonical
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.run import PlaybookRun
from ops_center.domain.shift import Shift
from ops_center.domain.warning import PublicWarning, delivery_intent
from ops_center.domain.world import WorldChange
from ops_center.pipeline.records import records_of
from ops_center.pipeline.results import events_of
from ops_center.ports import COMMAND, INPUT, OUTPUT, WORLD, Journal, Thing
from ops_center.wire import decode, is_block
from playbooks.kinds.kind import intent_id
from streams.block import decode_block
from tests.production.scripted_gateway import Step

SHOWN = 5  # differences of a kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """By kind and id the canonical form of the last word on each thing; ids of what is only told once."""

    things: Mapping[str, Mapping[str, str]]
    events: frozenset[str]
    changes: frozenset[str]

    def count(self, kind: str) -> int:
        """Return how many things of a kind there are."""
        return len(self.things.get(kind, {}))


def last_words(journal: Journal) -> dict[str, Thing]:
    """Return the last word on everything the desk wrote out, by id."""
    found: dict[str, Thing] = {}
    for record in records_of(journal, OUTPUT, 0):
        thing = decode(record.value)
        assert isinstance(thing, Thing)
        found[thing.id] = thing
    return found


def account_of(journal: Journal) -> Account:
    """Return the account of a journal."""
    things: dict[str, dict[str, str]] = {}
    for identity, thing in sorted(last_words(journal).items()):
        things.setdefault(type(thing).__name__, {})[identity] = canonical(thing)
    told = (decode(record.value) for record in records_of(journal, WORLD, 0))
    return Account(
        things=things,
        events=frozenset(event.id for event in events_of(journal)),
        changes=frozenset(one.id for one in told if isinstance(one, WorldChange)),
    )


def recomputed(journal: Journal, setup: Setup) -> Account:
    """Return what one process makes of a journal's inputs, from the beginning."""
    inputs = MemoryJournal(topics(journal.partitions(INPUT)))
    for topic in (INPUT, COMMAND):
        for partition in range(journal.partitions(topic)):
            inputs.append(topic, partition, [record.value for record in records_of(journal, topic, partition)])
    make_loop(setup, inputs, hold=True).run()
    return account_of(inputs)


def differences(found: Account, expected: Account) -> Iterator[str]:
    """Yield every way in which a run's account is not the expected one."""
    for kind in sorted(found.things.keys() | expected.things.keys()):
        mine, theirs = found.things.get(kind, {}), expected.things.get(kind, {})
        yield from _missing(kind, mine.keys(), theirs.keys())
        changed = sorted(one for one in mine.keys() & theirs.keys() if mine[one] != theirs[one])
        for identity in changed[:SHOWN]:
            yield f"{kind} {identity}: {_apart(mine[identity], theirs[identity])}"
        if len(changed) > SHOWN:
            yield f"{kind}: {len(changed) - SHOWN} more differ"
    yield from _missing("event", found.events, expected.events)
    yield from _missing("world change", found.changes, expected.changes)


def _missing(kind: str, mine: Iterable[str], theirs: Iterable[str]) -> Iterator[str]:
    have, want = set(mine), set(theirs)
    for word, ids in (("lost", want - have), ("made up", have - want)):
        if ids:
            yield f"{kind}: {len(ids)} {word}, such as {sorted(ids)[:SHOWN]}"


def _apart(mine: str, theirs: str) -> str:
    at = next((n for n, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), min(len(mine), len(theirs)))
    return f"…{mine[max(0, at - 80) : at + 80]}… is not …{theirs[max(0, at - 80) : at + 80]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What lies in the journal's inputs, and how often."""

    messages: Mapping[tuple[int, str, bytes], int]  # stamp, feed, content
    commands: Mapping[str, int]  # by id; deliveries are the notifier's own

    @property
    def repeats(self) -> int:
        """Messages that lie there a second time: sent again, dropped by their content (ORDER 9)."""
        return sum(self.messages.values()) - len(self.messages)


def received(journal: Journal) -> Received:
    """Return what a journal received."""
    messages: Counter[tuple[int, str, bytes]] = Counter()
    for partition in range(journal.partitions(INPUT)):
        for record in records_of(journal, INPUT, partition):
            if is_block(record.value):
                block = decode_block(record.value)
                stamps = block.messages.stamps
                messages.update((int(stamps[n]), block.feed, block.messages[n]) for n in range(len(stamps)))
    given = (decode(record.value) for record in records_of(journal, COMMAND, 0))
    commands = Counter(one.id for one in given if isinstance(one, Command) and one.kind != DELIVERY)
    return Received(messages=messages, commands=commands)


def sent_of(steps: Sequence[Step]) -> Received:
    """Return what a script sends."""
    messages = Counter(message for step in steps for message in step.messages)
    bodies = (body for step in steps for _, body in step.commands)
    return Received(messages=messages, commands=Counter(msgspec.json.decode(body, type=Command).id for body in bodies))


def lost(found: Received, sent: Received) -> Iterator[str]:
    """Yield what was acknowledged and does not lie in the journal, or lies there with nobody having sent it."""
    for kind, mine, theirs in (
        ("message", found.messages, sent.messages),
        ("command", found.commands, sent.commands),
    ):
        gone, strange = theirs.keys() - mine.keys(), mine.keys() - theirs.keys()
        if gone:
            yield f"{len(gone)} {kind}s lost of {len(theirs)}"
        if strange:
            yield f"{len(strange)} {kind}s nobody sent"


def intents_of(journal: Journal) -> set[str]:
    """Return every message to a recipient that runs and warnings ever intended."""
    found: set[str] = set()
    for thing in last_words(journal).values():
        if isinstance(thing, PlaybookRun):
            found |= {intent_id(task.id, to) for task in thing.tasks for to, _ in task.deliveries}
        if isinstance(thing, PublicWarning):
            found |= {
                delivery_intent(thing.id, revision.number, to)
                for revision in thing.revisions
                for to, _ in revision.deliveries
            }
    return found


def outbox_of(folder: Path) -> Counter[str]:
    """Return how often each intent lies in the outboxes of the desks below a folder."""
    lines = [line for path in sorted(folder.rglob("outbox.jsonl")) for line in path.read_bytes().split(b"\n")[:-1]]
    return Counter(msgspec.json.decode(line, type=Sent).intent for line in lines)


def everybody_told(journal: Journal, folder: Path) -> bool:
    """Return whether every message that a journal intends has gone out: recipients answer only what was sent to them."""
    return intents_of(journal) <= outbox_of(folder).keys()


ROWS: Mapping[str, tuple[Any, Any]] = {
    "Alert": (AlertRow, Alert),
    "Incident": (IncidentRow, Incident),
    "PlaybookRun": (RunRow, PlaybookRun),
    "Dispatch": (DispatchRow, Dispatch),
    "Resource": (ResourceRow, Resource),
    "PublicWarning": (WarningRow, PublicWarning),
    "Shift": (ShiftRow, Shift),
}


def stored_apart(database: str, found: Account) -> Iterator[str]:
    """Yield where the database has not exactly what the journal has."""
    engine = create_engine(database, poolclass=NullPool)
    with engine.connect() as connection:
        for kind, (row, thing) in ROWS.items():
            bodies = connection.execute(select(row.body)).scalars().all()
            things = [msgspec.json.decode(body, type=thing) for body in bodies]
            mine, theirs = {one.id: canonical(one) for one in things}, found.things.get(kind, {})
            yield from (f"stored {one}" for one in _missing(kind, mine, theirs))
            changed = [one for one in mine.keys() & theirs.keys() if mine[one] != theirs[one]]
            if changed:
                yield f"stored {kind}: {len(changed)} differ, such as {sorted(changed)[:SHOWN]}"


def shown_apart(answer: Mapping[str, Any] | None, expected: Mapping[str, str]) -> Iterator[str]:
    """Yield where the wall's list of alarms is not the expected one: alert -> its last occurrence."""
    if answer is None:
        yield "the wall does not answer"
        return
    shown = {row["id"]: row["occurrence"] for row in answer["alerts"]}
    yield from (f"shown {one}" for one in _missing("alert", shown, expected))
    changed = sorted(one for one in shown.keys() & expected.keys() if shown[one] != expected[one])
    if changed:
        yield f"shown alert: {len(changed)} with another occurrence, such as {changed[:SHOWN]}"
