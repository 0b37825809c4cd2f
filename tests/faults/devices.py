"""Detectors that push over HTTP and push again what was not answered; what they sent is the oracle."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread

import httpx

from ops_center.adapters.clocks import wall_ms
from tests.scenarios.content import Scenario, put, put_rule, text

FEED, HIGH, SILENT = "detectors", "gas-high", "gas-silent"
CODES = tuple(f"d{n}" for n in range(6))
EVERY_MS = 500
PHASE = 6  # messages a detector reads high, then as many low
HIGH_PPM, LOW_PPM, LIMIT_PPM = 40, 1, 10
SILENT_S = 8
AGAIN_S = 0.2
ANSWER_S = 20.0


def write(folder: Path) -> Scenario:
    """Write the content below `folder`: one feed, one rule on a value, one on silence."""
    content = folder / "content"
    put(
        content,
        "feed",
        {
            "id": FEED,
            "title": text("Detectors"),
            "owner": text("test"),
            "status": "actual",
            "jurisdiction": "370102",
            "receive": {"http_push": {"path": FEED, "token": f"secret:{FEED}"}},
            "decoder": "json_rows",
            "rows": "data",
            "subject": {"kind": "sensor", "key": "code"},
            "partition_by": "feed",
            "position": "none",
            "time": {"field": "ts", "format": "epoch_ms"},
            "delay": "2 s",
            "fields": {"h2s_ppm": {"from": "h2s", "unit": "ppm", "min": 0, "max": 1000}},
        },
    )
    common = {"applies_to": {"subject": "sensor", "feed": FEED}, "group_by": ["sensor"], "class_": "alarm"}
    common["rationale"] = {"response": text("Call the plant")}
    put_rule(content, HIGH, when=f"h2s_ppm > {LIMIT_PPM}", **common)
    put_rule(content, SILENT, when=f"h2s_ppm <= {LIMIT_PPM}", absent_for=f"{SILENT_S} s", **common)
    return Scenario(name="detectors", folder=content, inputs=((FEED, folder),), metric_epsg=32650)


@dataclass(slots=True, kw_only=True)
class Devices:
    """A thread that pushes; `began` is what alarms must come of it."""

    url: str
    token: str
    began: set[tuple[str, int]] = field(default_factory=set)  # detector, first instant of a high stretch
    high: set[str] = field(default_factory=set)  # detectors that read high now
    hushing: set[str] = field(default_factory=set)  # detectors that read low once more
    quiet: set[str] = field(default_factory=set)  # and then say nothing
    hushed_ms: int = 0
    sent: int = 0  # messages answered
    repeats: int = 0
    numbers: list[int] = field(default_factory=lambda: [n * 2 for n in range(len(CODES))])
    lock: Lock = field(default_factory=Lock)
    stopping: Flag = field(default_factory=Flag)
    thread: Thread | None = None

    def start(self) -> None:
        """Begin to push."""
        self.stopping.clear()
        self.thread = Thread(target=self._run, name="devices", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End when everything that was sent is answered."""
        self.stopping.set()
        if self.thread is not None:
            self.thread.join()

    def _run(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        due_ms = wall_ms()
        with httpx.Client(timeout=ANSWER_S, headers=headers, trust_env=False) as client:
            while not self.stopping.wait(AGAIN_S):
                while due_ms <= wall_ms() and not self.stopping.is_set():
                    body = self._next(due_ms)
                    while not self._push(client, body):
                        self.repeats += 1
                        time.sleep(AGAIN_S)
                    self.sent += 1
                    due_ms += EVERY_MS

    def _next(self, at_ms: int) -> bytes:
        """Return what all detectors read at an instant; measuring goes on while nothing can be sent."""
        rows = []
        with self.lock:
            for n, code in enumerate(CODES):
                if code in self.quiet:
                    continue
                self.numbers[n] += 1
                high = self.numbers[n] % (2 * PHASE) >= PHASE and code not in self.hushing
                if high and code not in self.high:
                    self.began.add((code, at_ms))
                (self.high.add if high else self.high.discard)(code)
                rows.append({"code": code, "ts": at_ms, "h2s": HIGH_PPM if high else LOW_PPM})
            self.quiet |= self.hushing
            if self.hushing and not self.hushed_ms:
                self.hushed_ms = at_ms
        return json.dumps({"data": rows}).encode()

    def _push(self, client: httpx.Client, body: bytes) -> bool:
        try:
            return client.post(self.url, content=body).is_success
        except httpx.HTTPError:
            return False

    def hush(self, *codes: str) -> None:
        """Let detectors read low once more and then say nothing."""
        with self.lock:
            self.hushing |= set(codes)


def asked(url: str) -> dict[str, object]:
    """Return a JSON answer; {} while there is none."""
    try:
        found: dict[str, object] = httpx.get(url, timeout=ANSWER_S, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return {}
    return found
