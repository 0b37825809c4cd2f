"""Read one YAML 1.2 file strictly, keeping the line and column of every key and value.

Built from parser events, not from a loader: nothing but maps, lists, text, numbers, booleans and
null can come out, so there are no tags, anchors, merge keys or duplicate keys to exploit. Plain
scalars that YAML 1.1 tools read differently (``22:00`` = 1320, ``0004`` = 4, ``0x0200`` = 512,
``1_000``) are refused with the hint to quote them, so that a file means the same in every editor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ops_center.domain.digest import digest_of
from ops_center.domain.errors import ContentError
from ops_center.domain.text import Json

PathTuple = tuple[str | int, ...]
Place = tuple[int, int]

MAX_BYTES = 1_000_000
MAX_DEPTH = 24

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# YAML 1.2.2, 10.3.2 (core schema), without the forms that other readers take for something else.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
# YAML 1.1 types int and float: base 60, base 8, base 16, base 2 and grouped digits.
_MISREAD = re.compile(
    r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?|[-+]?0[0-9_]+|[-+]?0[xob][0-9a-fA-F_]+|[-+]?[0-9][0-9_]*_[0-9_.]*"
)


@dataclass(frozen=True, kw_only=True)
class Document:
    """One file: its values and where each stands; lines and columns count from 1."""

    data: Any
    file: str = ""
    keys: Mapping[PathTuple, Place] = field(default_factory=dict)
    values: Mapping[PathTuple, Place] = field(default_factory=dict)

    def line_of(self, path: PathTuple) -> Place:
        """Return (line, column) of a key or list item, or of the nearest thing around it."""
        return _nearest_place(self.keys, path)

    def value_place(self, path: PathTuple) -> Place:
        """Return (line, column) of the first character of a value, inside its quotes if any."""
        return self.values.get(path) or self.line_of(path)

    def place_in(self, path: PathTuple, line: int, column: int) -> Place:
        """Return the file's (line, column) of a place within a text value."""
        first, left = self.value_place(path)
        return first + line - 1, left + column - 1

    def error(self, reason: str, path: PathTuple = (), *, suggestion: str = "") -> ContentError:
        """Return a ContentError that points at `path`."""
        line, column = self.line_of(path)
        return ContentError(reason, file=self.file, line=line, column=column, field=dotted(path), suggestion=suggestion)

    def with_data(self, data: Json) -> Document:
        """Return the document with other values at the same places."""
        return replace(self, data=data)

    @cached_property
    def version(self) -> str:
        """Content hash of the values: comments and layout do not count."""
        return content_hash(self.data)


def content_hash(data: Json) -> str:
    """Return the version of content values: 16 hex digits."""
    return digest_of(data)[:16]


def dotted(path: PathTuple) -> str:
    """Return ``steps.2.owner`` for a path."""
    return ".".join(str(part) for part in path)


class Parsed(Protocol):
    """Documents that were parsed before, by their text (kept.py)."""

    def get(self, text: str, file: str) -> Document | None:
        """Return the document of a text, None where it was never parsed."""
        ...

    def put(self, text: str, document: Document) -> None:
        """Note the document of a text."""
        ...


def read_document(path: Path, *, parsed: Parsed | None = None) -> Document:
    """Return the document of a file; ContentError where it cannot be read or is no strict YAML."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ContentError(f"larger than {MAX_BYTES} bytes", file=str(path))
        raw = path.read_bytes()
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror or error}", file=str(path)) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ContentError("not UTF-8", file=str(path), line=line, column=1) from error
    found = parsed.get(text, str(path)) if parsed is not None else None
    if found is None:
        found = parse_document(text, file=str(path))
        if parsed is not None:
            parsed.put(text, found)
    return found


def parse_document(text: str, *, file: str = "") -> Document:
    """Return the document of a text; ContentError with line and column where it is not strict YAML."""
    if len(text) > MAX_BYTES:
        raise ContentError(f"larger than {MAX_BYTES} characters", file=file)
    reader = _Reader(text, file)
    try:
        return reader.document()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise ContentError(f"not YAML: {reason}", file=file, line=line, column=column) from error


def _nearest_place(places: Mapping[PathTuple, Place], path: PathTuple) -> Place:
    while path and path not in places:
        path = path[:-1]
    return places.get(path, (1, 1))


class _Reader:
    """Turns parser events into values; one use."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        yaml = YAML(typ="safe", pure=True)
        self._events: Iterator[Any] = iter(yaml.parse(text))
        self._lines = text.splitlines()
        self._keys: dict[PathTuple, Place] = {}
        self._values: dict[PathTuple, Place] = {}

    def document(self) -> Document:
        """Return the one document of the stream."""
        data: Json = None
        seen = 0
        for event in self._events:
            match type(event).__name__:
                case "DocumentStartEvent":
                    seen += 1
                    if seen > 1:
                        raise self._refuse(event, "a second document in one file")
                case "StreamStartEvent" | "StreamEndEvent" | "DocumentEndEvent":
                    continue
                case _:
                    data = self._value(event, (), 0)
        return Document(data=data, file=self._file, keys=self._keys, values=self._values)

    def _value(self, event: Any, path: PathTuple, depth: int) -> Json:
        if depth > MAX_DEPTH:
            raise self._refuse(event, f"nested deeper than {MAX_DEPTH}", path)
        kind = type(event).__name__
        if kind == "AliasEvent" or getattr(event, "anchor", None) is not None:
            raise self._refuse(event, "anchors and aliases (& and *) are not allowed; write the value out", path)
        if getattr(event, "tag", None) is not None:
            raise self._refuse(event, f"tags are not allowed ({event.tag})", path)
        self._values[path] = self._place_of(event)
        if kind == "MappingStartEvent":
            return self._mapping(path, depth)
        if kind == "SequenceStartEvent":
            return self._sequence(path, depth)
        return event.value if event.style else self._plain(event, path)

    def _place_of(self, event: Any) -> Place:
        """Return where a value's first character stands: inside quotes, or below a block's | or >."""
        line, column = event.start_mark.line, event.start_mark.column
        style = getattr(event, "style", None)
        if style in ("|", ">"):
            below = range(line + 1, min(event.end_mark.line + 1, len(self._lines)))
            first = next((n for n in below if self._lines[n].strip()), line)
            return first + 1, len(self._lines[first]) - len(self._lines[first].lstrip()) + 1
        return line + 1, column + 1 + int(style in ("'", '"'))

    def _mapping(self, path: PathTuple, depth: int) -> Json:
        found: dict[str, Json] = {}
        for event in self._events:
            if type(event).__name__ == "MappingEndEvent":
                break
            place = (event.start_mark.line + 1, event.start_mark.column + 1)
            key = self._value(event, (*path, "?"), depth + 1)
            if not isinstance(key, str):
                raise self._refuse(event, f"the key {key!r} is not text; put it in quotes", path)
            if key in found:
                line = self._keys[(*path, key)][0]
                raise self._refuse(event, f"the key {key!r} stands twice, first in line {line}", (*path, key))
            self._keys[(*path, key)] = place
            found[key] = self._value(next(self._events), (*path, key), depth + 1)
        self._values.pop((*path, "?"), None)
        return found

    def _sequence(self, path: PathTuple, depth: int) -> Json:
        items: list[Json] = []
        for event in self._events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            here = (*path, len(items))
            self._keys[here] = (event.start_mark.line + 1, event.start_mark.column + 1)
            items.append(self._value(event, here, depth + 1))
        return items

    def _plain(self, event: Any, path: PathTuple) -> Json:
        text: str = event.value
        if text in _NULL:
            return None
        if text in _BOOLEAN:
            return _BOOLEAN[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        if _MISREAD.fullmatch(text):
            reason = f'{text} is read as different numbers by different tools; quote it: "{text}"'
            raise self._refuse(event, reason, path)
        return text

    def _refuse(self, event: Any, reason: str, path: PathTuple = ()) -> ContentError:
        mark, field_name = event.start_mark, dotted(tuple(part for part in path if part != "?"))
        return ContentError(reason, file=self._file, line=mark.line + 1, column=mark.column + 1, field=field_name)
