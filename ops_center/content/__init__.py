"""Content: the files people write, read strictly, placed by line, checked against published schemas."""

from __future__ import annotations

from ops_center.content.document import Document, Parsed, content_hash, parse_document, read_document
from ops_center.content.kept import Kept
from ops_center.content.schema import TEXT_SCHEMA, errors_in, nearest, validate
from ops_center.content.skeletons import SKELETONS, skeleton, skeleton_path
from ops_center.content.tree import KINDS, ContentTree, Folder, built_in, load_tree, reload

__all__ = [
    "KINDS",
    "SKELETONS",
    "TEXT_SCHEMA",
    "ContentTree",
    "Document",
    "Folder",
    "Kept",
    "Parsed",
    "built_in",
    "content_hash",
    "errors_in",
    "load_tree",
    "nearest",
    "parse_document",
    "read_document",
    "reload",
    "skeleton",
    "skeleton_path",
    "validate",
]
