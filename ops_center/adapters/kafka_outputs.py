"""What the desk decides as plain JSON in topics of their own, for systems that know nothing of the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ops_center.adapters.kafka_topics import ALERTS, INCIDENTS, TASKS
from ops_center.adapters.kafka_writer import Write

_TOPICS = {b"Jalert": ALERTS, b"Jincident": INCIDENTS, b"Jrun": TASKS}


class _Identified(msgspec.Struct):
    id: str


_ID = msgspec.json.Decoder(_Identified)


def plain(outputs: Sequence[bytes], name: Callable[[str], str]) -> list[Write]:
    """Return the writes of those records of OUTPUT that have a topic of their own: key is the id, value the JSON."""
    found: dict[str, list[tuple[bytes, bytes]]] = {}
    for value in outputs:
        mark, _, body = value.partition(b" ")
        if (topic := _TOPICS.get(mark.partition(b"@")[0])) is not None:
            found.setdefault(topic, []).append((_ID.decode(body).id.encode(), body))
    return [
        Write(name(topic), 0, [body for _, body in pairs], [key for key, _ in pairs])
        for topic, pairs in sorted(found.items())
    ]
