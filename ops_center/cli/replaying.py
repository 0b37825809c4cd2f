"""What ``replay``, ``export`` and ``backtest`` do: a journal or files through the loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ops_center.adapters.clocks import SystemClock
from ops_center.adapters.journal_file import FileJournal
from ops_center.bootstrap import Setup, backtest, make_loop, make_setup, picture_at, replayed
from ops_center.bootstrap.content import load_content
from ops_center.bootstrap.opened import recorded_setup
from ops_center.domain.errors import SetupError
from ops_center.domain.quantity import iso, parse_iso
from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from ops_center.picture import Picture
from ops_center.pipeline.loop import Loop
from ops_center.pipeline.results import outputs_of, summarise, write_results
from ops_center.ports import Clock, Journal

LEAST_STEP_MS = 60_000


def replay_journal(
    journal: Path, *, from_: str, to: str, speed: float, content: Sequence[Path], clock: Clock | None = None
) -> dict[str, Json]:
    """Run a journal again up to `to` (all of it when ""); return its summary with the digest.

    State before `from_` is needed for what comes after, so it is run too, at full speed; `speed`
    holds for what comes after (0: as fast as it goes).
    """
    with FileJournal(_folder(journal), read_only=True) as recorded:
        loop, layered = _loop(recorded, journal / "content", content)
        begin_ms = _time(from_, "--from")
        until_ms = _time(to, "--to")
        clock = clock or SystemClock()
        if speed > 0:
            _paced(loop, clock, speed=speed, begin_ms=begin_ms, until_ms=until_ms)
        else:
            loop.limit(until_ms)
            loop.run()
        return summarise(outputs_of(layered), _picture(loop))


def export_journal(journal: Path, out: Path, *, content: Sequence[Path]) -> dict[str, Json]:
    """Run a journal again and write its results as files."""
    with FileJournal(_folder(journal), read_only=True) as recorded:
        loop, layered = _loop(recorded, journal / "content", content)
        loop.run()
        return write_results(layered, _picture(loop), out)


def run_backtest(
    content: Sequence[Path],
    inputs: Sequence[tuple[str, Path]],
    out: Path,
    *,
    partitions: int,
    batch_rows: int,
    metric_epsg: int,
    quiet: bool,
) -> dict[str, Json]:
    """Run files through the loop and write events, alerts, incidents, tasks and summary."""
    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        bar.add_task("back-test", total=None)
        run = backtest(content, inputs, partitions=partitions, batch_rows=batch_rows, metric_epsg=metric_epsg)
        return write_results(run.journal, run.picture, out)


def _folder(path: Path) -> Path:
    """Accept a deployment's folder or the journal inside it."""
    return path / "journal" if (path / "journal").is_dir() else path


def _loop(recorded: Journal, versions: Path, content: Sequence[Path]) -> tuple[Loop, Journal]:
    setup = recorded_setup(versions, content) if (versions / "base.json").exists() else _bare_setup(content)
    layered = replayed(recorded)
    return make_loop(setup, layered, hold=True), layered


def _bare_setup(content: Sequence[Path]) -> Setup:
    return make_setup(
        load_content(content),
        deployment="370000",
        status=Status.EXERCISE,
        zone=ZoneInfo("Asia/Shanghai"),
        metric_epsg=32650,
    )


def _paced(loop: Loop, clock: Clock, *, speed: float, begin_ms: int | None, until_ms: int | None) -> None:
    started_ms = clock.now_ms()
    at_ms = begin_ms
    while True:
        loop.limit(at_ms)
        moved = loop.step()
        at_ms = loop.progress_ms if at_ms is None else at_ms
        due_ms = (begin_ms or at_ms) + int((clock.now_ms() - started_ms) * speed)
        if not moved and (loop.progress_ms < at_ms or (until_ms is not None and at_ms >= until_ms)):
            return
        at_ms = max(at_ms, due_ms) if until_ms is None else min(max(at_ms, due_ms), until_ms)
        if not moved:
            clock.sleep(0.05)


def _picture(loop: Loop) -> Picture:
    return picture_at(loop, loop.progress_ms, replay=False, early=False)


def _time(text: str, option: str) -> int | None:
    if not text:
        return None
    try:
        return parse_iso(text)
    except ValueError as error:
        raise SetupError(str(error), setting=option, suggestion=f"as {iso(0)}") from error
