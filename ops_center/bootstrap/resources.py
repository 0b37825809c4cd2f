"""Resources of the content: the features of layers that can be sent, with their capabilities checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import shapely

from layers.catalog import Catalog
from layers.model import COUNTY, LayerData
from ops_center.content import nearest
from ops_center.domain.errors import ContentError
from ops_center.domain.resource import Resource, ResourceKind
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text


def resources_of(
    catalog: Catalog, capabilities: Collection[str], *, status: Status | None = None
) -> tuple[dict[str, Resource], tuple[ContentError, ...]]:
    """Return every resource by id, and a layer's error where it names a capability that is not there.

    What is invented is an exercise's; `status` is that of a deployment that is one as a whole.
    """
    found: dict[str, Resource] = {}
    errors: list[ContentError] = []
    for _, data in sorted(catalog.layers.items()):
        if not data.layer.resource:
            continue
        try:
            found |= {one.id: one for one in _of_layer(data, capabilities, status)}
        except ContentError as error:
            errors.append(error)
    return dict(sorted(found.items())), tuple(errors)


def _of_layer(data: LayerData, capabilities: Collection[str], status: Status | None) -> list[Resource]:
    layer, given = data.layer, data.layer.resource
    kind = ResourceKind(given["kind"])
    made: list[Resource] = []
    for row, key in enumerate(data.keys):
        values = data.values(row)
        able = tuple(part.strip() for part in str(values.get(given["capability"]) or "").split(",") if part.strip())
        for capability in able:
            if capability not in capabilities:
                raise ContentError(
                    f"no capability {capability!r} (feature {key!r})",
                    file=layer.file,
                    field="resource.capability",
                    suggestion=nearest(capability, capabilities),
                )
        zh = str(values.get(layer.draw.label) or key)
        quantity, people = values.get(given.get("quantity", "")), values.get(given.get("roster", ""))
        point = shapely.centroid(data.geometries[row])
        made.append(
            Resource(
                id=f"{layer.id}/{key}",
                kind=kind,
                name=Text(zh, str(values.get(layer.draw.label_en) or zh)),
                capability=able,
                jurisdiction=str(values.get(COUNTY) or ""),
                lon_e7=round(point.x * 1e7),
                lat_e7=round(point.y * 1e7),
                status=status or (Status.EXERCISE if layer.exercise else Status.ACTUAL),
                quantity=_whole(quantity) if kind is ResourceKind.STOCK else None,
                unit=str(values.get(given.get("unit", "")) or ""),
                subject=str(values.get(given.get("subject", "")) or ""),
                roster=None if people is None else _whole(people),
            )
        )
    return made


def _whole(value: Json) -> int:
    return max(int(value or 0), 0)


def capabilities_of(documents: Mapping[str, Mapping[str, Json]]) -> dict[str, Text]:
    """Return capability -> title."""
    return {key: Text(given["title"]["zh"], given["title"]["en"]) for key, given in sorted(documents.items())}
