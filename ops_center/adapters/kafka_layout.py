"""The layout record of a deployment on Kafka: makes topics that are absent, refuses topics that differ (ORDER 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from kafka import TopicPartition
from kafka.errors import TopicAlreadyExistsError, for_code

from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.adapters.kafka_topics import LAYOUT, TOPICS
from ops_center.domain.errors import JournalError

VERSION = 1  # of the layout record
_KEY = b"layout"


class _Layout(msgspec.Struct, frozen=True):
    layout: int
    partitions: dict[str, int]


def agree(settings: KafkaSettings, wanted: Mapping[str, int] | None) -> dict[str, int]:
    """Return topic -> partitions as on record; make what is absent of `wanted`.

    A topic whose number on record or on the broker is another than `wanted` is a JournalError: the
    subjects' lines would be torn apart. None takes what is on record and makes nothing.
    """
    with settings.told():
        admin = settings.admin()
        try:
            return _agree(settings, admin, wanted)
        finally:
            admin.close()


def _agree(settings: KafkaSettings, admin: Any, wanted: Mapping[str, int] | None) -> dict[str, int]:
    if wanted is not None:
        _make(settings, admin, {LAYOUT: 1})
    elif not _existing(settings, admin, [LAYOUT]):
        raise JournalError(f"no deployment {settings.code} here: its layout record is absent", path=_where(settings))
    on_record = _recorded(settings)
    agreed = {**on_record, **(wanted or {})}
    for topic, number in agreed.items():
        if on_record.get(topic, number) != number:
            raise _differs(settings, topic, on_record[topic], number, "on record")
    if wanted is not None:
        _make(settings, admin, agreed)
    found = _existing(settings, admin, list(agreed))
    for topic, number in agreed.items():
        if found.get(topic, 0) != number:
            raise _differs(settings, topic, found.get(topic, 0), number, "on the broker")
    if agreed != on_record:
        producer = settings.producer()
        try:
            value = msgspec.json.encode(_Layout(VERSION, agreed), order="sorted")
            producer.send(settings.name(LAYOUT), key=_KEY, value=value, partition=0).get(settings.wait_s)
        finally:
            producer.close(timeout=settings.wait_s)
    return agreed


def _make(settings: KafkaSettings, admin: Any, topics: Mapping[str, int]) -> None:
    """Make the topics that are absent; another process may be doing the same."""
    absent = sorted(topics.keys() - _existing(settings, admin, list(topics)).keys())
    if not absent:
        return
    asked = {
        settings.name(topic): {
            "num_partitions": topics[topic],
            "replication_factor": settings.replication,
            "configs": TOPICS[topic].settings(replication=settings.replication, sync=settings.sync),
        }
        for topic in absent
    }
    answer = admin.create_topics(asked, raise_errors=False)
    for one in answer["topics"]:
        error = for_code(one["error_code"])
        if one["error_code"] and error is not TopicAlreadyExistsError:
            raise error(f"topic {one['name']}: {one.get('error_message') or error.description}")
    admin.wait_for_topics([settings.name(topic) for topic in absent], timeout_ms=int(settings.wait_s * 1000))


def _existing(settings: KafkaSettings, admin: Any, topics: list[str]) -> dict[str, int]:
    """Return the partitions of those topics that exist."""
    short = {settings.name(topic): topic for topic in topics}
    found = settings.patiently(lambda: admin.describe_topics(sorted(short)))
    return {short[one["name"]]: len(one["partitions"]) for one in found if one["error_code"] == 0}


def _recorded(settings: KafkaSettings) -> dict[str, int]:
    """Return the newest layout record; empty where there is none yet."""
    newest = _Layout(VERSION, {})
    try:
        for record in settings.whole(TopicPartition(settings.name(LAYOUT), 0)):
            newest = msgspec.json.decode(record.value, type=_Layout)
    except msgspec.MsgspecError as error:
        raise JournalError(f"not a layout record: {error}", path=_where(settings)) from error
    if newest.layout != VERSION:
        raise JournalError(f"layout {newest.layout}; this version reads {VERSION}", path=_where(settings))
    return newest.partitions


def _differs(settings: KafkaSettings, topic: str, found: int, wanted: int, where: str) -> JournalError:
    return JournalError(
        f"topic {topic!r} has {found} partitions {where}, this deployment wants {wanted}; "
        f"set {found} again, or begin a deployment under a code of its own",
        path=_where(settings),
    )


def _where(settings: KafkaSettings) -> str:
    return f"Kafka at {settings.where}"
