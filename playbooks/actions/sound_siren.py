"""Sound the sirens: a message to whoever operates them, and the all-clear when it is taken back."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.domain.text import Json, Text
from playbooks.effect import Deed, Effect
from playbooks.messages import filled, recipients_of

TITLE = Text("拉响警报", "Sound the sirens")
PARAMS: Mapping[str, Json] = {
    "to": {"type": "string", "description": "the operator of the sirens"},
    "text": {"type": "string"},
    "all_clear": {"type": "string"},
}
REQUIRED = ("to", "text", "all_clear")


def act(params: Mapping[str, Json], deed: Deed) -> Effect:
    """Return the message that asks for the signal."""
    return Effect(
        recipients=recipients_of(params["to"], deed.context),
        message=filled(deed.texts[params["text"]], deed.context),
        all_clear=filled(deed.texts[params["all_clear"]], deed.context),
    )
