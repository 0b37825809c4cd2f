"""Reload: watch the content folders and put what changed in force; a wrong file leaves its last good version."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag

from watchfiles import watch

from ops_center.bootstrap.content import Content, read_content
from ops_center.bootstrap.library import Library
from ops_center.content import KINDS, Folder
from ops_center.content.tree import files_of
from ops_center.domain.command import LOAD_CONTENT, Actor, Command
from ops_center.domain.errors import ContentError
from ops_center.domain.ids import make_id
from ops_center.domain.scales import Status
from ops_center.ports import Clock, Receipt

log = logging.getLogger(__name__)

SETTLE_MS = 300  # an editor writes a file in several steps
STOP_MS = 500  # how long the watcher may take to see that it shall stop
Marks = Mapping[str, tuple[int, int, int]]
AT_START = ("feed", "layer")  # these kinds take effect when the program starts


@dataclass(slots=True, kw_only=True)
class Reload:
    """The content in force as files say it; `errors` are what the newest look refused."""

    folders: Sequence[Path]
    status: Status | None
    content: Content
    library: Library
    in_force: str  # version by the journal
    actor: Actor
    submit: Callable[[Command], Receipt]
    clock: Clock
    errors: tuple[ContentError, ...] = ()
    waiting: tuple[str, ...] = ()  # changed feeds and layers, as "kind id"
    stopping: Flag = field(default_factory=Flag)
    watching: Callable[..., Iterable[Collection[object]]] = watch
    seen: Marks = field(default_factory=dict)  # of the files as they were before the newest look

    def run(self) -> None:
        """Put in force what changed while the program stood still, then what changes, until `stopping`."""
        looks = self.watching(
            *(str(place) for folder in self.content.tree.folders for place in _watched(folder)),
            stop_event=self.stopping,
            debounce=SETTLE_MS,
            rust_timeout=STOP_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        for n, changed in enumerate(looks):
            # The first look comes when the watch has begun, so that nothing falls between. On a busy machine the
            # watch may lose what happens while it hands over: where it is quiet the files are asked themselves.
            if changed or n == 0 or _marks(self.content.tree.folders) != self.seen:
                self.look()

    def look(self) -> None:
        """Read the folders again; a version that is new is kept and commanded."""
        self.seen = _marks(self.content.tree.folders)
        try:
            found, errors = read_content(self.folders, status=self.status, previous=self.content)
        except ContentError as gone:  # a whole folder
            found, errors = self.content, (gone,)
        told = {str(error) for error in self.errors}
        for error in errors:
            if str(error) not in told:
                log.error("content: %s; the last good version stays in force", error)
        self.errors = errors
        waiting = _changed(self.library.current, found)
        if waiting != self.waiting:
            log.warning("content: takes effect at the next start: %s", ", ".join(waiting) or "nothing")
        self.waiting = waiting
        if found.version == self.in_force:
            return
        self.library.keep(found)
        receipt = self.submit(self._command(found.version))
        if receipt.accepted:
            log.info("content: version %s takes effect", found.version)
            self.content, self.in_force = found, found.version
        else:
            log.error("content: version %s is not taken: %s", found.version, receipt.reason)

    def _command(self, version: str) -> Command:
        now_ms = self.clock.now_ms()
        return Command(
            id=make_id("command", LOAD_CONTENT, version, now_ms),
            kind=LOAD_CONTENT,
            target="",
            args={"version": version},
            actor=self.actor,
            stamp_ms=now_ms,
        )


def _watched(folder: Folder) -> list[Path]:
    """Return what to watch of a root: of the program's own only the folders of content."""
    if not folder.built_in:
        return [folder.path]
    return [place for place in (folder.path / of for of in KINDS.values()) if place.is_dir()]


def _marks(folders: Sequence[Folder]) -> Marks:
    """Return what tells of each content file that it is another."""
    found: dict[str, tuple[int, int, int]] = {}
    with suppress(OSError):  # one went away meanwhile: the next marks differ
        for path in (path for folder in folders for kind in KINDS for path in files_of(folder, kind)):
            state = path.stat()
            found[str(path)] = state.st_ino, state.st_mtime_ns, state.st_size
    return found


def _changed(before: Content, after: Content) -> tuple[str, ...]:
    """Return the feeds and layers that differ."""
    found = []
    for kind in AT_START:
        old, new = ({key: doc.version for key, doc in content.tree.of(kind).items()} for content in (before, after))
        found += [f"{kind} {key}" for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    return tuple(found)
