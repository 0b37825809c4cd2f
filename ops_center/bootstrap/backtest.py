"""Back-test: files through the whole loop at full speed, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.bootstrap.content import load_content, with_feeds, without_built_in_rules
from ops_center.bootstrap.parts import Setup, announces, make_loop, make_setup, picture_at, topics
from ops_center.domain.errors import SetupError
from ops_center.picture import Picture
from ops_center.pipeline.filled import fill_journal
from ops_center.pipeline.loop import Loop
from ops_center.ports import GroupJournal

AFTER_MS = 1_000  # beyond the desk's wait: time goes on this far behind the last message


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished back-test."""

    setup: Setup
    journal: GroupJournal
    loop: Loop
    picture: Picture
    messages: int


def backtest(
    folders: Sequence[Path],
    inputs: Sequence[tuple[str, Path]],
    *,
    partitions: int = 4,
    batch_rows: int = 8192,
    metric_epsg: int = 32650,
    deployment: str = "370000",
    time_zone: str = "Asia/Shanghai",
    built_in_rules: bool = True,
    journal: GroupJournal | None = None,
) -> Run:
    """Run the files of feeds (id, path) through workers and desk; only these feeds take part.

    `built_in_rules` False leaves the rules and playbooks that ship with the application out.
    """
    content = with_feeds(load_content(folders), [name for name, _ in inputs])
    if not built_in_rules:
        content = without_built_in_rules(content)
    setup = make_setup(
        content, deployment=deployment, zone=ZoneInfo(time_zone), metric_epsg=metric_epsg, batch_rows=batch_rows
    )
    journal = MemoryJournal(topics(partitions)) if journal is None else journal
    delays = [feed.delay_ms for feed in content.feeds.values()]
    filled = fill_journal(
        journal,
        [(content.feeds[name], path) for name, path in inputs],
        rows_per_block=batch_rows,
        after_ms=max([setup.slack_ms, *delays]) + AFTER_MS,
    )
    if filled is None:
        raise SetupError("no messages in it", setting=", ".join(str(path) for _, path in inputs))
    loop = make_loop(setup, journal, hold=announces(content.feeds, content))
    loop.run()
    picture = picture_at(loop, loop.progress_ms, replay=False, early=False)
    return Run(setup=setup, journal=journal, loop=loop, picture=picture, messages=filled.messages)
