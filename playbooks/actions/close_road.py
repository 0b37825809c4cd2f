"""Close the roads inside a zone: they are shut for routes and drawn on the map until taken back."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.domain.text import Json, Text
from playbooks.effect import Deed, Effect, ZonePut, not_known

LAYER = "closures"
TITLE = Text("封闭道路", "Close roads")
PARAMS: Mapping[str, Json] = {
    "zone": {"type": "string", "description": "a zone of the playbook"},
    "responders": {
        "enum": ["pass", "stop"],
        "description": "pass (default): kept from the public only; stop: nobody can drive there",
    },
}
REQUIRED = ("zone",)


def act(params: Mapping[str, Json], deed: Deed) -> Effect:
    """Return the closure of every road that the zone touches."""
    area = deed.area(params["zone"])
    if area is None:
        return not_known(params["zone"])
    incident = deed.context.get("incident", {})
    fields = {"responders": params.get("responders", "pass"), "incident": incident.get("id", "")}
    return Effect(zones=(ZonePut(layer=LAYER, geometry=area, fields=fields),))
