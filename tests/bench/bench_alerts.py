"""Events a second from journal bytes to alerts on scenario (a), one core, beside a plain per-event implementation.

Run: ``OPS_DATA=... python -m tests.bench.bench_alerts [ROWS]``. Both sides read the same blocks over 64 zones: enter,
exit, jump and the rules of scenario (a), dwell and silence; then the same with six more rules that fire often
(`bench_plane.py`). The plain side takes row by row through plain Python functions. The desk, which decides one event
at a time, is the same on both sides. Times are this process's own (one core), of the median of three rounds by turns.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.bootstrap.memory import settle
from ops_center.desk.definitions import definitions_of
from ops_center.desk.desk import Desk
from ops_center.domain.scales import Status
from ops_center.ports import COMMAND, EVENT, INPUT
from ops_center.wire import Progress, encode, is_block
from playbooks.book import Bookcase
from playbooks.program import Program
from streams.block import decode_block
from streams.decoders import load
from tests.bench.bench_plane import (
    BATCH,
    PLAIN_ROWS,
    RULES,
    compiled,
    feed,
    journal_of,
    one_by_one,
    run,
    timed,
    worker_of,
)
from tests.paths import data
from tests.scenarios import taxis
from tests.scenarios.taxi_oracle import zones_of_san_francisco
from tests.worker.reference import Reference
from tests.worker.reference_lines import Judged, Zone

ROWS = 400_000
ROUNDS = 3
T = TypeVar("T")


def desk_of(journal: MemoryJournal, rules: Sequence[Judged]) -> Desk:
    """Return a desk over the journal of either side."""
    program = Program(version="1", rules=tuple(compiled(judged) for judged in rules))
    return Desk(
        deployment="370000",
        definitions=definitions_of(feeds={feed().id: feed()}, program=program, books=Bookcase()),
        journal=journal,
        slack_ms=2_000,
        lead_ms=2_600,
        zone=ZoneInfo("Asia/Shanghai"),
        status=Status.TEST,
    )


def decided(journal: MemoryJournal, rules: Sequence[Judged]) -> tuple[float, int]:
    """Return the seconds the desk takes for all events, and how many alerts came of them."""
    journal.append(COMMAND, 0, [r.value for r in journal.read(INPUT, 0, 0, 10**9) if not is_block(r.value)])
    desk = desk_of(journal, rules)

    def decide() -> None:
        while desk.step():
            pass

    return timed(decide), len(desk.state.alerts)


def decoded(journal: MemoryJournal) -> float:
    """Return the seconds that decoding alone takes."""
    decoder = load(feed())
    blocks = [r.value for r in journal.read(INPUT, 0, 0, 10**9) if is_block(r.value)]
    return timed(lambda: [decoder.decode(decode_block(value).messages) for value in blocks] and None)


def plane(fixes: pd.DataFrame, rules: Sequence[Judged]) -> tuple[float, float, float, int]:
    """Return seconds of decoding, of the whole plane, of the desk, and the alerts."""
    journal = journal_of(fixes)
    decode_s = decoded(journal)
    worker = worker_of(journal, rules)
    plane_s = timed(lambda: run(worker))
    return decode_s, plane_s, *decided(journal, rules)


def plain(fixes: pd.DataFrame, rules: Sequence[Judged]) -> tuple[float, float, int]:
    """Return seconds of the per-event implementation, of the desk, and the alerts."""
    zones = [Zone(key, shape) for key, shape in zones_of_san_francisco().items()]
    reference = Reference(feed=feed(), rules=rules, zones={"zones": zones}, track=("zones",))
    journal = journal_of(fixes)
    seconds = timed(lambda: one_by_one(reference, journal))
    end_ms = int(fixes.t.iloc[-1]) * 1000 + 3_600_000
    journal.append(EVENT, 0, [encode(Progress(source="worker/0", at_ms=end_ms))])
    return seconds, *decided(journal, rules)


def main() -> None:
    """Measure and print."""
    pa.set_cpu_count(1)
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    fixes = taxis.read(data()).sort_values("t", kind="stable").reset_index(drop=True).iloc[:wanted]
    fixes = fixes.assign(cab=fixes.cab.astype(str))
    for name, rules in (("scenario (a): dwell, silence", RULES[:2]), ("with six more rules", RULES)):
        print(f"== {name}")
        compare(fixes, rules)


def compare(fixes: pd.DataFrame, rules: Sequence[Judged]) -> None:
    """Measure both sides with these rules, by turns; of each side the middle round counts."""
    few = fixes.iloc[:PLAIN_ROWS]
    plane(fixes.iloc[:BATCH], rules)  # first use loads and compiles
    settle()  # as every role does; for both sides
    same = plane(few, rules)[3]
    columns, plains = [], []
    for _ in range(ROUNDS):
        columns.append(plane(fixes, rules))
        plains.append(plain(few, rules))
    if any(alerts != same for _, _, alerts in plains):
        raise SystemExit(f"{same} alerts against {plains[0][2]}: the two sides do not do the same")
    decode_s, plane_s, desk_s, alerts = middle(columns, lambda one: one[1] + one[2])
    plain_s, plain_desk_s, _ = middle(plains, lambda one: one[0] + one[1])
    whole_s, plain_whole_s = plane_s + desk_s, plain_s + plain_desk_s
    rate, plain_rate = len(fixes) / whole_s, len(few) / plain_whole_s
    print(f"columns    {len(fixes):>9,} events {whole_s:7.2f} s {rate:>10,.0f} events/s {alerts:>7,} alerts")
    for name, spent_s in (("decode", decode_s), ("plane", plane_s - decode_s), ("desk", desk_s)):
        print(f"  {name:<8} {spent_s / len(fixes) * 1e6:6.2f} us an event {spent_s / whole_s:6.1%}")
    print(f"per event  {len(few):>9,} events {plain_whole_s:7.2f} s {plain_rate:>10,.0f} events/s {same:>7,} alerts")
    print(f"  plane    {plain_s / len(few) * 1e6:6.2f} us an event; desk {plain_desk_s / len(few) * 1e6:6.2f}")
    print(f"ratio      journal bytes to alerts {rate / plain_rate:5.1f} x (20 x is asked)")
    print(f"           to events, without the desk {plain_s / len(few) / (plane_s / len(fixes)):5.1f} x")


def middle(rounds: Sequence[T], seconds: Callable[[T], float]) -> T:
    """Return the round of median time."""
    return sorted(rounds, key=seconds)[len(rounds) // 2]


if __name__ == "__main__":
    main()
