"""Read playbooks, forms and message texts from their documents, or refuse them with line and field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from ops_center.content import ContentTree, Document, nearest, validate
from ops_center.domain.errors import ContentError
from ops_center.domain.incident_kind import IncidentKind
from ops_center.domain.law import Law, ReportTime
from ops_center.domain.quantity import duration_ms, length_mm
from ops_center.domain.scales import Role
from ops_center.domain.shift import Post
from ops_center.domain.text import Json, Text
from playbooks.book import Arm, Form, FormField, Playbook, Step, Wording
from playbooks.engine_judge import check_condition
from playbooks.engine_kinds import KINDS

Path_ = tuple[str | int, ...]
_SCHEMAS = {
    "playbook": "book.schema.json",
    "form": "book_form.schema.json",
    "text": "book_text.schema.json",
    "incident_kind": "book_incident_kind.schema.json",
    "capability": "book_capability.schema.json",
    "post": "post.schema.json",
}


def schema_of(kind: str) -> Mapping[str, Json]:
    """Return the published JSON Schema of a kind of content of this folder."""
    found: Mapping[str, Json] = json.loads(Path(__file__).with_name(_SCHEMAS[kind]).read_text(encoding="utf-8"))
    return found


def check_document(kind: str, document: Document) -> None:
    """Raise ContentError where one document by itself is wrong."""
    validate(document, schema_of(kind))
    if kind == "playbook":
        _Reader(document).check()


def read_playbook(document: Document, *, forms: Mapping[str, Form], texts: Mapping[str, Wording]) -> Playbook:
    """Return the playbook of a document; ContentError where it is wrong or names an absent form or text."""
    check_document("playbook", document)
    given = document.data
    reader = _Reader(document)
    reader.check_names(forms=forms, texts=texts)
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
    books: list[Playbook] = []
    errors: list[ContentError] = []
    for document in tree.of("playbook").values():
        try:
            books.append(read_playbook(document, forms=forms, texts=texts))
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


def _steps(given: list[Mapping[str, Json]], above: str) -> tuple[Step, ...]:
    siblings = {one["id"] for one in given}
    return tuple(_step(one, above, siblings) for one in given)


def _step(given: Mapping[str, Json], above: str, siblings: set[str]) -> Step:
    kind = next(name for name in KINDS if name in given)
    path = above + given["id"]
    what = given[kind]
    done = given.get("done_within") or given.get("receipt_within")
    return Step(
        id=path,
        kind=kind,
        title=_title(given, kind),
        owner=given.get("owner", "duty_officer"),
        needs=tuple(above + need if need in siblings else need for need in given.get("needs", ())),
        when=given.get("when", ""),
        ack_within_ms=duration_ms(given["ack_within"]) if "ack_within" in given else 0,
        done_within_ms=duration_ms(done) if done else 0,
        escalate=given.get("on_late", {}).get("escalate", ""),
        evidence=tuple(given.get("evidence", ())),
        params=_params(kind, what),
        steps=_steps(what, path + "/") if kind == "parallel" else (),
        arms=_arms(what, path + "/") if kind == "branch" else (),
    )


def _title(given: Mapping[str, Json], kind: str) -> Text:
    """Return the stated title, else what a task says is to be done, else the id."""
    stated = given.get("title") or (given[kind].get("do") if kind == "task" else None)
    return _text(stated) if stated else Text(given["id"], given["id"])


def _params(kind: str, what: Json) -> Mapping[str, Json]:
    if kind in ("branch", "parallel"):
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


class _Reader:
    """Checks of one playbook's document that a schema cannot state."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._steps = list(_walk(document.data["steps"], ("steps",), ""))

    def check(self) -> None:
        """Raise ContentError for a repeated id, an unknown or circular need, a condition that is no CEL."""
        paths: set[str] = set()
        for path, where, _ in self._steps:
            if path in paths:
                raise self._document.error(f"the step {path!r} stands twice", (*where, "id"))
            paths.add(path)
        self._needs(paths)
        for where, condition in self._conditions():
            try:
                check_condition(condition)
            except ValueError as error:
                raise self._document.error(str(error).splitlines()[0], where) from error

    def check_names(self, *, forms: Mapping[str, Form], texts: Mapping[str, Wording]) -> None:
        """Raise ContentError where a step names a form or text that is not there."""
        for _, where, step in self._steps:
            for kind, key, known in (("ask", "form", forms), ("task", "form", forms), ("notify", "text", texts)):
                name = step.get(kind, {}).get(key)
                if name is not None and name not in known:
                    hint = nearest(name, known)
                    raise self._document.error(f"no {key} {name!r}", (*where, kind, key), suggestion=hint)

    def _needs(self, paths: set[str]) -> None:
        needs: dict[str, tuple[str, ...]] = {}
        places: dict[str, Path_] = {}
        for path, where, step in self._steps:
            above = path[: -len(step["id"])]
            found = []
            for n, need in enumerate(step.get("needs", ())):
                full = above + need if above + need in paths else need
                if full not in paths:
                    hint = nearest(need, paths)
                    raise self._document.error(f"no step {need!r}", (*where, "needs", n), suggestion=hint)
                if path.startswith(full + "/"):
                    raise self._document.error(f"{path!r} lies inside {full!r}", (*where, "needs", n))
                found.append(full)
            needs[path], places[path] = tuple(found), where
        for path in needs:
            if _reaches(path, path, needs, set()):
                raise self._document.error(f"{path!r} needs itself", (*places[path], "needs"))

    def _conditions(self) -> Iterator[tuple[Path_, str]]:
        given = self._document.data
        for key in ("starts", "stand_down", "response"):
            if "when" in given.get(key, {}):
                yield (key, "when"), given[key]["when"]
        for _, where, step in self._steps:
            if "when" in step:
                yield (*where, "when"), step["when"]
            if "until" in step.get("wait", {}):
                yield (*where, "wait", "until"), step["wait"]["until"]
            for n, arm in enumerate(step.get("branch", ())):
                if "when" in arm:
                    yield (*where, "branch", n, "when"), arm["when"]


def _walk(steps: list[Json], where: Path_, above: str) -> Iterator[tuple[str, Path_, Mapping[str, Json]]]:
    for n, step in enumerate(steps):
        path = above + step["id"]
        yield path, (*where, n), step
        yield from _walk(step.get("parallel", []), (*where, n, "parallel"), path + "/")
        for m, arm in enumerate(step.get("branch", ())):
            yield from _walk(arm["steps"], (*where, n, "branch", m, "steps"), path + "/")


def _reaches(start: str, here: str, needs: Mapping[str, tuple[str, ...]], been: set[str]) -> bool:
    """Return True where following the needs from `here` comes back to `start`."""
    for need in needs[here]:
        if need == start:
            return True
        if need not in been:
            been.add(need)
            if _reaches(start, need, needs, been):
                return True
    return False
