"""The recipients' book and the channels a deployment really has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ops_center.adapters.notify_router import OUTBOX, Router, Way, read_book
from ops_center.adapters.notify_smtp import Smtp
from ops_center.bootstrap.notifying import make_post
from ops_center.deployment import Deployment, load_deployment
from ops_center.domain.errors import ContentError, SetupError
from ops_center.domain.scales import Status
from ops_center.domain.text import Text
from ops_center.ports import Receipt
from tests.adapters.test_access import HandClock

BOOK = """recipients:
  - name: fire
    title: {zh: 消防, en: Fire brigade}
    ways:
      - {channel: smtp, address: duty@fire.example.org}
      - {channel: webhook, address: "https://fire.example.org/in"}
"""
CONFIG = """deployment: "370000"
title: {zh: 省, en: Province}
folder: data
status: STATUS
http: {public_url: "https://ops.example.org/"}
secrets_file: secrets.yml
channels:
  smtp: {host: mail.example.org, port: 587, sender: ops@example.org, user: ops}
  webhook: {timeout_s: 4}
  recipients: book.yml
"""


def deployment(folder: Path, *, status: str = "actual", extra: str = "", secrets: str | None = None) -> Deployment:
    (folder / "book.yml").write_text(BOOK)
    (folder / "secrets.yml").write_text(secrets or "smtp_password: abc\nwebhook_key: def\n")
    (folder / "ops.yml").write_text(CONFIG.replace("STATUS", status) + extra)
    return load_deployment(folder / "ops.yml")


def made(given: Deployment) -> Router:
    given.folder.mkdir(exist_ok=True)
    post = make_post(
        given, clock=HandClock(), submit=lambda command: Receipt(True, command.id), receipt_url=lambda intent: ""
    )
    return post.router


def test_a_real_deployment_has_the_channels_its_file_names_best_way_first(tmp_path: Path):
    given = deployment(tmp_path)
    router = made(given)
    assert sorted(router.channels) == ["outbox", "smtp", "webhook"]
    assert [way.channel for way in router.ways("fire", Status.ACTUAL)] == ["smtp", "webhook"]
    assert router.ways("stranger", Status.ACTUAL) == ()
    assert given.public_url == "https://ops.example.org"
    mail = router.channels["smtp"]
    assert isinstance(mail, Smtp)
    assert (mail.password, mail.tls) == ("abc", "starttls")


@pytest.mark.parametrize("status", ["exercise", "test"])
def test_an_exercise_has_no_real_channel_even_if_its_file_names_them(tmp_path: Path, status: str):
    router = made(deployment(tmp_path, status=status))
    assert list(router.channels) == ["outbox"]
    assert router.ways("fire", Status.EXERCISE) == (Way(channel=OUTBOX),)


def test_an_exercise_writes_to_people_only_where_its_file_says_so(tmp_path: Path):
    router = made(deployment(tmp_path, status="exercise", extra="  in_exercise: true\n"))
    assert [way.channel for way in router.ways("fire", Status.EXERCISE)] == ["smtp", "webhook"]


def test_an_exercise_inside_a_real_deployment_stays_in_the_outbox(tmp_path: Path):
    assert made(deployment(tmp_path)).ways("fire", Status.EXERCISE) == (Way(channel=OUTBOX),)


def test_without_channels_everybody_is_the_outbox(tmp_path: Path):
    bare = Deployment(code="370000", title=Text("", ""), folder=tmp_path)
    assert made(bare).ways("anybody", Status.ACTUAL) == (Way(channel=OUTBOX),)


def test_a_missing_secret_is_told_by_name(tmp_path: Path):
    with pytest.raises(SetupError, match="webhook_key"):
        made(deployment(tmp_path, secrets="smtp_password: abc\n"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("duty@fire.example.org", "not an address"), "is no mail address"),
        (("https://fire", "http://fire"), "does not begin with https://"),
        (("channel: smtp", "channel: pigeon"), "pigeon"),
        (("channel: smtp, address: duty@fire.example.org", "channel: outbox, address: x"), "outbox has no address"),
    ],
)
def test_a_wrong_book_is_refused_with_its_line(tmp_path: Path, change: tuple[str, str], reason: str):
    path = tmp_path / "book.yml"
    path.write_text(BOOK.replace(*change))
    with pytest.raises(ContentError, match=reason) as error:
        read_book(path)
    assert error.value.line >= 5


def test_a_name_that_stands_twice_is_refused(tmp_path: Path):
    path = tmp_path / "book.yml"
    path.write_text(BOOK + BOOK.removeprefix("recipients:\n"))
    with pytest.raises(ContentError, match="stands twice"):
        read_book(path)


def test_plain_http_is_for_networks_that_say_so(tmp_path: Path):
    path = tmp_path / "book.yml"
    path.write_text(BOOK.replace("https://fire", "http://fire"))
    assert read_book(path, allow_http=True)["fire"].ways[1].address.startswith("http://")
    assert replace(read_book(path, allow_http=True)["fire"], name="x").name == "x"
