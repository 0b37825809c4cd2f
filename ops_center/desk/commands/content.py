"""The command that puts a content version in force."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk.commands.targets import Handler
from ops_center.desk.ledger import Ledger
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command
from ops_center.domain.errors import CommandRefused
from ops_center.domain.world import ChangeKind, WorldChange, change_id


def _load(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Announce a content version; the desk changes to it at the very time the workers do."""
    version = str(command.args["version"])
    if version not in ledger.contents:
        raise CommandRefused(f"content version {version!r} is not loaded here", target=version)
    at_ms = ledger.holds_from(mark.at_ms)
    ledger.announce(
        WorldChange(
            id=change_id(kind=ChangeKind.CONTENT, layer="content", key=version, cause=command.id),
            kind=ChangeKind.CONTENT,
            layer="content",
            key=version,
            at_ms=at_ms,
            body={"version": version},
            cause=command.id,
            status=ledger.status,
        )
    )
    ledger.set_timer(at_ms, "content", version)


HANDLERS: Mapping[str, Handler] = {kinds.LOAD_CONTENT: _load}
