"""Content folders of the scenarios, written from plain values in the shape of CONTENT.md."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

PLACES = {"feed": "streams/feeds", "layer": "layers/catalog", "rule": "playbooks/rules"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A content folder and the files to run through it."""

    name: str
    folder: Path
    inputs: tuple[tuple[str, Path], ...]
    metric_epsg: int
    deployment: str = "370000"

    def to_json(self) -> str:
        """Return the scenario as one line for another process."""
        inputs = [[feed, str(path)] for feed, path in self.inputs]
        return json.dumps([self.name, str(self.folder), inputs, self.metric_epsg, self.deployment])

    @staticmethod
    def of_json(text: str) -> Scenario:
        """Return the scenario of `to_json`."""
        name, folder, inputs, epsg, deployment = json.loads(text)
        return Scenario(
            name=name,
            folder=Path(folder),
            inputs=tuple((feed, Path(path)) for feed, path in inputs),
            metric_epsg=epsg,
            deployment=deployment,
        )


def text(words: str) -> dict[str, str]:
    """Return a text in both languages; scenarios have one reader."""
    return {"zh": words, "en": words}


def put(folder: Path, kind: str, document: Mapping[str, Any]) -> None:
    """Write one content file: JSON is YAML 1.2."""
    path = folder / PLACES[kind] / f"{document['id']}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")


def put_rule(folder: Path, identity: str, **keys: Any) -> None:
    """Write a rule: `for_` stands for ``for`` and `class_` for ``class``."""
    given = {
        "id": identity,
        "version": 1,
        "title": text(identity),
        "class": "record",
        "severity": "minor",
        "source": text("scenario"),
        "message": text(identity),
    }
    given.update({key.rstrip("_"): value for key, value in keys.items()})
    put(folder, "rule", given)


def put_layer(
    folder: Path,
    identity: str,
    shapes: Mapping[str, BaseGeometry],
    *,
    draw: Mapping[str, Any],
    fields: Mapping[str, Mapping[str, Any]] | None = None,
    **keys: Any,
) -> None:
    """Write a layer with its GeoJSON beside it; `fields` maps name -> feature key -> value."""
    features = [
        {
            "type": "Feature",
            "properties": {"key": key, **{name: of.get(key) for name, of in (fields or {}).items()}},
            "geometry": mapping(shape),
        }
        for key, shape in shapes.items()
    ]
    given = {
        "id": identity,
        "title": text(identity),
        "source": {"file": f"{identity}.geojson"},
        "datum": "wgs84",
        "key": "key",
        "valid_from": "2000-01-01",
        "fields": {name: {"from": name, "type": _type(of)} for name, of in (fields or {}).items()},
        "licence": "test",
        "draw": dict(draw),
    }
    put(folder, "layer", {**given, **keys})
    path = folder / PLACES["layer"] / f"{identity}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def _type(values: Mapping[str, Any]) -> str:
    return "text" if any(isinstance(value, str) for value in values.values()) else "number"


@contextmanager
def columns(threads: int = 1) -> Iterator[None]:
    """Hold Arrow to some threads, so that one core is one core."""
    before = pa.cpu_count()
    pa.set_cpu_count(threads)
    try:
        yield
    finally:
        pa.set_cpu_count(before)


def lines(path: Path) -> Sequence[dict[str, Any]]:
    """Return the objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
