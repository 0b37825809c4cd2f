"""docker-compose.yml as Compose would read it: merge keys and variables put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from tests.services.packages import ServiceError
from tests.services.state import ROOT

FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?:(?P<how>:\?|:-)(?P<word>[^}]*))?\}")


def raw() -> dict[str, Any]:
    """Return the file with its merge keys resolved, variables as they stand."""
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(FILE.read_text())
    return document


def with_variables(node: Any, given: Mapping[str, str]) -> Any:
    """Return the document with variables put in; ServiceError where a required one is absent or empty."""
    if isinstance(node, dict):
        return {key: with_variables(value, given) for key, value in node.items()}
    if isinstance(node, list):
        return [with_variables(value, given) for value in node]
    return VARIABLE.sub(lambda found: _value(found, given), node) if isinstance(node, str) else node


def required() -> set[str]:
    """Return the variables without which nothing starts."""
    return {found["name"] for found in VARIABLE.finditer(FILE.read_text()) if found["how"] == ":?"}


def kafka_properties(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the broker's properties of an environment, by the rule of the image apache/kafka.

    ``KAFKA_A_B`` is ``a.b``, ``__`` stands for ``_`` and ``___`` for ``-``; they go over the mounted file.
    """
    return {
        key.removeprefix("KAFKA_").lower().replace("_", ".").replace("...", "-").replace("..", "_"): value
        for key, value in environment.items()
        if key.startswith("KAFKA_") and key != "KAFKA_HEAP_OPTS"
    }


def _value(found: re.Match[str], given: Mapping[str, str]) -> str:
    value = given.get(found["name"], "")
    if not value and found["how"] == ":?":
        raise ServiceError(f"{found['name']}: {found['word']}")
    return value or (found["word"] if found["how"] == ":-" else "")
