"""Pulses told and heard: a thread that writes one role's, and the newest of everybody's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread

from ops_center.domain.errors import JournalError
from ops_center.domain.text import Json
from ops_center.ports import PULSE, Journal
from ops_center.pulse import EVERY_S, OLD_MS, Pulse, decode_pulse, encode_pulse

log = logging.getLogger(__name__)

BACK = 400  # records that hold everybody's last pulse
READ = 512


@dataclass(slots=True, kw_only=True)
class Beating:
    """Writes a role's pulse every two seconds; a journal that is away hears the next one."""

    journal: Journal
    role: str
    name: str
    pid: int
    now_ms: Callable[[], int]
    facts: Callable[[], Mapping[str, Json]]
    stopping: Flag = field(default_factory=Flag)
    thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        self.thread = Thread(target=self._run, name="pulse", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End."""
        self.stopping.set()
        if self.thread is not None:
            self.thread.join()

    def _run(self) -> None:
        while not self.stopping.is_set():
            pulse = Pulse(role=self.role, name=self.name, pid=self.pid, at_ms=self.now_ms(), facts=self.facts())
            try:
                self.journal.append(PULSE, 0, [encode_pulse(pulse)])
            except JournalError as error:
                log.debug("no pulse: %s", error)
            self.stopping.wait(EVERY_S)


@dataclass(slots=True)
class Heard:
    """The newest pulse of every process."""

    journal: Journal
    offset: int | None = None
    newest: dict[tuple[str, str], Pulse] = field(default_factory=dict)

    def read(self) -> None:
        """Take in what is new."""
        if self.offset is None:
            end = self.journal.end(PULSE, 0)
            self.offset = max(self.journal.start(PULSE, 0), end - BACK)
        while records := self.journal.read(PULSE, 0, self.offset, READ):
            for record in records:
                pulse = decode_pulse(record.value)
                self.newest[pulse.role, pulse.name] = pulse
            self.offset = records[-1].offset + 1

    def of(self, role: str, *, now_ms: int) -> list[Pulse]:
        """Return the newest pulses of a role's living processes, by name."""
        return [
            pulse for (kind, _), pulse in sorted(self.newest.items()) if kind == role and now_ms - pulse.at_ms < OLD_MS
        ]
