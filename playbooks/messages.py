"""Messages of playbooks: compose one from its wording, and the list of those it goes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ops_center.domain.text import Json, Message
from playbooks.areas import look_up
from playbooks.book import Wording


def compose(
    params: Mapping[str, Json], texts: Mapping[str, Wording], context: Mapping[str, Json]
) -> tuple[tuple[str, ...], Message]:
    """Return (recipients without repeats, message) of a notify step."""
    return recipients_of(params["to"], context), filled(texts[params["text"]], context)


def recipients_of(given: str | Sequence[str], context: Mapping[str, Json]) -> tuple[str, ...]:
    """Return roles, addresses or what names of the context stand for ("incident.reporter"), without repeats.

    A name that the context does not hold is left as it stands, so that the failed delivery shows it.
    """
    listed = [given] if isinstance(given, str) else list(given)
    return tuple(dict.fromkeys(str(look_up(context, name) or name) for name in listed))


def filled(wording: Wording, context: Mapping[str, Json]) -> Message:
    """Return a message: its wording, and what each of its places means in the context."""
    names = {part.partition("}")[0] for text in (wording.text.zh, wording.text.en) for part in text.split("{")[1:]}
    params = {name: look_up(context, name) for name in sorted(names)}
    return Message(template=wording.text, version=wording.version, params=params)
