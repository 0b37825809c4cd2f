"""Assembly: the content folders as one value, every kind read and checked together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from layers.catalog import Catalog, load_catalog
from layers.loader import read_layer
from ops_center.bootstrap.resources import capabilities_of, resources_of
from ops_center.content import ContentTree, Document, Folder, Parsed, built_in, load_tree
from ops_center.desk.definitions import Definitions, definitions_of
from ops_center.domain.disposition import Disposition
from ops_center.domain.errors import ContentError, SetupError
from ops_center.domain.feed import Feed
from ops_center.domain.incident_kind import IncidentKind
from ops_center.domain.resource import Resource
from ops_center.domain.scales import Status
from ops_center.domain.shift import Post
from ops_center.domain.text import Text
from playbooks.book import Bookcase, Playbook, bookcase_of
from playbooks.book_read import check_document, load_dispositions, load_kinds, load_playbooks, load_posts
from playbooks.calendar import check_calendar
from playbooks.names import Environment, environment_of
from playbooks.program import Program
from playbooks.rules_loader import compile_rules, with_rules
from playbooks.rules_read import check_rule
from playbooks.warning_template import WarningTemplate, check_template, load_templates
from streams.manifest import feed_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything in force, of one content version."""

    tree: ContentTree
    feeds: Mapping[str, Feed]
    catalog: Catalog
    program: Program
    playbooks: tuple[Playbook, ...]
    books: Bookcase
    incident_kinds: Mapping[str, Text]
    kinds: Mapping[str, IncidentKind]
    environment: Environment
    warnings: Mapping[str, WarningTemplate] = field(default_factory=dict)
    posts: Mapping[str, Post] = field(default_factory=dict)
    dispositions: Mapping[str, Disposition] = field(default_factory=dict)
    capabilities: Mapping[str, Text] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Content hash of all files in force."""
        return self.tree.version


def accept(kind: str, document: Document) -> None:
    """Refuse a document that its kind's schema does not allow."""
    match kind:
        case "feed":
            feed_of(document)
        case "layer":
            read_layer(document)
        case "rule":
            check_rule(document)
        case "calendar":
            check_calendar(document)
        case "warning":
            check_template(document)
        case _:
            check_document(kind, document)


def read_content(
    folders: Sequence[Path],
    *,
    status: Status | None = None,
    previous: Content | None = None,
    parsed: Parsed | None = None,
) -> tuple[Content, tuple[ContentError, ...]]:
    """Return the content of the built-in folder and `folders`, with every error.

    What is wrong stays as it was in `previous`, or is left out. `status` replaces the feeds' own
    where the whole deployment is an exercise or a test.
    """
    roots = [built_in(), *(Folder(path) for path in folders)]
    tree, found = load_tree(roots, accept=accept, previous=previous.tree if previous else None, parsed=parsed)
    content, wrong = content_of(tree, status=status, previous=previous)
    if wrong:  # the version in force must not name what is not
        tree = tree.without({error.file for error in wrong}, previous=previous.tree if previous else None)
        content, _ = content_of(tree, status=status, previous=previous)
    return content, (*found, *wrong)


def content_of(
    tree: ContentTree, *, status: Status | None = None, previous: Content | None = None
) -> tuple[Content, tuple[ContentError, ...]]:
    """Return the content of documents, with every error; layers that did not change are not read again."""
    errors: list[ContentError] = []
    feeds = _read(tree.of("feed"), lambda document: feed_of(document, status=status), errors)
    catalog = _catalog(tree, previous)
    environment = environment_of(tree)
    program, wrong_rules = compile_rules(tree, environment)
    playbooks, wrong_books = load_playbooks(tree)
    warnings, wrong_warnings = load_templates(tree)
    kinds, wrong_kinds = load_kinds(tree)
    capabilities = capabilities_of({key: document.data for key, document in tree.of("capability").items()})
    resources, wrong_resources = resources_of(catalog, capabilities, status=status)
    content = Content(
        tree=tree,
        feeds=feeds,
        catalog=catalog,
        program=program,
        playbooks=playbooks,
        books=bookcase_of(playbooks),  # a run keeps its own version in the desk's state
        incident_kinds={key: kind.title for key, kind in kinds.items()},
        kinds=kinds,
        environment=environment,
        warnings=warnings,
        posts=load_posts(tree),
        dispositions=load_dispositions(tree),
        capabilities=capabilities,
        resources=resources,
    )
    wrong = (*wrong_rules, *wrong_books, *wrong_warnings, *wrong_kinds, *wrong_resources)
    return content, (*errors, *catalog.errors, *wrong)


def _catalog(tree: ContentTree, previous: Content | None) -> Catalog:
    """Return the layers, those of `previous` where no manifest of a layer is another."""
    documents = tree.of("layer")
    if previous is not None and _versions(documents) == _versions(previous.tree.of("layer")):
        return previous.catalog
    return load_catalog(documents, previous=previous.catalog if previous else None)


def _versions(documents: Mapping[str, Document]) -> dict[str, str]:
    return {identity: document.version for identity, document in documents.items()}


def definitions(content: Content) -> Definitions:
    """Return the desk's definitions of a content version."""
    return definitions_of(
        feeds=content.feeds,
        program=content.program,
        books=content.books,
        incident_kinds=content.incident_kinds,
        kinds=content.kinds,
        version=content.version,
        warnings=content.warnings,
        posts=content.posts,
        dispositions=content.dispositions,
        resources=content.resources,
    )


def load_content(folders: Sequence[Path], *, status: Status | None = None, parsed: Parsed | None = None) -> Content:
    """Return the content; the first ContentError is raised."""
    content, errors = read_content(folders, status=status, parsed=parsed)
    for error in errors:
        raise error
    return content


def with_feeds(content: Content, names: Sequence[str]) -> Content:
    """Return the content with only these feeds; SetupError for one that is not there."""
    for name in names:
        if name not in content.feeds:
            known = ", ".join(content.feeds)
            raise SetupError("no such feed", setting=f"feed {name!r}", suggestion=f"known are {known}")
    return replace(content, feeds={name: content.feeds[name] for name in sorted(names)})


def without_built_in_rules(content: Content) -> Content:
    """Return the content with only the rules and playbooks of a deployment's own folders."""
    own = [root.path for root in content.tree.folders if not root.built_in]
    rules = [c for c in content.program.rules if _lies_in(content.tree.of("rule")[c.rule.id].file, own)]
    books = tuple(b for b in content.playbooks if _lies_in(content.tree.of("playbook")[b.id].file, own))
    program = with_rules(content.program, {c.rule.id for c in rules})
    shipped = {
        document.file
        for kind in ("rule", "playbook")
        for document in content.tree.of(kind).values()
        if not _lies_in(document.file, own)
    }
    tree = content.tree.without(shipped)
    return replace(content, tree=tree, program=program, playbooks=books, books=bookcase_of(books))


def _lies_in(file: str, folders: Sequence[Path]) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in folders)


def _read(
    documents: Mapping[str, Document], reader: Callable[[Document], T], errors: list[ContentError]
) -> dict[str, T]:
    found: dict[str, T] = {}
    for identity, document in documents.items():
        try:
            found[identity] = reader(document)
        except ContentError as error:
            errors.append(error)
    return found
