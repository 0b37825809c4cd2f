"""Processes of services: started apart from their starter, known by pid and time of birth, ended by pid."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.services.packages import ServiceError

_children: dict[int, subprocess.Popen[bytes]] = {}  # of this process, to be reaped when they die


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A started process; `born` tells it from a later one that got the same pid."""

    pid: int
    born: str


def start(
    command: Sequence[str], *, log: Path, user: str | None = None, env: Mapping[str, str] | None = None
) -> Running:
    """Start a command in a session of its own, its output appended to `log`."""
    with log.open("ab") as file:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env={**os.environ, **(env or {})},
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    _children[child.pid] = child
    return Running(pid=child.pid, born=_birth(child.pid) or "")


def alive(running: Running) -> bool:
    """Return True while exactly this process lives."""
    if (child := _children.get(running.pid)) is not None and child.poll() is not None:
        del _children[running.pid]
    return bool(running.born) and _birth(running.pid) == running.born


def end(running: Running, *, by: int = signal.SIGTERM, within_s: float = 30.0) -> None:
    """End a process: asked with `by` first, killed when it has not gone within the time."""
    if not alive(running):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, by)
    if not until(lambda: not alive(running), within_s=within_s):
        kill(running)


def kill(running: Running) -> None:
    """Kill -9 and wait until it is gone."""
    if alive(running):
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGKILL)
    until(lambda: not alive(running), within_s=10)


def wait_ready(running: Running, ready: Callable[[], bool], *, what: str, log: Path, within_s: float = 90.0) -> None:
    """Return when `ready`; ServiceError with the log's end when the process dies or the time is over."""
    until(lambda: not alive(running) or ready(), within_s=within_s)
    if not (alive(running) and ready()):
        state = "does not answer" if alive(running) else "has ended"
        tail = log.read_text(errors="replace")[-3000:]
        raise ServiceError(f"{what} {state}; the end of {log}:\n{tail}")


def until(true: Callable[[], bool], *, within_s: float, every_s: float = 0.05) -> bool:
    """Wait until `true` or the time is over; return what it then says."""
    deadline = time.monotonic() + within_s
    while not (said := true()) and time.monotonic() < deadline:
        time.sleep(every_s)
    return said


def free_ports(number: int) -> list[int]:
    """Return ports that are free now, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _birth(pid: int) -> str | None:
    """Return the start time of a living process as the kernel counts it; None for none or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]
