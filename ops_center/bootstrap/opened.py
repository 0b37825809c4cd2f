"""Opened: a deployment's folder read from outside, beside the service that may be running in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from ops_center.adapters.journal_file import FileJournal
from ops_center.adapters.snapshots_file import FileSnapshots
from ops_center.bootstrap.content import load_content, with_feeds
from ops_center.bootstrap.library import Library, base_of, stored_content
from ops_center.bootstrap.parts import Setup, make_loop, make_setup, picture_at, replayed
from ops_center.domain.errors import SetupError
from ops_center.domain.quantity import iso
from ops_center.domain.scales import Status
from ops_center.picture import Picture
from ops_center.pipeline.loop import Loop, newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One deployment's folder: its setup, its journal, and its state at an instant."""

    folder: Path
    setup: Setup
    journal: FileJournal

    def at(self, at_ms: int | None = None) -> tuple[Loop, Picture]:
        """Return the loop and its picture at an instant, None = all that is in the journal."""
        saved = newest(FileSnapshots(self.folder / "snapshots"), not_after_ms=at_ms)
        loop = make_loop(self.setup, replayed(self.journal, saved.ends if saved else None), hold=True)
        if saved is not None:
            loop.restore(saved)
        loop.limit(at_ms)
        loop.run()
        if at_ms is not None and at_ms < loop.desk.first_ms:
            begins = iso(loop.desk.first_ms)
            raise SetupError("lies before the journal", setting=iso(at_ms), suggestion=f"it begins at {begins}")
        return loop, picture_at(loop, loop.progress_ms, replay=True, early=False)


@contextmanager
def opened(folder: Path) -> Iterator[Opened]:
    """Yield a deployment's folder, nothing in it changed; SetupError where it is none."""
    versions = folder / "content"
    if not (folder / "journal").is_dir() or not (versions / "base.json").is_file():
        raise SetupError("is no deployment's folder", setting=str(folder), suggestion="the one its service writes to")
    setup = recorded_setup(versions, ())
    with FileJournal(folder / "journal", read_only=True) as journal:
        yield Opened(folder=folder, setup=setup, journal=journal)


def recorded_setup(versions: Path, content: Sequence[Path]) -> Setup:
    """Return what the journal was made with, content versions included; with `content`, other rules on trial."""
    base = base_of(versions)
    status = Status(base.status)
    given = None if status is Status.ACTUAL else status
    current = load_content(content, status=given) if content else stored_content(versions, base.version, status=given)
    current = with_feeds(current, base.feeds)
    library = Library(versions, current)
    return make_setup(
        current,
        deployment=base.deployment,
        status=status,
        zone=ZoneInfo(base.time_zone),
        metric_epsg=base.metric_epsg,
        lead_ms=base.lead_ms,
        library=None if content else library,
    )
