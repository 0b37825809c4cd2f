"""Kafka intake doors: single messages of other producers, and commands of separate walls, stamped by this gateway."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event as Flag
from typing import Any

from ops_center.adapters.intake_envelope import opened
from ops_center.adapters.intake_reader import IntakeReader, Refused
from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.adapters.kafka_topics import COMMAND_INTAKE, INTAKE
from ops_center.adapters.kafka_writer import Write, Writer
from ops_center.domain.command import Command
from ops_center.domain.errors import BadInput, JournalError
from ops_center.ports import Receipt
from ops_center.wire import decode, encode
from streams.gateway import Gateway
from streams.gateway.limits import message_bytes

WAIT_S = 0.25


def intake_door(gateway: Gateway, settings: KafkaSettings) -> IntakeReader:
    """Return the door of `intake`: a feed comes this way where its `receive` has `intake`."""

    def handle(records: Sequence[Any], stopping: Flag) -> Sequence[Refused] | None:
        refused: list[Refused] = []
        messages: dict[str, list[bytes]] = {}
        for record in records:
            try:
                feed_id, message = opened(record.value, record.headers)
                _check(gateway, feed_id, message)
            except BadInput as error:
                refused.append(Refused(record, str(error)))
            else:
                messages.setdefault(feed_id, []).append(message)
        while not gateway.accepting:
            if stopping.wait(WAIT_S):
                return None
        written = [Flag() for _ in messages]
        for (feed_id, of), flag in zip(messages.items(), written, strict=True):
            gateway.receive(feed_id, *of, done=flag.set)
        for flag in written:
            while not flag.wait(WAIT_S):
                if stopping.is_set():
                    return None
        return refused

    return IntakeReader(settings, INTAKE, handle)


def command_door(gateway: Gateway, settings: KafkaSettings) -> IntakeReader:
    """Return the door of `command-intake`: each command is stamped and written to COMMAND, in order."""

    def handle(records: Sequence[Any], stopping: Flag) -> Sequence[Refused] | None:
        refused: list[Refused] = []
        for record in records:
            try:
                command = decode(record.value or b"")
                if not isinstance(command, Command):
                    raise JournalError(f"not a command: {type(command).__name__}")
            except JournalError as error:
                refused.append(Refused(record, str(error)))
                continue
            while not gateway.submit(command).accepted:  # the journal is away: it is asked again
                if stopping.wait(WAIT_S):
                    return None
        return refused

    return IntakeReader(settings, COMMAND_INTAKE, handle)


class CommandSender:
    """The other end of `command_door`, in a wall's process: hands commands on that have been authorised.

    Who may write to `command-intake` may speak for any officer: on the broker only the walls' and
    APIs' accounts get that right.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings, self._writer = settings, Writer(settings)

    def submit(self, command: Command) -> Receipt:
        """Return once the command is durable, so that a gateway will stamp it, or certainly not accepted.

        After a refusal it may still be there; given again it is the same command by its id.
        """
        try:
            value = encode(command)
            topic = self._settings.name(COMMAND_INTAKE)
            self._writer.write([Write(topic, 0, [value], [command.id.encode()])])
        except JournalError as error:
            return Receipt(False, command.id, str(error))
        except (TypeError, ValueError) as error:
            return Receipt(False, command.id, f"no JSON form: {error}")
        return Receipt(True, command.id)

    def close(self) -> None:
        """Let go of the connection."""
        self._writer.close()


def _check(gateway: Gateway, feed_id: str, message: bytes) -> None:
    try:
        feed = gateway.feed(feed_id)
    except KeyError:
        raise BadInput(f"no feed {feed_id!r}") from None
    if "intake" not in feed.receive:
        gateway.counts(feed_id).refused += 1
        raise BadInput("it does not come by intake", feed=feed_id, suggestion="add `intake: {}` to its receive")
    if len(message) > message_bytes(feed):
        gateway.counts(feed_id).oversize += 1
        raise BadInput(f"{len(message)} bytes, at most {message_bytes(feed)}", feed=feed_id)
