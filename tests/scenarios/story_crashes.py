"""Kill a desk between the steps of playbooks' stories, again and again, then let one finish; print what came of it.

Arguments: an empty folder, the number of kills a story. Each story lies in a journal on disk before
it begins. A life is a forked child that takes up the newest snapshot and goes on instant by instant:
decide, put what is intended into the outbox, now and then save. The parent kills it (SIGKILL) right
after it said where it is. Prints one JSON line a story.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from ops_center import wire
from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.journal_file import FileJournal
from ops_center.adapters.notify_letters import letters_of
from ops_center.adapters.notify_outbox import Outbox
from ops_center.adapters.snapshots_file import FileSnapshots
from ops_center.desk.desk import Desk
from ops_center.domain.digest import digest_of
from ops_center.domain.world import WorldChange
from ops_center.ports import COMMAND, DEAD, EVENT, OUTPUT, WORLD, Outgoing
from tests.desk.stage import DAY, LEAD_MS, SLACK_MS
from tests.scenarios.stories import STORIES, Recorded, definitions_for, places_for, record

TOPICS = {EVENT: 1, COMMAND: 1, WORLD: 1, OUTPUT: 1, DEAD: 1}
SAVE_EVERY = 5
LONGEST = 18  # words of a life, at most


def live(book: str, number: int, story: Recorded, folder: Path, say: Callable[[], None]) -> dict[str, object]:
    """Go on from the newest snapshot to the end; call `say` between all steps."""
    snapshots = FileSnapshots(folder / "snapshots")
    outbox = Outbox(path=folder / "outbox.jsonl", clock=FakeClock(DAY))
    outbox.open()
    with FileJournal(folder / "journal", TOPICS) as journal:
        desk = Desk(
            deployment="370000",
            definitions=definitions_for(book, number),
            journal=journal,
            slack_ms=SLACK_MS,
            lead_ms=LEAD_MS,
            zone=ZoneInfo("Asia/Shanghai"),
            places=places_for(book, number),
        )
        saved = snapshots.latest("desk")
        if saved is not None:
            desk.restore(saved[1])
        post(desk, outbox)
        steps = [at + 1 for at in story.instants if at + 1 > desk.progress_ms]
        for n, limit in enumerate([*steps, None]):
            say()
            desk.limit_ms = limit
            while desk.step():
                pass
            say()
            post(desk, outbox)
            say()
            if n % SAVE_EVERY == 0:
                snapshots.save("desk", desk.progress_ms, desk.snapshot())
        return outcome(desk, journal, outbox)


def post(desk: Desk, outbox: Outbox) -> None:
    """Put what runs and warnings intend into the outbox, as the post does."""
    for letter in letters_of(desk.state.runs.values(), (), language="zh"):
        outbox.send(
            Outgoing(
                intent=letter.intent, recipient=letter.recipient, address="", subject=letter.subject, text=letter.text
            )
        )


def outcome(desk: Desk, journal: FileJournal, outbox: Outbox) -> dict[str, object]:
    state = desk.state
    things = [
        [one for _, one in sorted(kept.items())]
        for kept in (state.incidents, state.runs, state.resources, state.dispatches, state.warnings, state.zones)
    ]
    sent = [one.intent for one in outbox.read()]
    changes = [wire.decode(r.value) for r in journal.read(WORLD, 0, 0, 1_000_000)]
    announced = [one.id for one in changes if isinstance(one, WorldChange)]
    return {
        "digest": digest_of(*things),
        "sent": sorted(sent),
        "announced": sorted(announced),
        "dispatches": len(state.dispatches),
        "warnings": len(state.warnings),
        "children": sum(bool(run.parent) for run in state.runs.values()),
        "undone": sum(task.undone is not None for run in state.runs.values() for task in run.tasks),
    }


def killed(book: str, number: int, story: Recorded, folder: Path, words: int) -> bool:
    """Run a child and kill it after so many words; False where it had finished before."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        live(book, number, story, folder, lambda: os.write(write, b".") and None)
        os._exit(0)
    os.close(write)
    heard = 0
    while heard < words and (octets := os.read(read, words - heard)):
        heard += len(octets)
    os.kill(pid, signal.SIGKILL)
    os.close(read)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def main(folder: Path, kills: int) -> None:
    """Tell every story unharmed and again with kills."""
    for book, number in STORIES:
        story = record(book, number)
        chance = np.random.default_rng([20190811, len(book), number])
        results, died = {}, 0
        for name in ("unharmed", "killed"):
            where = folder / f"{book}-{number}" / name
            with FileJournal(where / "journal", TOPICS) as journal:
                for topic, values in story.records.items():
                    journal.append(topic, 0, values)
            if name == "killed":
                died = sum(killed(book, number, story, where, int(chance.integers(1, LONGEST))) for _ in range(kills))
            results[name] = live(book, number, story, where, lambda: None)
        sys.stdout.write(json.dumps({"book": book, "number": number, "died": died, **results}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
