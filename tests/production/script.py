"""Scripts: a scenario as steps of messages and ticks, sent again and again until they are acknowledged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import httpx
import msgspec

from tests.production.scripted_gateway import Step
from tests.scenarios.living import Sent

STEP_MS = 3_600_000  # time told at least so often; how often never changes a result (ORDER 3)
STEP_MESSAGES = 100
AFTER_MS = 30 * 60_000  # beyond every delay
RETRY_S = 0.05
DEADLINE_S = 600.0  # then a wait is called a hang; nothing here judges how long a thing takes


def steps_of(messages: Sequence[Sent], *, each: int = STEP_MESSAGES, after_ms: int = AFTER_MS) -> list[Step]:
    """Return the steps of a scenario; the first one only tells the time."""
    first_ms, last_ms = messages[0].stamp_ms, messages[-1].stamp_ms
    steps = [Step([], [], first_ms)]
    waiting: list[tuple[int, str, bytes]] = []
    for sent in messages:
        while sent.stamp_ms > steps[-1].tick_ms + STEP_MS:
            steps.append(Step(waiting, [], steps[-1].tick_ms + STEP_MS))
            waiting = []
        if len(waiting) >= each and sent.stamp_ms > waiting[-1][0]:
            steps.append(Step(waiting, [], waiting[-1][0]))
            waiting = []
        waiting.append((sent.stamp_ms, sent.feed, sent.content))
    steps.append(Step(waiting, [], last_ms))
    end_ms = last_ms + after_ms
    return [*steps, *(Step([], [], at) for at in range(last_ms + STEP_MS, end_ms, STEP_MS)), Step([], [], end_ms)]


def played(steps: Sequence[Step], take: Callable[[Step], None]) -> Iterator[int]:
    """Hand steps on one by one; yield how many are done after each."""
    for number, step in enumerate(steps, 1):
        take(step)
        yield number


class Sender:
    """Sends steps to the scripted gateway at an address; a step that was not answered is sent again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.Client(timeout=60.0)
        self.repeats = 0
        self.longest_s = 0.0  # the longest a step was waiting for its answer

    def send(self, step: Step, between: Callable[[], None] = lambda: None) -> None:
        """Return once a step is acknowledged, `between` runs after each try; AssertionError after the deadline."""
        body = msgspec.msgpack.encode(step)
        began_s = time.monotonic()
        while True:
            try:
                answer = self._client.post(f"{self._url}/script", content=body)
                if answer.status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            assert time.monotonic() - began_s < DEADLINE_S, "the gateway never acknowledged"
            self.repeats += 1
            between()
            time.sleep(RETRY_S)
        self.longest_s = max(self.longest_s, time.monotonic() - began_s)

    def close(self) -> None:
        self._client.close()
