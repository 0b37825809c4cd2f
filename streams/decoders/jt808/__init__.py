"""JT/T 808: location of road-transport vehicles, terminal to platform (2011, 2013, 2019).

Read in the order of the standard: `framing`, `header`, `subpackages`, `location`, `bits`, `items`,
`bodies`. `layout`, `fixes` and `columnar` do the same for a whole block; `session` answers the
terminal; `encode` and `encode_many` are the terminal's side.
"""

from __future__ import annotations

from dataclasses import dataclass

from ops_center.columns import Decoded, Messages
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json
from streams.decoders.jt808 import columnar, describe, header
from streams.decoders.jt808.fixes import EXTRA

__all__ = ["EXTRA", "Jt808", "make"]


@dataclass(frozen=True, slots=True)
class Jt808:
    """The decoder of one feed; its messages are frames with their delimiters (see `subpackages`)."""

    datum: str = "wgs84"  # terminals are often set to GCJ-02; the feed's manifest says so

    def decode(self, messages: Messages) -> Decoded:
        """Decode a block's messages; see `columnar.decode`."""
        return columnar.decode(messages, datum=self.datum)

    def describe(self, message: bytes) -> dict[str, Json]:
        """Return one message for people and scripts; never raises."""
        return describe.describe(message, datum=self.datum)

    def subject_of(self, message: bytes) -> str:
        """Return the header's phone, all its digits; "" where there is none."""
        return header.subject_of(message)


def make(feed: Feed) -> Jt808:
    """Return the decoder of a feed."""
    return Jt808(feed.datum)
