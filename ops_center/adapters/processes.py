"""Child processes: started, watched, started again when they die, ended in order."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from threading import RLock, Thread

from ops_center.adapters.clocks import monotonic_s

log = logging.getLogger(__name__)

LOOK_S = 0.1
FIRST_S, LONGEST_S = 0.2, 5.0  # between a death and the next start
WELL_S = 30.0  # a life this long was no failed start
END_S = 20.0


@dataclass(slots=True)
class Child:
    """One process of a supervisor."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = False
    started_s: float = 0.0
    again_s: float = 0.0
    pause_s: float = FIRST_S
    starts: int = 0


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Keeps children running; with `restarts` False a dead one stays dead until `start`."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    restarts: bool = True
    children: dict[str, Child] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    stopping: Flag = field(default_factory=Flag)
    thread: Thread | None = None

    def add(self, name: str, command: Sequence[str]) -> None:
        """Know a child; its output goes to ``<folder>/<name>.log``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.children[name] = Child(name, tuple(command), self.folder / f"{name}.log")

    def start(self, *names: str) -> None:
        """Start children, all where none is named."""
        with self.lock:
            for name in names or tuple(self.children):
                child = self.children[name]
                child.wanted, child.pause_s = True, FIRST_S
                if not self._alive(child):
                    self._spawn(child)
            if self.restarts and self.thread is None:
                self.thread = Thread(target=self._watch, name="supervisor", daemon=True)
                self.thread.start()

    def kill(self, name: str) -> None:
        """Kill a child at once (SIGKILL) and bury it; where `restarts`, the watch starts it again."""
        self._signal(name, signal.SIGKILL)
        process = self.children[name].process
        if process is not None:
            process.wait()

    def stop(self, name: str, *, within_s: float = END_S) -> None:
        """End a child in order (SIGTERM), by force where it takes longer."""
        with self.lock:
            self.children[name].wanted = False
        self._signal(name, signal.SIGTERM)
        self._end(self.children[name], within_s)

    def close(self) -> None:
        """End all children, last started first."""
        self.stopping.set()
        if self.thread is not None:
            self.thread.join()
        for child in self.children.values():
            child.wanted = False
        for name in self.children:
            self._signal(name, signal.SIGTERM)
        for child in reversed(tuple(self.children.values())):
            self._end(child, END_S)

    def pid(self, name: str) -> int | None:
        """Return a child's process id, None where it does not run."""
        child = self.children[name]
        return child.process.pid if child.process is not None and self._alive(child) else None

    def pause(self, name: str) -> None:
        """Let a child hang (SIGSTOP)."""
        self._signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on (SIGCONT)."""
        self._signal(name, signal.SIGCONT)

    def _watch(self) -> None:
        while not self.stopping.wait(LOOK_S):
            with self.lock:
                for child in self.children.values():
                    if child.wanted and not self._alive(child):
                        self._revive(child)

    def _revive(self, child: Child) -> None:
        now_s = monotonic_s()
        if child.process is not None:
            code, child.process = child.process.returncode, None
            lived_s = now_s - child.started_s
            child.pause_s = FIRST_S if lived_s >= WELL_S else min(child.pause_s * 2, LONGEST_S)
            child.again_s = now_s + child.pause_s
            log.warning(
                "%s ended (%s) after %.0f s; starting again in %.1f s", child.name, code, lived_s, child.pause_s
            )
        elif now_s >= child.again_s:
            self._spawn(child)

    def _spawn(self, child: Child) -> None:
        with child.log.open("ab") as output:
            child.process = subprocess.Popen(  # noqa: S603 - our own command line
                child.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.environment},
            )
        child.started_s = monotonic_s()
        child.starts += 1

    def _alive(self, child: Child) -> bool:
        return child.process is not None and child.process.poll() is None

    def _signal(self, name: str, number: signal.Signals) -> None:
        child = self.children[name]
        if child.process is not None and self._alive(child):
            child.process.send_signal(number)

    def _end(self, child: Child, within_s: float) -> None:
        if child.process is None:
            return
        try:
            child.process.wait(within_s)
        except subprocess.TimeoutExpired:
            log.warning("%s does not end; killed", child.name)
            child.process.kill()
            child.process.wait()
