"""Skeletons: a commented file of each kind to begin with; each passes the check as it stands."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import PurePosixPath

from ops_center.content.schema import nearest
from ops_center.content.tree import KINDS
from ops_center.domain.errors import ContentError

SKELETONS = ("feed", "layer", "rule", "playbook", "calendar")
_ID = re.compile(r"[a-z][a-z0-9-]{1,62}")


def skeleton(kind: str, identity: str) -> str:
    """Return the text of a new file; ContentError for an unknown kind or an id of the wrong form."""
    if kind not in SKELETONS:
        reason = f"unknown kind {kind!r}; one of {', '.join(SKELETONS)}"
        raise ContentError(reason, field="kind", suggestion=nearest(kind, SKELETONS))
    if not _ID.fullmatch(identity):
        raise ContentError(f"{identity!r} is not a name in small letters, digits and hyphens", field="id")
    text = files("ops_center.content").joinpath(f"templates/{kind}.yml").read_text(encoding="utf-8")
    return text.replace("__ID__", identity)


def skeleton_path(kind: str, identity: str) -> PurePosixPath:
    """Return where the file lies inside a content folder."""
    return PurePosixPath(KINDS[kind]) / f"{identity}.yml"
