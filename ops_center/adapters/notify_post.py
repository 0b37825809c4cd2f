"""Post: carry intended messages over their channels, try again for a while, tell their fate back as commands."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Lock

from ops_center.adapters.notify_letters import CAP_TYPE, Letter, document_name, letters_of
from ops_center.adapters.notify_log import DeliveryLog, Try
from ops_center.adapters.notify_router import OUTBOX, Router, Way
from ops_center.domain.command import DELIVERY, Actor, Command
from ops_center.domain.errors import JournalError
from ops_center.domain.ids import make_id
from ops_center.domain.run import PlaybookRun
from ops_center.domain.scales import Role
from ops_center.domain.warning import PublicWarning, WarningRevision
from ops_center.ports import Clock, Fate, Outgoing, Receipt
from streams.decoders.cap12.encode import encode

# Waits before the second, third and fourth try on one channel; then the next way, and at the end
# the task shows it failed and the officer has the manual way.
WAITS_MS = (5_000, 30_000, 120_000)
IDLE_S = 0.25
log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Job:
    """One letter on its way: which way it is tried on, how often it was, when next."""

    letter: Letter
    ways: tuple[Way, ...]
    due_ms: int
    at: int = 0  # index of the way
    tries: int = 0  # on this way
    fate: Fate | None = None  # known, not yet journalled
    channel: str = ""


@dataclass(slots=True, kw_only=True)
class Post:
    """Sends what runs and warnings intend. The intent lies in the journal before it is sent (ORDER 28).

    Only the live wiring constructs one; a replay has none, so a replay reaches nobody. `offer` is
    called by the loop and never waits; `run` sends in a thread of its own, so that a slow mail
    server delays nobody's alarm.
    """

    router: Router
    log: DeliveryLog
    submit: Callable[[Command], Receipt]
    clock: Clock
    language: str = "zh"
    jurisdiction: str = ""
    receipt_url: Callable[[str], str] = lambda intent: ""
    keep: Callable[[str, bytes], None] = lambda name, content: None  # a published CAP message, as a file
    jobs: dict[str, Job] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    papers: dict[str, tuple[PublicWarning, WarningRevision]] = field(default_factory=dict)  # to be filed, by identifier
    filed: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)
    stopping: Flag = field(default_factory=Flag)
    told: Flag = field(default_factory=Flag)

    def offer(self, runs: Iterable[PlaybookRun], warnings: Iterable[PublicWarning]) -> int:
        """Take in what is newly intended; return how much that is."""
        warnings = tuple(warnings)
        taken = 0
        with self.lock:
            letters = letters_of(
                runs,
                warnings,
                language=self.language,
                known=lambda intent: intent in self.settled or intent in self.jobs,
                receipt_url=self.receipt_url,
            )
            for letter in letters:
                self.jobs[letter.intent] = self._job(letter)
                taken += 1
            for warning in warnings:
                for revision in warning.revisions:
                    if revision.identifier and revision.identifier not in self.filed:
                        self.papers.setdefault(revision.identifier, (warning, revision))
        if taken or self.papers:
            self.told.set()
        return taken

    def run(self) -> None:
        """Send until `stop`."""
        while not self.stopping.is_set():
            self.step()
            self.told.wait(IDLE_S)
            self.told.clear()

    def stop(self) -> None:
        """End `run` after its present message."""
        self.stopping.set()
        self.told.set()

    def step(self) -> int:
        """Try everything that is due once; return how many messages were settled."""
        self._file()
        now_ms = self.clock.now_ms()
        with self.lock:
            due = [job for job in self.jobs.values() if job.due_ms <= now_ms]
        settled = 0
        for job in sorted(due, key=lambda one: (one.due_ms, one.letter.intent)):
            if self.stopping.is_set():
                break
            if job.fate is None:
                self._try(job)
            if job.fate is not None:
                settled += self._tell(job, job.fate)
        return settled

    def _job(self, letter: Letter) -> Job:
        """Return the job of a letter, taken up where the tries before a restart left it."""
        job = Job(letter=letter, ways=self.router.ways(letter.recipient, letter.status), due_ms=self.clock.now_ms())
        for one in self.log.of(letter.intent):
            _after(job, Fate(state=one.state, reason=one.reason, again=one.again), one.channel, at_ms=one.at_ms)
        return job

    def _try(self, job: Job) -> None:
        letter = job.letter
        if not job.ways:
            job.fate = Fate(state="failed", reason=f"no address is known for {letter.recipient}", again=False)
            return
        way = job.ways[job.at]
        message = Outgoing(
            intent=letter.intent,
            recipient=letter.recipient,
            address=way.address,
            subject=letter.subject,
            text=letter.text,
            receipt_url=self.receipt_url(letter.intent),
            document=letter.document,
            document_name=letter.document_name,
            media_type=CAP_TYPE if letter.document else "",
        )
        fate = self.router.channels[way.channel].send(message)
        now_ms = self.clock.now_ms()
        number = len(self.log.of(letter.intent)) + 1
        try:
            self.log.append(
                Try(
                    intent=letter.intent,
                    n=number,
                    channel=way.channel,
                    recipient=letter.recipient,
                    at_ms=now_ms,
                    state=fate.state,
                    reason=fate.reason,
                    again=fate.again,
                )
            )
        except JournalError as error:
            log.error("%s", error)
            job.due_ms = now_ms + WAITS_MS[0]  # sent again with the same id rather than lost from the log
            return
        _after(job, fate, way.channel, at_ms=now_ms)

    def _tell(self, job: Job, fate: Fate) -> int:
        """Journal a fate; one that could not be is told again."""
        letter = job.letter
        args = {
            "recipient": letter.recipient,
            "status": fate.state,
            "channel": job.channel,
            "reason": fate.reason,
            **({} if letter.revision is None else {"revision": letter.revision}),
        }
        receipt = self.submit(
            Command(
                id=make_id("command", DELIVERY, letter.intent, fate.state),
                kind=DELIVERY,
                target=letter.target,
                actor=Actor(name="notifier", post="system", role=Role.ADMINISTRATOR, jurisdiction=self.jurisdiction),
                args=args,
            )
        )
        if not receipt.accepted:
            job.due_ms = self.clock.now_ms() + WAITS_MS[0]
            return 0
        with self.lock:
            self.jobs.pop(letter.intent, None)
            self.settled.add(letter.intent)
        return 1

    def _file(self) -> None:
        """Keep every published message as a file, whoever else is told; one that could not be is kept later."""
        with self.lock:
            papers = dict(self.papers)
        for identifier, (warning, revision) in papers.items():
            try:
                self.keep(document_name(revision), encode(warning, revision))
            except OSError as error:
                log.error("%s: %s", identifier, error)
                continue
            with self.lock:
                self.filed.add(identifier)
                del self.papers[identifier]


def _after(job: Job, fate: Fate, channel: str, *, at_ms: int) -> None:
    """Move a job on by the outcome of a try: settled, again after a while, or the next way."""
    job.channel = channel
    if fate.state != "failed":
        job.fate = fate
        return
    job.tries += 1
    if fate.again and job.tries <= len(WAITS_MS):
        job.due_ms = at_ms + WAITS_MS[job.tries - 1]
        return
    job.at, job.tries = job.at + 1, 0
    if job.at >= len(job.ways):
        job.fate = fate
    else:
        job.due_ms = at_ms


__all__ = ["OUTBOX", "WAITS_MS", "Post"]
