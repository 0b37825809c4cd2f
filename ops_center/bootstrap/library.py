"""Library: every content version that was ever in force here, so that a restart and a replay find it.

``<folder>/base.json`` names the version the journal began with; ``<folder>/<version>.json`` holds
a version's documents. Rules, playbooks, forms, texts and calendars change while running, by a
command in the journal; feeds and layers are those of the files at start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import msgspec

from ops_center.adapters.files import replace_file
from ops_center.bootstrap.content import Content, content_of, definitions
from ops_center.content import ContentTree, Document
from ops_center.desk.definitions import Definitions
from ops_center.domain.errors import SetupError
from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from playbooks.program import Program

T = TypeVar("T")


class Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a journal began with, beside its records: enough to run it again elsewhere."""

    version: str
    feeds: tuple[str, ...]
    deployment: str
    status: str
    time_zone: str
    metric_epsg: int
    lead_ms: int | None


class _ByVersion(Mapping[str, T]):
    """Values by content version, each made when it is first asked for."""

    def __init__(self, known: Callable[[], list[str]], make: Callable[[str], T]) -> None:
        self._known, self._make, self._made = known, make, dict[str, T]()

    def __getitem__(self, version: str) -> T:
        if version not in self._made:
            if version not in self._known():
                raise KeyError(version)
            self._made[version] = self._make(version)
        return self._made[version]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())


@dataclass(slots=True)
class Library:
    """The versions in one folder, read against the feeds and layers of the `current` content."""

    folder: Path
    current: Content
    read: dict[str, Content] = field(default_factory=dict)

    def keep(self, content: Content) -> None:
        """Write a version, complete or not at all; one that is there stays."""
        self.read[content.version] = content
        path = self.folder / f"{content.version}.json"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            kinds = {
                kind: {key: (doc.file, doc.data) for key, doc in docs.items()}
                for kind, docs in content.tree.documents.items()
            }
            replace_file(path, msgspec.json.encode(kinds))

    def begin(self, base: Base) -> Base:
        """Return what the journal began with: the record, or `base` where there is none yet."""
        path = self.folder / "base.json"
        if path.exists():
            return base_of(self.folder)
        self.keep(self.current)
        replace_file(path, msgspec.json.encode(base) + b"\n")
        return base

    def content(self, version: str) -> Content:
        """Return the rules and playbooks of a version with the feeds and layers at hand."""
        if version == self.current.version:
            return self.current
        if version not in self.read:
            found, _ = content_of(_tree(self.folder, version), previous=self.current)
            self.read[version] = found
        found = self.read[version]
        return replace(found, feeds=self.current.feeds, catalog=self.current.catalog)

    @property
    def programs(self) -> Mapping[str, Program]:
        """Programs by version, as workers ask for them."""
        return _ByVersion(self._known, lambda version: self.content(version).program)

    @property
    def definitions(self) -> Mapping[str, Definitions]:
        """Definitions by version, as the desk asks for them."""
        return _ByVersion(self._known, lambda version: definitions(self.content(version)))

    def _known(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.json") if path.stem != "base")


def base_of(folder: Path) -> Base:
    """Return the record of what a journal began with."""
    path = folder / "base.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Base)
    except (OSError, msgspec.MsgspecError) as error:
        raise SetupError(f"cannot be read: {error}", setting=str(path)) from error


def stored_content(folder: Path, version: str, *, status: Status | None = None) -> Content:
    """Return a version as it was kept, its feeds and layers too; ContentError where a layer's file is gone."""
    content, errors = content_of(_tree(folder, version), status=status)
    for error in errors:
        raise error
    return content


def _tree(folder: Path, version: str) -> ContentTree:
    path = folder / f"{version}.json"
    try:
        kinds = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, tuple[str, Json]]])
    except (OSError, msgspec.MsgspecError) as error:
        raise SetupError(f"content version {version} cannot be read: {error}", setting=str(path)) from error
    documents = {
        kind: {key: Document(data=data, file=file) for key, (file, data) in docs.items()}
        for kind, docs in kinds.items()
    }
    return ContentTree(folders=(), documents=documents)
