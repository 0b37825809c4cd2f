"""Notifying: the channels a deployment really has, and the post that uses them; live wiring only."""

from __future__ import annotations

from collections.abc import Callable

from ops_center.adapters.notify_log import DeliveryLog
from ops_center.adapters.notify_outbox import Outbox
from ops_center.adapters.notify_post import Post
from ops_center.adapters.notify_router import OUTBOX, Router, read_book
from ops_center.adapters.notify_smtp import Smtp
from ops_center.adapters.notify_webhook import Webhook
from ops_center.deployment import Deployment
from ops_center.domain.command import Command
from ops_center.domain.errors import SetupError
from ops_center.domain.scales import Status
from ops_center.ports import Clock, Notifier, Receipt


def make_post(
    deployment: Deployment,
    *,
    clock: Clock,
    submit: Callable[[Command], Receipt],
    receipt_url: Callable[[str], str],
) -> Post:
    """Return the post of a deployment; an exercise gets no real channel unless its file says so."""
    outbox = Outbox(path=deployment.folder / "outbox.jsonl", clock=clock)
    outbox.open()
    deliveries = DeliveryLog(deployment.folder / "deliveries.jsonl")
    deliveries.open()
    given = deployment.channels
    real = deployment.status is Status.ACTUAL or given.in_exercise
    allow_http = given.webhook is not None and given.webhook.allow_http
    return Post(
        router=Router(
            channels={OUTBOX: outbox, **(_real(deployment, clock) if real else {})},
            book=read_book(given.recipients, allow_http=allow_http) if given.recipients else {},
            real_in_exercise=given.in_exercise,
        ),
        log=deliveries,
        submit=submit,
        clock=clock,
        language=given.language,
        jurisdiction=deployment.code,
        receipt_url=receipt_url,
        keep=outbox.file,
    )


def _real(deployment: Deployment, clock: Clock) -> dict[str, Notifier]:
    found: dict[str, Notifier] = {}
    smtp, webhook = deployment.channels.smtp, deployment.channels.webhook
    if smtp is not None:
        found["smtp"] = Smtp(
            host=smtp.host,
            port=smtp.port,
            sender=smtp.sender,
            clock=clock,
            tls=smtp.tls,
            user=smtp.user,
            password=_secret(deployment, "smtp_password") if smtp.user else "",
            timeout_s=smtp.timeout_s,
        )
    if webhook is not None:
        key = _secret(deployment, "webhook_key").encode()
        found["webhook"] = Webhook(key=key, clock=clock, timeout_s=webhook.timeout_s)
    return found


def _secret(deployment: Deployment, name: str) -> str:
    found = deployment.secrets.get(name, "")
    if not found:
        raise SetupError("is missing", setting=f"secret {name!r}", suggestion="add it to the secrets_file")
    return found
