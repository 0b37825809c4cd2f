"""Kept: files as they were parsed, by the checksum of their text, so that a start parses only what is new."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from ops_center.content.document import Document, PathTuple, Place

log = logging.getLogger(__name__)

LAYOUT = 1  # grows when a document of the same text comes to hold something else
Entry = tuple[Any, list[tuple[list[str | int], Place]], list[tuple[list[str | int], Place]]]


@dataclass(slots=True)
class Kept:
    """The documents of one file beside a deployment; what was not asked for is not written back."""

    path: Path
    known: dict[str, Entry] = field(default_factory=dict)
    used: dict[str, Entry] = field(default_factory=dict)

    @staticmethod
    def of(path: Path) -> Kept:
        """Return what a file keeps; nothing where it is missing or cannot be read."""
        try:
            layout, known = msgspec.msgpack.decode(path.read_bytes(), type=tuple[int, dict[str, Entry]])
        except FileNotFoundError:
            return Kept(path)
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("%s: %s; every file is parsed again", path, error)
            return Kept(path)
        return Kept(path, known if layout == LAYOUT else {})

    def get(self, text: str, file: str) -> Document | None:
        """Return the document of a text, None where it was never parsed."""
        key = _key(text)
        entry = self.known.get(key)
        if entry is None:
            return None
        self.used[key] = entry
        data, keys, values = entry
        return Document(data=data, file=file, keys=_places(keys), values=_places(values))

    def put(self, text: str, document: Document) -> None:
        """Note the document of a text."""
        keys, values = ([(list(path), place) for path, place in of.items()] for of in (document.keys, document.values))
        self.used[_key(text)] = (document.data, keys, values)

    def save(self) -> None:
        """Write down what was asked for, where that is something else than before."""
        if self.used.keys() == self.known.keys():
            return
        part = self.path.with_suffix(".part")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(msgspec.msgpack.encode((LAYOUT, self.used)))
        part.replace(self.path)


def _key(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _places(entries: list[tuple[list[str | int], Place]]) -> dict[PathTuple, Place]:
    return {tuple(path): place for path, place in entries}
