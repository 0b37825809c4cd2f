"""Notify: compose one message and the list of those it goes to."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.domain.text import Json, Message
from playbooks.book import Wording


def compose(
    params: Mapping[str, Json], texts: Mapping[str, Wording], context: Mapping[str, Json]
) -> tuple[tuple[str, ...], Message]:
    """Return (recipients without repeats, message) of a notify step.

    `to` lists roles, addresses or names of the context ("incident.reporter"); a name that the
    context does not hold is left as it stands, so that the failed delivery shows it.
    """
    wording = texts[params["text"]]
    given = params["to"]
    listed = [given] if isinstance(given, str) else list(given)
    recipients = dict.fromkeys(str(look_up(context, name) or name) for name in listed)
    names = {part.partition("}")[0] for text in (wording.text.zh, wording.text.en) for part in text.split("{")[1:]}
    filled = {name: look_up(context, name) for name in sorted(names)}
    return tuple(recipients), Message(template=wording.text, version=wording.version, params=filled)


def look_up(context: Mapping[str, Json], dotted: str) -> Json:
    """Return ``context["a"]["b"]`` for ``"a.b"``, None where a part is absent."""
    here: Json = context
    for part in dotted.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return None
        here = here[part]
    return here
