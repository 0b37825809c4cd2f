"""Every error the product raises on purpose, each with its facts as attributes."""

from __future__ import annotations


def words_of(error: BaseException) -> str:
    """Return what an error says, or its kind where it says nothing, as a time-out of a client does."""
    return str(error) or type(error).__name__


class OpsError(Exception):
    """Root of all errors raised on purpose; anything else is a defect."""


class BadInput(OpsError):
    """A message from outside that cannot be used; the record goes to dead letters."""

    def __init__(self, reason: str, *, field: str = "", feed: str = "", suggestion: str = "") -> None:
        self.reason, self.field, self.feed, self.suggestion = reason, field, feed, suggestion
        where = ".".join(part for part in (feed, field) if part)
        text = f"{where}: {reason}" if where else reason
        super().__init__(f"{text} ({suggestion})" if suggestion else text)


class ContentError(OpsError):
    """A content file that is refused at load: file, line, field, reason, suggestion."""

    def __init__(
        self,
        reason: str,
        *,
        file: str = "",
        line: int = 0,
        column: int = 0,
        field: str = "",
        suggestion: str = "",
    ) -> None:
        self.reason, self.file, self.line, self.column = reason, file, line, column
        self.field, self.suggestion = field, suggestion
        where = f"{file}:{line}:{column}" if line else file
        text = ": ".join(part for part in (where, field, reason) if part)
        super().__init__(f"{text} (did you mean {suggestion!r}?)" if suggestion else text)


class CommandRefused(OpsError):
    """An operator's command that was not carried out; says who changed what and when.

    `field` names the argument that is wrong, where nobody else is the reason.
    """

    def __init__(
        self, reason: str, *, target: str = "", by: str = "", at_ms: int | None = None, field: str = ""
    ) -> None:
        self.reason, self.target, self.by, self.at_ms, self.field = reason, target, by, at_ms, field
        super().__init__(reason)


class NotAllowed(OpsError):
    """A command or read outside the actor's role or jurisdiction."""

    def __init__(self, reason: str, *, actor: str = "", role: str = "", jurisdiction: str = "") -> None:
        self.reason, self.actor, self.role, self.jurisdiction = reason, actor, role, jurisdiction
        super().__init__(reason)


class JournalError(OpsError):
    """The journal cannot be read or written (disk full, unreadable file, broken checksum)."""

    def __init__(self, reason: str, *, path: str = "", offset: int | None = None) -> None:
        self.reason, self.path, self.offset = reason, path, offset
        super().__init__(f"{path}: {reason}" if path else reason)


class StoreAway(OpsError):
    """The store's database does not answer; the journal, and with it every decision, goes on."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the store does not answer: {reason}")


class StaleEpoch(OpsError):
    """A write by a desk that no longer holds the lease (ORDER 25); nothing of it was kept."""

    def __init__(self, *, epoch: int, held: int) -> None:
        self.epoch, self.held = epoch, held
        super().__init__(f"epoch {epoch} is below {held}: another desk holds the lease")


class SetupError(OpsError):
    """The deployment cannot start as configured; names the setting and the mend."""

    def __init__(self, reason: str, *, setting: str = "", suggestion: str = "") -> None:
        self.reason, self.setting, self.suggestion = reason, setting, suggestion
        text = f"{setting}: {reason}" if setting else reason
        super().__init__(f"{text}; {suggestion}" if suggestion else text)
