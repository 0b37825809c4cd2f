"""Deployment: the one file that says what runs here, read by ``run CONFIG`` and by the demo."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from ops_center.content import read_document, validate
from ops_center.domain.quantity import duration_ms
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpChannel:
    """The mail server that messages leave by; its password is the secret ``smtp_password``."""

    host: str
    port: int
    sender: str
    tls: str = "starttls"  # starttls | implicit | none
    user: str = ""
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChannel:
    """Messages to other systems, signed with the secret ``webhook_key``."""

    timeout_s: float = 10.0
    allow_http: bool = False  # for a network that is encrypted below


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """How people outside are reached; the outbox is always there."""

    smtp: SmtpChannel | None = None
    webhook: WebhookChannel | None = None
    recipients: Path | None = None  # the book: names of playbooks -> addresses
    in_exercise: bool = False  # True: an exercise really writes to people
    language: str = "zh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One authority's installation. `folder` holds journal, snapshots, store and blobs.

    `metric_epsg` is the CRS lengths are measured in. `clock_start_ms` and `speed` are for
    exercises only: their clock starts there and runs that much faster.
    """

    code: str
    title: Text
    status: Status = Status.ACTUAL
    folder: Path
    time_zone: str = "Asia/Shanghai"
    metric_epsg: int = 32650
    partitions: int = 4
    content: tuple[Path, ...] = ()
    feeds: tuple[str, ...] = ()  # empty: every feed of the content
    host: str = "127.0.0.1"
    port: int = 8808
    doors: Mapping[str, int] = field(default_factory=dict)  # feed id -> TCP port
    secrets: Mapping[str, str] = field(default_factory=dict)
    receive: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)  # per feed, over the manifest
    keep: Mapping[str, int] = field(default_factory=dict)  # raw, decoded: ms, instead of the manifests' longest
    channels: Channels = field(default_factory=Channels)
    public_url: str = ""  # where the outside reaches this deployment; "" = it does not
    lead_ms: int | None = None  # how far ahead world changes are announced; None = the shortest
    clock_start_ms: int | None = None
    speed: float = 1.0

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of screens and calendars."""
        return ZoneInfo(self.time_zone)

    def secrets_of(self, feeds: Sequence[str]) -> dict[str, str]:
        """Return feed -> its secret, by the manifests' habit of naming it like the feed."""
        return {feed: self.secrets[feed.replace("-", "_")] for feed in feeds}


def load_deployment(path: Path) -> Deployment:
    """Return the deployment of a file; ContentError with line and field where it is wrong."""
    schema = json.loads(Path(__file__).with_name("deployment.schema.json").read_text(encoding="utf-8"))
    document = read_document(path)
    validate(document, schema)
    given: Mapping[str, Json] = document.data
    base = path.parent
    return Deployment(
        code=given["deployment"],
        title=Text(given["title"]["zh"], given["title"]["en"]),
        status=Status(given.get("status", "actual")),
        folder=(base / given["folder"]).resolve(),
        time_zone=given.get("time_zone", "Asia/Shanghai"),
        metric_epsg=given.get("metric_epsg", 32650),
        partitions=given.get("partitions", 4),
        content=tuple((base / folder).resolve() for folder in given.get("content", ())),
        feeds=tuple(given.get("feeds", ())),
        host=given.get("http", {}).get("host", "127.0.0.1"),
        port=given.get("http", {}).get("port", 8808),
        doors=given.get("doors", {}),
        secrets=_secrets(base, given.get("secrets_file")),
        receive=given.get("receive", {}),
        channels=_channels(base, given.get("channels", {})),
        public_url=str(given.get("http", {}).get("public_url", "")).rstrip("/"),
        keep={name: duration_ms(age) for name, age in given.get("keep", {}).items()},
    )


def _channels(base: Path, given: Mapping[str, Json]) -> Channels:
    return Channels(
        smtp=SmtpChannel(**given["smtp"]) if "smtp" in given else None,
        webhook=WebhookChannel(**given["webhook"]) if "webhook" in given else None,
        recipients=(base / given["recipients"]).resolve() if "recipients" in given else None,
        in_exercise=given.get("in_exercise", False),
        language=given.get("language", "zh"),
    )


def _secrets(base: Path, name: str | None) -> Mapping[str, str]:
    """Return name -> secret of a file beside the deployment; secrets are never in the file itself."""
    if name is None:
        return {}
    document = read_document(base / name)
    return {str(key): str(value) for key, value in document.data.items()}
