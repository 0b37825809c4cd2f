"""Set a speed advice inside a zone, and tell those who run the signs there."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.domain.text import Json, Text
from playbooks.effect import Deed, Effect, ZonePut, not_known
from playbooks.messages import filled, recipients_of

LAYER = "speed-advice"
TITLE = Text("发布限速建议", "Set a speed advice")
PARAMS: Mapping[str, Json] = {
    "zone": {"type": "string", "description": "a zone of the playbook"},
    "speed_kph": {"type": "integer", "minimum": 0, "maximum": 120},
    "to": {"type": "string", "description": "who runs the signs"},
    "text": {"type": "string", "description": "what they are told"},
    "all_clear": {"type": "string", "description": "what they are told when it is taken back"},
}
REQUIRED = ("zone", "speed_kph", "to", "text", "all_clear")


def act(params: Mapping[str, Json], deed: Deed) -> Effect:
    """Return the advice as a zone, and the message to the signs' operator."""
    area = deed.area(params["zone"])
    if area is None:
        return not_known(params["zone"])
    context = {**deed.context, "advice": {"speed_kph": params["speed_kph"]}}
    return Effect(
        zones=(ZonePut(layer=LAYER, geometry=area, fields={"speed_kph": params["speed_kph"]}),),
        recipients=recipients_of(params["to"], context),
        message=filled(deed.texts[params["text"]], context),
        all_clear=filled(deed.texts[params["all_clear"]], context),
    )
