"""Read playbooks, forms and message texts from their documents, or refuse them with line and field."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops_center.content import ContentTree, Document, nearest, validate
from ops_center.domain.disposition import Disposition
from ops_center.domain.errors import ContentError
from ops_center.domain.incident_kind import IncidentKind
from ops_center.domain.law import FIRST_REPORT, Law, ReportTime
from ops_center.domain.quantity import duration_ms, length_mm
from ops_center.domain.scales import Role
from ops_center.domain.shift import Post
from ops_center.domain.text import Json, Text
from playbooks.actions import action
from playbooks.book import ITEM, Approval, Arm, Form, FormField, Playbook, Step, Wording
from playbooks.book_check import check_names, check_steps, each_of, kind_of, names_of

_SCHEMAS = {
    "playbook": "book.schema.json",
    "form": "book_form.schema.json",
    "text": "book_text.schema.json",
    "incident_kind": "book_incident_kind.schema.json",
    "capability": "book_capability.schema.json",
    "post": "post.schema.json",
    "disposition": "disposition.schema.json",
}


BY_LAW: Mapping[str, ReportTime] = {"first_report": FIRST_REPORT}  # what a step's `due_by_law` may name


def schema_of(kind: str) -> Mapping[str, Json]:
    """Return the published JSON Schema of a kind of content of this folder."""
    found: Mapping[str, Json] = json.loads(Path(__file__).with_name(_SCHEMAS[kind]).read_text(encoding="utf-8"))
    return found


def check_document(kind: str, document: Document) -> None:
    """Raise ContentError where one document by itself is wrong."""
    validate(document, schema_of(kind))
    if kind == "playbook":
        check_steps(document)


def read_playbook(document: Document, *, forms: Mapping[str, Form], texts: Mapping[str, Wording]) -> Playbook:
    """Return the playbook of a document; ContentError where it is wrong or names an absent form or text."""
    check_document("playbook", document)
    given = document.data
    check_names(document, {"form": forms, "text": texts})
    starts = given["starts"]
    kinds = starts["incident_kind"]
    return Playbook(
        id=given["id"],
        version=str(given["version"]),
        title=_text(given["title"]),
        plan=Text(given["plan"]["zh"], given["plan"].get("en", given["plan"]["zh"])),
        edition=given["plan"].get("edition", ""),
        incident_kinds=(kinds,) if isinstance(kinds, str) else tuple(kinds),
        mode=starts.get("mode", "suggest"),
        when=starts.get("when", ""),
        steps=_steps(given["steps"], ""),
        stand_down_when=given.get("stand_down", {}).get("when", "incident.closed"),
        undo_all=given.get("stand_down", {}).get("do") == "undo_all",
        response=given.get("response", {}),
        zones=given.get("zones", {}),
        forms=forms,
        texts=texts,
        tests=tuple(given["tests"]),
        file=document.file,
    )


def read_form(document: Document) -> Form:
    """Return the form of a document."""
    check_document("form", document)
    given = document.data
    return Form(
        id=given["id"],
        version=document.version,
        title=_text(given["title"]),
        fields=tuple(_field(one) for one in given["fields"]),
    )


def read_wording(document: Document) -> Wording:
    """Return the message text of a document."""
    check_document("text", document)
    given = document.data
    return Wording(id=given["id"], version=given["version"], text=_text(given["text"]))


def load_playbooks(tree: ContentTree) -> tuple[tuple[Playbook, ...], tuple[ContentError, ...]]:
    """Return all playbooks of a content tree, by id, and what was refused."""
    forms = {key: read_form(document) for key, document in tree.of("form").items()}
    texts = {key: read_wording(document) for key, document in tree.of("text").items()}
    known = {
        "capability": tree.of("capability"),
        "playbook": tree.of("playbook"),
        "warning": tree.of("warning"),
        "layer": tree.of("layer"),
        "incident_kind": tree.of("incident_kind"),
    }
    books: list[Playbook] = []
    errors: list[ContentError] = []
    for document in tree.of("playbook").values():
        try:
            book = read_playbook(document, forms=forms, texts=texts)
            check_names(document, known)
            books.append(book)
        except ContentError as error:
            errors.append(error)
    return tuple(books), tuple(errors)


def load_posts(tree: ContentTree) -> Mapping[str, Post]:
    """Return the posts of a content tree, by id."""
    found = {}
    for key, document in tree.of("post").items():
        given = document.data
        duties = given.get("duties")
        found[key] = Post(
            id=key, title=_text(given["title"]), role=Role(given["role"]), duties=_text(duties) if duties else None
        )
    return found


def load_dispositions(tree: ContentTree) -> Mapping[str, Disposition]:
    """Return the dispositions of a content tree by id, in the order they are offered."""
    given = [document.data for document in tree.of("disposition").values()]
    return {
        one["id"]: Disposition(
            id=one["id"], title=_text(one["title"]), of=tuple(one["of"]), remarks=one.get("remarks", False)
        )
        for one in sorted(given, key=lambda one: (one.get("order", 50), one["id"]))
    }


def load_kinds(tree: ContentTree) -> tuple[Mapping[str, IncidentKind], tuple[ContentError, ...]]:
    """Return the incident kinds of a content tree, and what was refused."""
    documents = tree.of("incident_kind")
    found: dict[str, IncidentKind] = {}
    errors: list[ContentError] = []
    for key, document in documents.items():
        try:
            found[key] = read_kind(document, known=documents)
        except ContentError as error:
            errors.append(error)
    return found, tuple(errors)


def read_kind(document: Document, *, known: Mapping[str, object]) -> IncidentKind:
    """Return the incident kind of a document; ContentError where it is wrong or names an absent kind."""
    check_document("incident_kind", document)
    given = document.data
    for n, other in enumerate(given.get("related", ())):
        if other not in known:
            raise document.error(f"unknown incident kind {other!r}", ("related", n), suggestion=nearest(other, known))
    near, first = given.get("duplicates", {}), given.get("first_report")
    return IncidentKind(
        id=given["id"],
        title=_text(given["title"]),
        law=Law(given["law"]) if "law" in given else None,
        related=tuple(given.get("related", ())),
        near_m=length_mm(near.get("near", "2 km")) // 1_000,
        within_ms=duration_ms(near.get("within", "2 h")),
        first_report=ReportTime(within_ms=duration_ms(first["within"]), basis=_text(first["basis"])) if first else None,
    )


def _text(given: Mapping[str, str]) -> Text:
    return Text(given["zh"], given["en"])


def _field(given: Mapping[str, Json]) -> FormField:
    return FormField(
        name=given["name"],
        kind=given["type"],
        label=_text(given["label"]),
        required=given.get("required", False),
        minimum=given.get("min"),
        maximum=given.get("max"),
        most=given.get("most", 0),
        pattern=given.get("pattern", ""),
        choices=tuple((name, _text(label)) for name, label in given.get("choices", {}).items()),
        unit=given.get("unit", ""),
        personal=given.get("personal", False),
    )


def _steps(given: Sequence[Mapping[str, Json]], above: str) -> tuple[Step, ...]:
    ids = names_of(given)
    return tuple(_step(one, above, name, set(ids)) for one, name in zip(given, ids, strict=True))


def _step(given: Mapping[str, Json], above: str, name: str, siblings: set[str]) -> Step:
    kind = kind_of(given)
    path = above + name
    what = given[kind]
    done, law = given.get("done_within") or given.get("receipt_within"), BY_LAW.get(given.get("due_by_law", ""))
    approve, undo = given.get("approve"), given.get("undo")
    return Step(
        id=path,
        kind=kind,
        title=_title(given, kind, name) if law is None else _by_law(_title(given, kind, name), law),
        owner=given.get("owner") or (approve["by"] if approve and kind == "approve" else "duty_officer"),
        needs=tuple(above + need if need in siblings else need for need in given.get("needs", ())),
        when=given.get("when", ""),
        ack_within_ms=duration_ms(given["ack_within"]) if "ack_within" in given else 0,
        done_within_ms=law.within_ms if law else duration_ms(done) if done else 0,
        escalate=given.get("on_late", {}).get("escalate", ""),
        evidence=tuple(given.get("evidence", ())),
        params=_params(kind, what),
        steps=_inner(given, kind, path),
        arms=_arms(what, path + "/") if kind == "branch" else (),
        approval=Approval(by=approve["by"], count=approve.get("count", 1)) if approve else None,
        undo={} if undo == "keep" else undo,
    )


def _inner(given: Mapping[str, Json], kind: str, path: str) -> tuple[Step, ...]:
    if kind == "parallel":
        return _steps(given[kind], path + "/")
    return _steps(each_of(given), f"{path}/{ITEM}/") if kind == "for_each" else ()


def _title(given: Mapping[str, Json], kind: str, name: str) -> Text:
    """Return the stated title, else what a task says is to be done, else what the action is, else the name."""
    stated = given.get("title") or (given[kind].get("do") if kind == "task" else None)
    if stated is None and kind == "act":
        return action(given[kind]["do"]).TITLE
    return _text(stated) if stated else Text(name, name)


def _by_law(title: Text, law: ReportTime) -> Text:
    """Return the title with the article that sets its time."""
    return Text(f"{title.zh}（{law.basis.zh}）", f"{title.en} ({law.basis.en})")


def _params(kind: str, what: Json) -> Mapping[str, Json]:
    if kind in ("branch", "parallel", "approve"):
        return {}
    params = dict(what)
    if "for" in params:
        params["for_ms"] = duration_ms(params.pop("for"))
    return params


def _arms(given: list[Mapping[str, Json]], above: str) -> tuple[Arm, ...]:
    return tuple(
        Arm(
            name=one.get("name") or ("otherwise" if "when" not in one else f"arm_{n}"),
            when=one.get("when", ""),
            steps=_steps(one["steps"], above),
        )
        for n, one in enumerate(given)
    )
