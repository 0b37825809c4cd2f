"""Consumer offsets of a file journal: one small JSON file, replaced whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock

import msgspec

from ops_center.adapters.files import reason_of, replace_file
from ops_center.domain.errors import JournalError


class Offsets:
    """Group -> "topic/partition" -> offset; every change is on disk before it returns."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()
        self._groups = self._load()

    def get(self, group: str, topic: str, partition: int) -> int | None:
        """Return a stored offset."""
        return self._groups.get(group, {}).get(f"{topic}/{partition}")

    def put(self, offsets: Mapping[str, int], topic: str, partition: int) -> None:
        """Store the offsets of several groups at once."""
        with self._lock:
            groups = {group: dict(places) for group, places in self._groups.items()}
            for group, offset in offsets.items():
                groups.setdefault(group, {})[f"{topic}/{partition}"] = offset
            try:
                replace_file(self._path, msgspec.json.format(msgspec.json.encode(groups, order="sorted")) + b"\n")
            except OSError as error:
                raise JournalError(reason_of(error), path=str(self._path)) from error
            self._groups = groups

    def _load(self) -> dict[str, dict[str, int]]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, dict[str, int]])
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise JournalError(reason_of(error), path=str(self._path)) from error
        except msgspec.MsgspecError as error:
            raise JournalError(f"not a file of consumer offsets: {error}", path=str(self._path)) from error
