"""Content tree: the files of the built-in folder and of each ``--content`` folder, later wins by id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ops_center.content.document import Document, Parsed, content_hash, read_document
from ops_center.content.schema import nearest, validate
from ops_center.domain.errors import ContentError
from ops_center.domain.text import Json

# Kind -> its folder. A content folder has this shape; the last part alone ("rules/") will do too.
KINDS: Mapping[str, str] = {
    "feed": "streams/feeds",
    "layer": "layers/catalog",
    "rule": "playbooks/rules",
    "playbook": "playbooks/books",
    "calendar": "playbooks/calendars",
    "form": "playbooks/forms",
    "text": "playbooks/texts",
    "incident_kind": "playbooks/incident_kinds",
    "capability": "playbooks/capabilities",
    "warning": "playbooks/warnings",
    "post": "playbooks/posts",
    "disposition": "playbooks/dispositions",
}

OVERRIDE_SCHEMA: Mapping[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["override"],
    "properties": {
        "override": {
            "type": "object",
            "additionalProperties": False,
            "required": ["id"],
            "properties": {
                "id": {"type": "string"},
                "params": {"type": "object"},
                "severity": {"enum": ["minor", "moderate", "severe", "extreme"]},
                "disabled": {"type": "boolean"},
            },
        }
    },
}

Accept = Callable[[str, Document], None]


@dataclass(frozen=True, slots=True)
class Folder:
    """One root of content; `built_in` content is not hidden behind a short folder name."""

    path: Path
    built_in: bool = False


@dataclass(frozen=True, kw_only=True)
class ContentTree:
    """All documents in force, by kind and id, overrides applied; never changed.

    `files` holds each file's last good document as it was read, for a reload to fall back on.
    """

    folders: tuple[Folder, ...]
    documents: Mapping[str, Mapping[str, Document]] = field(default_factory=dict)
    files: Mapping[str, Document] = field(default_factory=dict)

    def of(self, kind: str) -> Mapping[str, Document]:
        """Return the documents of a kind by id, in order of id."""
        return self.documents.get(kind, {})

    @cached_property
    def version(self) -> str:
        """Content hash of everything in force."""
        return content_hash(
            {kind: {key: doc.version for key, doc in docs.items()} for kind, docs in self.documents.items()}
        )

    def without(self, files: Set[str], *, previous: ContentTree | None = None) -> ContentTree:
        """Return the tree with the documents of these files as they were in `previous`, or left out."""
        documents: dict[str, Mapping[str, Document]] = {}
        for kind, found in self.documents.items():
            before = previous.of(kind) if previous else {}
            kept = {key: before.get(key) if doc.file in files else doc for key, doc in found.items()}
            documents[kind] = {key: doc for key, doc in kept.items() if doc is not None}
        last = previous.files if previous else {}
        good = {file: last.get(file) if file in files else doc for file, doc in self.files.items()}
        return replace(self, documents=documents, files={file: doc for file, doc in good.items() if doc is not None})


def built_in() -> Folder:
    """Return the folder of the content that ships with the application."""
    return Folder(Path(__file__).resolve().parents[2], built_in=True)


def load_tree(
    folders: Sequence[Folder],
    *,
    accept: Accept | None = None,
    previous: ContentTree | None = None,
    parsed: Parsed | None = None,
) -> tuple[ContentTree, tuple[ContentError, ...]]:
    """Return the tree of `folders` and every error; a wrong file is left out or stays as in `previous`.

    `accept(kind, document)` raises ContentError for a document its kind's schema refuses; `parsed`
    knows documents that need not be parsed again.
    """
    for folder in folders:
        if not folder.path.is_dir():
            raise ContentError("no such content folder", file=str(folder.path))
    errors: list[ContentError] = []
    files: dict[str, Document] = {}
    documents: dict[str, Mapping[str, Document]] = {}
    for kind in KINDS:
        found: dict[str, Document] = {}
        for folder in folders:
            reading = _read_kind(kind, folder, previous=previous, accept=accept, parsed=parsed, errors=errors)
            here = list(reading)
            files.update((document.file, document) for document in here)
            _add(kind, here, found, accept=accept, errors=errors)
        documents[kind] = dict(sorted(found.items()))
    return ContentTree(folders=tuple(folders), documents=documents, files=files), tuple(errors)


def reload(previous: ContentTree, *, accept: Accept | None = None) -> tuple[ContentTree, tuple[ContentError, ...]]:
    """Read the folders again; a file that is wrong now leaves its last good version in force."""
    return load_tree(previous.folders, accept=accept, previous=previous)


def files_of(folder: Folder, kind: str) -> Iterator[Path]:
    """Yield the files of a kind in one folder, in order of name."""
    long = folder.path / KINDS[kind]
    places = [long] if folder.built_in else [long, folder.path / long.name]
    for place in places:
        if place.is_dir():
            yield from sorted(p for p in place.iterdir() if p.suffix in (".yml", ".yaml") and p.is_file())


def _read_kind(
    kind: str,
    folder: Folder,
    *,
    previous: ContentTree | None,
    accept: Accept | None,
    parsed: Parsed | None,
    errors: list[ContentError],
) -> Iterator[Document]:
    """Yield one folder's good documents of a kind, overrides among them; a bad one's last good version."""
    for path in files_of(folder, kind):
        try:
            document = read_document(path, parsed=parsed)
            if _is_override(document):
                validate(document, OVERRIDE_SCHEMA)
            else:
                _id_of(document)
                if accept is not None:
                    accept(kind, document)
            yield document
        except ContentError as error:
            errors.append(error)
            if previous is not None and str(path) in previous.files:
                yield previous.files[str(path)]


def _add(
    kind: str,
    here: Sequence[Document],
    found: dict[str, Document],
    *,
    accept: Accept | None,
    errors: list[ContentError],
) -> None:
    """Put one folder's documents over those of the folders before it, then apply its overrides."""
    mine: dict[str, Document] = {}
    for document in here:
        if _is_override(document):
            continue
        key = _id_of(document)
        if key in mine:
            errors.append(document.error(f"the id {key!r} is already used by {mine[key].file}", ("id",)))
            continue
        mine[key] = document
    found.update(mine)
    for document in here:
        if _is_override(document):
            _apply(document, found, accept=accept, kind=kind, errors=errors)


def _is_override(document: Document) -> bool:
    return isinstance(document.data, dict) and "override" in document.data


def _id_of(document: Document) -> str:
    if not isinstance(document.data, dict):
        raise document.error("a content file is a map of fields")
    key = document.data.get("id")
    if not isinstance(key, str) or not key:
        raise document.error("the field 'id' is missing or not text", ("id",))
    return key


def _apply(
    override: Document,
    found: dict[str, Document],
    *,
    accept: Accept | None,
    kind: str,
    errors: list[ContentError],
) -> None:
    """Replace the overridden document by one with the other numbers; an error leaves it as it was."""
    given: Mapping[str, Any] = override.data["override"]
    base = found.get(given["id"])
    try:
        if base is None:
            hint = nearest(given["id"], found)
            raise override.error("no such id to override", ("override", "id"), suggestion=hint)
        changed = {**base.data, **{k: given[k] for k in ("severity", "disabled") if k in given}}
        if "params" in given:
            params = dict(base.data.get("params") or {})
            for name, value in given["params"].items():
                if name not in params:
                    hint = nearest(name, params)
                    raise override.error("unknown parameter", ("override", "params", name), suggestion=hint)
                params[name] = value
            changed["params"] = params
        document = base.with_data(changed)
        if accept is not None:
            _accept_override(override, document, kind, accept)
        found[given["id"]] = document
    except ContentError as error:
        errors.append(error)


def _accept_override(override: Document, document: Document, kind: str, accept: Accept) -> None:
    """Report what the kind's check refuses at the override's own file."""
    try:
        accept(kind, document)
    except ContentError as error:
        raise override.error(f"{error.field}: {error.reason}", ("override",)) from error
