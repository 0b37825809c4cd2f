"""Commands on warnings to the public."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk import warnings
from ops_center.desk.commands.targets import Handler, incident_of, said, warning_of
from ops_center.desk.drafting import draft_warning, edited, note
from ops_center.desk.ledger import Ledger
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command
from ops_center.domain.errors import CommandRefused
from ops_center.domain.jurisdiction import covers
from ops_center.domain.text import Text
from ops_center.domain.warning import PublicWarning

_CHANGES = ("colour", "area", "adcodes", "buffer_m", "onset_ms", "expires_ms", "for_ms", "texts")


def _draft(ledger: Ledger, command: Command, mark: Mark) -> None:
    draft_warning(ledger, incident_of(ledger, command.target), command.args, mark, cause=command.id)


def _edit(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(edited(ledger, warning_of(ledger, command.target), command.args, mark))


def _approve(ledger: Ledger, command: Command, mark: Mark) -> None:
    warning = warning_of(ledger, command.target)
    _within(command, warning)
    given = command.args.get("edits")
    if isinstance(given, bool) or not isinstance(given, int):
        raise CommandRefused("edits: say which edit of the draft was read", target=warning.id, field="edits")
    approved = warnings.approve(warning, mark, role=command.actor.role, edits=given)
    ledger.put(approved)
    note(ledger, approved, mark, Text("预警审批：{headline}", "Warning approved: {headline}"))


def _discard(ledger: Ledger, command: Command, mark: Mark) -> None:
    reason = said(command, "reason")
    discarded = warnings.discard(warning_of(ledger, command.target), mark, reason=reason)
    ledger.put(discarded)
    note(
        ledger,
        discarded,
        mark,
        Text("预警草稿作废：{headline}（{reason}）", "Warning draft discarded: {headline} ({reason})"),
        reason=reason,
    )


def _publish(ledger: Ledger, command: Command, mark: Mark) -> None:
    warning = warning_of(ledger, command.target)
    _within(command, warning)
    published = warnings.publish(warning, mark, _publisher(ledger, command))
    ledger.put(published)
    ledger.set_timer(published.last.expires_ms, "warning", published.id)
    note(ledger, published, mark, Text("预警发布：{headline}", "Warning published: {headline}"))


def _update(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Begin the next revision, with what changes at once where something is said."""
    updated = warnings.update(warning_of(ledger, command.target), mark)
    if any(command.args.get(name) not in (None, "", []) for name in _CHANGES):
        updated = edited(ledger, updated, command.args, mark)
    ledger.put(updated)
    note(ledger, updated, mark, Text("预警更新草拟：{headline}", "Update of a warning drafted: {headline}"))


def _cancel(ledger: Ledger, command: Command, mark: Mark) -> None:
    warning = warning_of(ledger, command.target)
    _within(command, warning)
    cancelled = warnings.cancel(warning, mark, _publisher(ledger, command), reason=said(command, "reason"))
    ledger.put(cancelled)
    note(ledger, cancelled, mark, Text("预警发布：{headline}", "Warning published: {headline}"))


def _within(command: Command, warning: PublicWarning) -> None:
    """Refuse a warning to people whom the actor's authority does not cover; that is theirs, or the one above."""
    for code in warning.last.adcodes:
        if not covers(command.actor.jurisdiction, code):
            raise CommandRefused(
                f"adcodes: {code} lies outside {command.actor.jurisdiction}; a wider authority must warn there",
                target=warning.id,
            )


def _publisher(ledger: Ledger, command: Command) -> warnings.Publisher:
    """Return who publishes: the name as the server put it into the journalled command.

    The deployment's code makes the sender unique (CAP 1.2, 3.2.1: no spaces, commas, < or &).
    """
    given = command.args.get("issuer")
    named = Text(str(given["zh"]), str(given["en"])) if isinstance(given, Mapping) else None
    return warnings.Publisher(
        issuer=named or Text(ledger.deployment, ledger.deployment),
        web=said(command, "web"),
        sender=f"{ledger.deployment}.ops-center",
        zone=ledger.zone,
    )


HANDLERS: Mapping[str, Handler] = {
    kinds.WARNING_DRAFT: _draft,
    kinds.WARNING_EDIT: _edit,
    kinds.WARNING_APPROVE: _approve,
    kinds.WARNING_DISCARD: _discard,
    kinds.WARNING_PUBLISH: _publish,
    kinds.WARNING_UPDATE: _update,
    kinds.WARNING_CANCEL: _cancel,
}
