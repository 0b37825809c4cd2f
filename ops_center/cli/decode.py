"""``decode FORMAT [FILE]``: one JSON object a message, in input order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ops_center.domain.feed import Feed
from ops_center.domain.text import Json, Text
from streams.decoders import Decoder, load

BINARY = ("jt808",)


def decode_input(format_name: str, content: bytes) -> Iterator[Json]:
    """Yield what the decoder of `format_name` says of each message of `content`."""
    decoder = load(Feed(id="decode", title=Text("", ""), owner=Text("", ""), decoder=format_name))
    if format_name in BINARY:
        for line in content.splitlines():
            if line.strip():
                yield _hex_line(decoder, line.strip())
        return
    whole = _flat(decoder.describe(content))
    lines = [line for line in content.splitlines() if line.strip()]
    if len(lines) > 1 and not any(item["ok"] for item in whole):
        by_line = [item for line in lines for item in _flat(decoder.describe(line))]
        if any(item["ok"] for item in by_line):
            yield from by_line
            return
    yield from whole


def _hex_line(decoder: Decoder, line: bytes) -> Json:
    try:
        message = bytes.fromhex(line.decode("ascii"))
    except (ValueError, UnicodeDecodeError):
        return {"ok": False, "error": "not hexadecimal", "field": ""}
    return decoder.describe(message)


def _flat(described: Json) -> list[dict[str, Json]]:
    if isinstance(described, dict):
        return [described]
    items: Iterable[dict[str, Json]] = described
    return list(items)
