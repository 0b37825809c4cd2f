"""Blobs: attachments by the SHA-256 of their bytes; the journal holds only the hash."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ops_center.adapters.files import reason_of, sync_folder
from ops_center.domain.errors import BadInput, JournalError

NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Blobs:
    """A folder of immutable files named by their hash; a crash leaves a whole file or none."""

    folder: Path

    async def put(self, parts: AsyncIterator[bytes], *, limit: int) -> tuple[str, int, bytes]:
        """Keep what arrives; return (hash, octets, the first bytes). BadInput above the limit or where empty."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.folder / f"{secrets.token_hex(8)}.new"
        digest, size, head = sha256(), 0, b""
        try:
            with part.open("xb") as file:
                os.fchmod(file.fileno(), 0o600)
                async for chunk in parts:
                    size += len(chunk)
                    if size > limit:
                        raise BadInput("too large", field="body", suggestion=f"at most {limit} octets")
                    head = head if len(head) >= 4_096 else head + chunk[:4_096]
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if not size:
                raise BadInput("is empty", field="body")
            name = digest.hexdigest()
            target = self.path(name)
            target.parent.mkdir(exist_ok=True, mode=0o700)
            part.replace(target)
            sync_folder(target.parent)
        except OSError as error:
            raise JournalError(f"the file cannot be kept: {reason_of(error)}", path=str(self.folder)) from error
        finally:
            part.unlink(missing_ok=True)
        return name, size, head[:4_096]

    def get(self, name: str) -> bytes | None:
        """Return a blob's bytes, None where there is none; JournalError where they are no longer what they were."""
        path = self.path(name)
        try:
            found = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise JournalError(f"the file cannot be read: {reason_of(error)}", path=str(path)) from error
        if sha256(found).hexdigest() != name:
            raise JournalError("the file was changed on disk: restore it from a backup", path=str(path))
        return found

    def path(self, name: str) -> Path:
        """Return where a blob lies; ValueError for what is no hash."""
        if NAME.fullmatch(name) is None:
            raise ValueError(f"{name!r} is no SHA-256")
        return self.folder / name[:2] / name
