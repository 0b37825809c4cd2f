"""Letters: what runs and warnings intend to tell people, as messages ready to leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ops_center.domain.run import PlaybookRun, RunState, Task
from ops_center.domain.scales import Status
from ops_center.domain.warning import PublicWarning, WarningRevision, delivery_intent
from playbooks.kinds import intent_id
from streams.decoders.cap12.encode import encode

DRILL = "【演练】"  # what every outgoing text of an exercise begins with (MODEL: Identity)
CAP_TYPE = "application/cap+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message that lies in the journal as intended; `target` is the task or warning that told it."""

    intent: str
    target: str
    recipient: str
    subject: str
    text: str
    status: Status
    revision: int | None = None  # of a warning
    document: bytes = b""
    document_name: str = ""


def letters_of(
    runs: Iterable[PlaybookRun],
    warnings: Iterable[PublicWarning],
    *,
    language: str,
    known: Callable[[str], bool] = lambda intent: False,
    receipt_url: Callable[[str], str] = lambda intent: "",
) -> Iterator[Letter]:
    """Yield every message that is still only intended and whose intent is not `known`."""
    for run in runs:
        if run.state is RunState.SUGGESTED:
            continue
        for task in run.tasks:
            for recipient, state in task.deliveries:
                if state == "intended" and not known(intent := intent_id(task.id, recipient)):
                    yield _of_task(task, recipient, intent, language, receipt_url(intent))
    for warning in warnings:
        for revision in warning.revisions:
            for recipient, state in revision.deliveries:
                if state == "intended":
                    intent = delivery_intent(warning.id, revision.number, recipient)
                    if not known(intent):
                        yield _of_warning(warning, revision, recipient, intent, language, receipt_url(intent))


def outgoing(text: str, *, intent: str, status: Status, receipt_url: str = "") -> str:
    """Return a text as it leaves: an exercise's is marked, and the id lets a receiver drop a repeat."""
    mark = DRILL if status is not Status.ACTUAL else ""
    confirm = f"\n回执 / Confirm receipt: {receipt_url}" if receipt_url else ""
    return f"{mark}{text} [{intent.rpartition('-')[2][:8]}]{confirm}"


def document_name(revision: WarningRevision) -> str:
    """Return the file name of a revision's CAP message."""
    return f"{revision.identifier}.xml"


def _of_task(task: Task, recipient: str, intent: str, language: str, url: str) -> Letter:
    text = task.message.render(language) if task.message is not None else task.title.of(language)
    return Letter(
        intent=intent,
        target=task.id,
        recipient=recipient,
        subject=outgoing(task.title.of(language), intent=intent, status=task.status),
        text=outgoing(text, intent=intent, status=task.status, receipt_url=url),
        status=task.status,
    )


def _of_warning(
    warning: PublicWarning, revision: WarningRevision, recipient: str, intent: str, language: str, url: str
) -> Letter:
    parts = [revision.headline, revision.description, revision.instruction]
    body = "\n".join(part.of(language) for part in parts)
    issuer = f"\n{revision.issuer.of(language)} {revision.sent}" if revision.issuer else ""
    return Letter(
        intent=intent,
        target=warning.id,
        recipient=recipient,
        subject=outgoing(revision.headline.of(language), intent=intent, status=warning.status),
        text=outgoing(body + issuer, intent=intent, status=warning.status, receipt_url=url),
        status=warning.status,
        revision=revision.number,
        document=encode(warning, revision),
        document_name=document_name(revision),
    )
