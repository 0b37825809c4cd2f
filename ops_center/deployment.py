"""Deployment: the one file that says what runs here, read by ``run CONFIG`` and by the demo."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ops_center.content import read_document, validate
from ops_center.domain.errors import SetupError
from ops_center.domain.quantity import duration_ms, parse_iso
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text

REFERENCE = "secret:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """The servers of a deployment whose roles are processes of their own.

    `security` is handed to the Kafka client as it stands, secrets put in. `database` is an SQLAlchemy
    address with its password in it; "" = none, the journal alone keeps everything.
    """

    kafka: tuple[str, ...]
    prefix: str  # begins every topic's and group's name
    replication: int = 1
    security: Mapping[str, str | bool] = field(default_factory=dict, repr=False)
    wait_s: float = 10.0  # how long a call waits for a broker that is away
    database: str = field(default="", repr=False)
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8809
    gateway_at: str = "127.0.0.1"  # by which other roles reach it
    snapshot_every_s: float = 10.0
    session_s: float = 6.0  # a role that is silent for so long has lost its partitions or its lease (ORDER 25)


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
    built_in_rules: bool = True  # False: only the rules and playbooks of the own folders
    lead_ms: int | None = None  # how far ahead world changes are announced; None = the shortest
    clock_start_ms: int | None = None
    clock_at_ms: int | None = None  # the machine's UTC at which it shows that; None = when the program starts
    speed: float = 1.0
    production: Production | None = None

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
    secrets = _secrets(base, given.get("secrets_file"))
    clock = given.get("clock", {})
    status = Status(given.get("status", "actual"))
    if clock and status is Status.ACTUAL:
        raise SetupError("only an exercise or a test has a clock of its own", setting=f"{path}: clock")
    return Deployment(
        code=given["deployment"],
        title=Text(given["title"]["zh"], given["title"]["en"]),
        status=status,
        folder=(base / given["folder"]).resolve(),
        time_zone=given.get("time_zone", "Asia/Shanghai"),
        metric_epsg=given.get("metric_epsg", 32650),
        partitions=given.get("partitions", 4),
        content=tuple((base / folder).resolve() for folder in given.get("content", ())),
        feeds=tuple(given.get("feeds", ())),
        host=given.get("http", {}).get("host", "127.0.0.1"),
        port=given.get("http", {}).get("port", 8808),
        doors=given.get("doors", {}),
        secrets=secrets,
        receive=given.get("receive", {}),
        channels=_channels(base, given.get("channels", {})),
        public_url=str(given.get("http", {}).get("public_url", "")).rstrip("/"),
        keep={name: duration_ms(age) for name, age in given.get("keep", {}).items()},
        built_in_rules=given.get("built_in_rules", True),
        lead_ms=duration_ms(given["lead"]) if "lead" in given else None,
        clock_start_ms=parse_iso(clock["start"]) if "start" in clock else None,
        clock_at_ms=parse_iso(clock["at"]) if "at" in clock else None,
        speed=clock.get("speed", 1.0),
        production=_production(given["production"], secrets, base, given["deployment"])
        if "production" in given
        else None,
    )


def _channels(base: Path, given: Mapping[str, Json]) -> Channels:
    return Channels(
        smtp=SmtpChannel(**given["smtp"]) if "smtp" in given else None,
        webhook=WebhookChannel(**given["webhook"]) if "webhook" in given else None,
        recipients=(base / given["recipients"]).resolve() if "recipients" in given else None,
        in_exercise=given.get("in_exercise", False),
        language=given.get("language", "zh"),
    )


def _production(given: Mapping[str, Json], secrets: Mapping[str, str], base: Path, code: str) -> Production:
    kafka, database, gateway = given["kafka"], given.get("database", {}), given.get("gateway", {})
    security = {name: _secret(value, secrets, f"kafka.security.{name}") for name, value in _security(kafka).items()}
    for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile", "ssl_crlfile"):
        if name in security:
            security[name] = str((base / str(security[name])).resolve())
    return Production(
        kafka=tuple(kafka["servers"]),
        prefix=kafka.get("prefix", code),
        replication=kafka.get("replication", 1),
        security=security,
        wait_s=duration_ms(kafka.get("wait", "10 s")) / 1000,
        database=_address(database, secrets),
        gateway_host=gateway.get("host", "127.0.0.1"),
        gateway_port=gateway.get("port", 8809),
        gateway_at=gateway.get("at", gateway.get("host", "127.0.0.1")),
        snapshot_every_s=duration_ms(given.get("snapshot_every", "10 s")) / 1000,
        session_s=duration_ms(given.get("session", "6 s")) / 1000,
    )


def _security(kafka: Mapping[str, Json]) -> Mapping[str, Json]:
    found: Mapping[str, Json] = kafka.get("security", {})
    return found


def _address(database: Mapping[str, Json], secrets: Mapping[str, str]) -> str:
    if "url" not in database:
        return ""
    scheme, _, rest = str(database["url"]).partition("://")
    if "password" not in database:
        return f"{scheme}://{rest}"
    user, at, place = rest.rpartition("@")
    if not at or ":" in user:
        raise SetupError("names a user and no password", setting="production.database.url")
    password = _secret(database["password"], secrets, "production.database.password")
    return f"{scheme}://{user}:{quote(str(password), safe='')}@{place}"


def _secret(value: Json, secrets: Mapping[str, str], setting: str) -> str | bool:
    """Return a value, or the secret that ``secret:NAME`` names."""
    if isinstance(value, bool) or not str(value).startswith(REFERENCE):
        return value if isinstance(value, bool) else str(value)
    name = str(value).removeprefix(REFERENCE)
    if name not in secrets:
        mend = f"add it to the secrets file, or set {_variable(name)}"
        raise SetupError(f"no secret {name!r}", setting=setting, suggestion=mend)
    return secrets[name]


def _variable(name: str) -> str:
    return "OPS_SECRET_" + name.upper().replace("-", "_")


def _secrets(base: Path, name: str | None) -> Mapping[str, str]:
    """Return name -> secret, of a file beside the deployment or of OPS_SECRET_<NAME>; never of the file itself."""
    found: dict[str, str] = {}
    if name is not None:
        document = read_document(base / name)
        found = {str(key): str(value) for key, value in document.data.items()}
    prefix = _variable("")
    for variable, value in sorted(os.environ.items()):
        if variable.startswith(prefix):
            found[variable.removeprefix(prefix).lower()] = value
    return found
