"""The table of topics in the README says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from ops_center.adapters.kafka_topics import DAY_MS, HOUR_MS, TOPICS, Topic

README = Path(__file__).resolve().parents[2] / "streams" / "README.md"


def test_the_readmes_table_of_topics_is_that_of_the_code() -> None:
    rows = [
        line.strip("| ").split(" | ") for line in README.read_text().splitlines() if re.match(r"\| `[a-z-]+` \|", line)
    ]
    assert rows == [row_of(topic) for topic in TOPICS.values()]


def row_of(topic: Topic) -> list[str]:
    partitions = "P" if topic.by_subject else "1"
    return [f"`{topic.name}`", topic.holds, topic.key, partitions, kept(topic), str(topic.schema)]


def kept(topic: Topic) -> str:
    if topic.compacted:
        return "newest of each key"
    if topic.keep_ms is None:
        return "for ever"
    days, over_ms = divmod(topic.keep_ms, DAY_MS)
    return f"{topic.keep_ms // HOUR_MS} h" if over_ms else f"{days} d"
