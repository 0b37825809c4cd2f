"""Warning transitions as pure functions: draft, edit, approve, publish, update, cancel, expire.

An approval names the edit it read, so that nobody approves a text they have not seen. What was
published is never changed but for the state it stands in and the fate of its messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.scales import Role, WarningColour
from ops_center.domain.text import Json, Text
from ops_center.domain.warning import PublicWarning, WarningAction, WarningRevision, WarningState
from playbooks.warning_template import ColourTerms, WarningTemplate

PENDING = (WarningState.DRAFT, WarningState.APPROVED)
RANK = {"intended": 0, "failed": 1, "sent": 2, "delivered": 3, "receipted": 4}  # as of a playbook's notify


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnedArea:
    """Where a warning holds: a shape or whole units, and how people say it."""

    area: Mapping[str, Json] | None
    adcodes: tuple[str, ...]
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a draft is to say; None leaves what is there."""

    colour: WarningColour | None = None
    area: WarnedArea | None = None
    onset_ms: int | None = None
    expires_ms: int | None = None
    texts: Mapping[str, Text] | None = None


def colour_terms(template: WarningTemplate, colour: WarningColour) -> ColourTerms:
    """Return what holds for a colour; CommandRefused where the template has none."""
    terms = template.colours.get(colour)
    if terms is None:
        known = ", ".join(one.value for one in template.colours)
        raise CommandRefused(f"colour: {template.id} has no {colour.value} ({known})", field="colour")
    return terms


def first_revision(
    template: WarningTemplate, wanted: Wanted, texts: Mapping[str, Text], mark: Mark, *, now_ms: int
) -> WarningRevision:
    """Return a draft of revision 1; `texts` are the template's, filled."""
    if wanted.colour is None or wanted.area is None:
        raise CommandRefused("colour and area are needed")
    terms = colour_terms(template, wanted.colour)
    onset_ms = now_ms if wanted.onset_ms is None else wanted.onset_ms
    said = {**texts, **(wanted.texts or {})}
    return WarningRevision(
        number=1,
        colour=wanted.colour,
        event=template.title,
        event_code=template.event_code,
        terms=terms.cap,
        headline=said["headline"],
        description=said["description"],
        instruction=said["instruction"],
        measures=terms.measures,
        onset_ms=onset_ms,
        expires_ms=onset_ms + template.valid_for_ms if wanted.expires_ms is None else wanted.expires_ms,
        area=wanted.area.area,
        adcodes=wanted.area.adcodes,
        area_text=wanted.area.text,
        contact=template.contact,
        drafted=mark,
    )


def with_texts(revision: WarningRevision, texts: Mapping[str, Text]) -> WarningRevision:
    """Return a draft with other texts, by the template's names for them."""
    return replace(
        revision,
        headline=texts.get("headline", revision.headline),
        description=texts.get("description", revision.description),
        instruction=texts.get("instruction", revision.instruction),
    )


def edit(
    warning: PublicWarning,
    wanted: Wanted,
    mark: Mark,
    *,
    template: WarningTemplate | None,
    filled: Mapping[str, tuple[Text, Text]],
) -> PublicWarning:
    """Return the warning with its draft changed; approvals given before no longer count.

    `filled` holds (before, after) of the template's texts: a text nobody wrote by hand follows.
    """
    last = _pending(warning, "edited")
    changed = last
    if wanted.colour is not None and wanted.colour is not last.colour:
        if template is None:
            raise CommandRefused("colour: the template is no longer in force", target=warning.id, field="colour")
        terms = colour_terms(template, wanted.colour)
        changed = replace(changed, colour=wanted.colour, terms=terms.cap, measures=terms.measures)
        warning = replace(warning, approvals_needed=terms.approvals)
    if wanted.area is not None:
        changed = replace(changed, area=wanted.area.area, adcodes=wanted.area.adcodes, area_text=wanted.area.text)
    if wanted.onset_ms is not None:
        changed = replace(changed, onset_ms=wanted.onset_ms)
    if wanted.expires_ms is not None:
        changed = replace(changed, expires_ms=wanted.expires_ms)
    follow = {name: after for name, (before, after) in filled.items() if getattr(last, name) == before}
    changed = with_texts(changed, {**follow, **(wanted.texts or {})})
    if changed == last:
        raise CommandRefused("nothing would change", target=warning.id)
    reset = replace(changed, state=WarningState.DRAFT, approvals=(), drafted=mark, edits=last.edits + 1)
    return _with_last(warning, reset)


def approve(warning: PublicWarning, mark: Mark, *, role: Role, edits: int) -> PublicWarning:
    """Return the warning with one more approval of the draft as it was read."""
    last = warning.last
    if last.state is not WarningState.DRAFT:
        raise _not_now(warning, "approved")
    if role.value != warning.approver and role is not Role.COMMANDER:
        raise CommandRefused(f"a {warning.approver} approves this warning, not a {role.value}", target=warning.id)
    if edits != last.edits:
        raise CommandRefused(
            f"the draft was changed by {last.drafted.by}: read it again",
            target=warning.id,
            by=last.drafted.by,
            at_ms=last.drafted.at_ms,
        )
    for given in last.approvals:
        if given.by == mark.by:
            raise CommandRefused(
                f"{mark.by} has approved it already; another person must",
                target=warning.id,
                by=mark.by,
                at_ms=given.at_ms,
            )
    _complete(warning, now_ms=mark.at_ms)
    approvals = (*last.approvals, mark)
    enough = len(approvals) >= warning.approvals_needed
    state = WarningState.APPROVED if enough else WarningState.DRAFT
    return _with_last(warning, replace(last, approvals=approvals, state=state))


def discard(warning: PublicWarning, mark: Mark, *, reason: str) -> PublicWarning:
    """Return the warning with its draft given up."""
    last = _pending(warning, "discarded")
    _need_reason(warning, reason)
    return _with_last(warning, replace(last, state=WarningState.DISCARDED, ended=mark, reason=reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who publishes: the name people read, the address of more, the CAP sender, the zone of its times."""

    issuer: Text
    web: str
    sender: str
    zone: ZoneInfo


def publish(warning: PublicWarning, mark: Mark, by: Publisher) -> PublicWarning:
    """Return the warning with its draft in force; the revision before it is superseded."""
    last = warning.last
    if last.state is not WarningState.APPROVED:
        raise _not_now(warning, "published")
    _complete(warning, now_ms=mark.at_ms)
    out = replace(_sent(warning, last, mark, by), state=WarningState.PUBLISHED)
    earlier = tuple(
        replace(one, state=WarningState.SUPERSEDED, ended=mark) if one.state is WarningState.PUBLISHED else one
        for one in warning.revisions[:-1]
    )
    return replace(warning, revisions=(*earlier, out))


def update(warning: PublicWarning, mark: Mark) -> PublicWarning:
    """Return the warning with a draft of its next revision, which says what is in force until it is edited."""
    held = warning.in_force
    if held is None:
        raise CommandRefused("nothing is in force that could be updated", target=warning.id)
    if warning.last.state in PENDING:
        raise _not_now(warning, "updated")
    draft = replace(
        _bare(held, number=warning.last.number + 1, mark=mark), action=WarningAction.UPDATE, state=WarningState.DRAFT
    )
    return replace(warning, revisions=(*warning.revisions, draft))


def cancel(warning: PublicWarning, mark: Mark, by: Publisher, *, reason: str) -> PublicWarning:
    """Return the warning cancelled by a revision that tells the public so; a draft beside it is given up."""
    held = warning.in_force
    if held is None:
        raise CommandRefused("nothing is in force that could be cancelled", target=warning.id)
    _need_reason(warning, reason)
    ended = tuple(_ended(one, mark, reason) for one in warning.revisions)
    notice = replace(
        _bare(held, number=warning.last.number + 1, mark=mark),
        action=WarningAction.CANCEL,
        headline=Text(f"解除：{held.headline.zh}", f"Cancelled: {held.headline.en}"),
        description=Text(f"预警解除。原因：{reason}", f"The warning is cancelled. Reason: {reason}"),
        instruction=Text("恢复正常，仍请留意后续通知。", "Return to normal; watch for further notice."),
        measures=(),
        reason=reason,
    )
    whole = replace(warning, revisions=(*ended, notice))
    out = replace(_sent(whole, notice, mark, by), state=WarningState.CANCELLED)
    return replace(whole, revisions=(*ended, out))


def expire(warning: PublicWarning, at_ms: int) -> PublicWarning:
    """Return the warning with what has run out by `at_ms` expired."""
    mark = Mark(by="system", post="system", at_ms=at_ms)
    return replace(
        warning,
        revisions=tuple(
            replace(one, state=WarningState.EXPIRED, ended=mark)
            if one.state is WarningState.PUBLISHED and one.expires_ms <= at_ms
            else one
            for one in warning.revisions
        ),
    )


def delivered(warning: PublicWarning, *, number: int, recipient: str, status: str) -> PublicWarning:
    """Return the warning with one recipient's newest state; a late "sent" never undoes a receipt."""
    if status not in RANK:
        raise CommandRefused(f"status: {status!r} is no state of a delivery", target=warning.id, field="status")
    found = next((one for one in warning.revisions if one.number == number), None)
    if found is None or recipient not in dict(found.deliveries):
        raise CommandRefused(f"{recipient!r} is no recipient of revision {number}", target=warning.id)
    told = replace(
        found,
        deliveries=tuple(
            (to, status if to == recipient and RANK[status] > RANK[now] else now) for to, now in found.deliveries
        ),
    )
    return replace(warning, revisions=tuple(told if one.number == number else one for one in warning.revisions))


def faults(revision: WarningRevision, *, now_ms: int) -> tuple[str, ...]:
    """Return what keeps a draft from being approved: ``field: reason``."""
    found: list[str] = []
    for name in ("headline", "description", "instruction"):
        for language, text in (("zh", getattr(revision, name).zh), ("en", getattr(revision, name).en)):
            if not text.strip():
                found.append(f"{name}.{language}: is empty")
            elif hole := next((part for part in _holes(text)), ""):
                found.append(f"{name}.{language}: {hole} is still to be filled")
            elif name == "headline" and len(text) > HEADLINE:
                found.append(f"{name}.{language}: {len(text)} characters, at most {HEADLINE}")
    if revision.expires_ms <= max(revision.onset_ms, now_ms):
        found.append("expires_ms: is not after the onset and now")
    if revision.area is None and not revision.adcodes:
        found.append("area: no area and no administrative unit")
    return tuple(found)


HEADLINE = 140  # CAP 1.2, 3.2.2: some systems truncate there


def local(at_ms: int, zone: ZoneInfo) -> datetime:
    """Return an instant in the deployment's zone, whole seconds."""
    return datetime.fromtimestamp(at_ms // 1000, zone)


def _holes(text: str) -> list[str]:
    """Return the ``{dotted.name}`` places that a text still holds."""
    found = []
    for part in text.split("{")[1:]:
        name, closed, _ = part.partition("}")
        if closed and name.replace(".", "").replace("_", "").isalnum():
            found.append("{" + name + "}")
    return found


def _complete(warning: PublicWarning, *, now_ms: int) -> None:
    wrong = faults(warning.last, now_ms=now_ms)
    if wrong:
        raise CommandRefused("; ".join(wrong), target=warning.id, field=wrong[0].partition(":")[0])


def _sent(warning: PublicWarning, last: WarningRevision, mark: Mark, by: Publisher) -> WarningRevision:
    """Return a revision with all that its message carries; who is told is journalled here, before anybody is."""
    before = [one for one in warning.revisions if one.identifier]
    return replace(
        last,
        published=mark,
        issuer=by.issuer,
        web=by.web,
        sender=by.sender,
        identifier=f"{by.sender}.{warning.id.rpartition('-')[2][:16]}.{last.number}",
        sent=local(mark.at_ms, by.zone).isoformat(timespec="seconds"),
        references=" ".join(f"{one.sender},{one.identifier},{one.sent}" for one in before),
        deliveries=tuple((to, "intended") for to in warning.recipients),
    )


def _bare(held: WarningRevision, *, number: int, mark: Mark) -> WarningRevision:
    """Return a copy of what is in force without what belongs to its publication."""
    return replace(
        held,
        number=number,
        edits=0,
        drafted=mark,
        approvals=(),
        published=None,
        ended=None,
        reason="",
        identifier="",
        sent="",
        references="",
        deliveries=(),
    )


def _ended(one: WarningRevision, mark: Mark, reason: str) -> WarningRevision:
    if one.state is WarningState.PUBLISHED:
        return replace(one, state=WarningState.CANCELLED, ended=mark, reason=reason)
    if one.state in PENDING:
        return replace(one, state=WarningState.DISCARDED, ended=mark, reason=reason)
    return one


def _pending(warning: PublicWarning, wanted: str) -> WarningRevision:
    if warning.last.state not in PENDING:
        raise _not_now(warning, wanted)
    return warning.last


def _with_last(warning: PublicWarning, revision: WarningRevision) -> PublicWarning:
    return replace(warning, revisions=(*warning.revisions[:-1], revision))


def _need_reason(warning: PublicWarning, reason: str) -> None:
    if not reason.strip():
        raise CommandRefused("reason: is needed", target=warning.id, field="reason")


def _not_now(warning: PublicWarning, wanted: str) -> CommandRefused:
    last = warning.last
    approved = last.approvals[-1] if last.approvals else None
    mark = last.ended or last.published or approved or last.drafted
    if last.state is WarningState.DRAFT:
        missing = warning.approvals_needed - len(last.approvals)
        return CommandRefused(
            f"cannot be {wanted}: {missing} more approval(s) needed", target=warning.id, by=mark.by, at_ms=mark.at_ms
        )
    reason = f"cannot be {wanted}: revision {last.number} was {last.state} by {mark.by}"
    return CommandRefused(reason, target=warning.id, by=mark.by, at_ms=mark.at_ms)
