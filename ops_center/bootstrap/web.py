"""Web: the wall's application over a station, the same embedded and in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from ops_center.adapters.access import Accounts, Guard, User
from ops_center.adapters.audit import Audit
from ops_center.adapters.blobs import Blobs
from ops_center.adapters.keys import secret_key
from ops_center.adapters.store_reads import StoreReads
from ops_center.api.app import make_app
from ops_center.api.attachments import Attachments
from ops_center.api.evidence import Bundler, Evidence
from ops_center.api.features import Features
from ops_center.api.hub import Hub
from ops_center.api.intake import Intake
from ops_center.api.machines import with_feeds as with_feeds_door
from ops_center.api.outbox import OutboxPage, Tries
from ops_center.api.public import Public, Receipts
from ops_center.api.reports import Reports
from ops_center.api.settings import Settings
from ops_center.bootstrap.geography import STAKES
from ops_center.bootstrap.parts import Setup
from ops_center.bootstrap.reading import ContentReads, Door, Layers
from ops_center.bootstrap.reload import Reload
from ops_center.bootstrap.reporting import Reporter
from ops_center.deployment import Deployment
from ops_center.desk.definitions import Definitions
from ops_center.domain.command import Actor
from ops_center.domain.rule import Rule
from ops_center.domain.scales import Role, Status
from ops_center.domain.text import Json
from ops_center.pipeline.station import LiveStation
from ops_center.ports import Clock
from ops_center.wall.page import make_screen

UNITS = "units"  # the account of an exercise's units
OFFICER = "duty"  # the account that the one-time link of a first start signs in


@dataclass(frozen=True, slots=True)
class People:
    """Who may come in, and who guards what they do."""

    accounts: Accounts
    guard: Guard


def people_of(deployment: Deployment, folder: Path, clock: Clock) -> People:
    """Return the accounts and the audit in a folder; the duty officer's account is made at first."""
    accounts = Accounts(path=folder / "accounts.json", clock=clock)
    accounts.load()
    if OFFICER not in accounts.users:
        accounts.add(User(name=OFFICER, post="command", role=Role.COMMANDER, jurisdiction=deployment.code))
    audit = Audit(path=folder / "audit.jsonl", clock=clock)
    audit.open()
    return People(accounts, Guard(audit=audit, known=_known(accounts, deployment)))


def receipts_of(deployment: Deployment) -> Receipts:
    """Return the maker of links by which a recipient confirms a message."""
    return Receipts(secret_key(deployment.folder, "receipts"), base_url=deployment.public_url)


def make_web(
    deployment: Deployment,
    setup: Setup,
    *,
    station: LiveStation,
    reload: Reload,
    people: People,
    bundler: Bundler,
    clock: Clock,
    definitions: Callable[[], Definitions],
    store: Engine | None,
    tries: Tries,
    feeds: Sequence[BaseRoute] = (),
    outages: Callable[[], Sequence[Mapping[str, Json]]] = tuple,
) -> ASGIApp:
    """Return the application that screens talk to; `feeds` are the doors of feeds that are pushed to it."""
    layers = Layers(setup.places, status=deployment.status)
    reporter = _reporter(deployment, setup, definitions)

    def pages(hub: Hub) -> list[BaseRoute]:
        return [
            *OutboxPage(hub=hub, tries=tries).routes(),
            *(Features(hub=hub, stored=StoreReads(store)).routes() if store is not None else ()),
            *Intake(
                hub=hub,
                places=setup.places,
                definitions=definitions,
                invented_stakes=setup.places.invented(STAKES),
            ).routes(),
            *Attachments(hub=hub, blobs=Blobs(deployment.folder / "blobs")).routes(),
            *Reports(hub=hub, reporter=reporter).routes(),
            *Evidence(hub=hub, bundler=bundler, warden=people.guard).routes(),
        ]

    app = make_app(
        station,
        pages=pages,
        layers=layers,
        content=ContentReads(reload),
        sign_in=Door(people.accounts),
        screen=make_screen(
            deployment=deployment.code,
            title=deployment.title,
            status=deployment.status,
            time_zone=deployment.time_zone,
            bounds=setup.places.bounds,
            layers=layers,
        ),
        clock=clock,
        settings=_settings(deployment),
        outages=outages,
    )
    public = Public(
        station=station,
        receipts=receipts_of(deployment),
        deployment=deployment.code,
        title=deployment.title,
        base_url=deployment.public_url,
    )
    return with_feeds_door(app, [*feeds, *public.routes()])


def _reporter(deployment: Deployment, setup: Setup, definitions: Callable[[], Definitions]) -> Reporter:
    return Reporter(
        atlas=setup.places,
        authority=deployment.title,
        zone=deployment.zone,
        kinds=lambda: definitions().incident_kinds,
        posts=lambda: definitions().posts,
        dispositions=lambda: {one.id: one.title for one in definitions().dispositions.values()},
    )


def _settings(deployment: Deployment) -> Settings:
    return Settings(
        deployment=deployment.code,
        title=deployment.title,
        status=deployment.status,
        time_zone=deployment.time_zone,
        public_url=deployment.public_url,
    )


def system_actor(name: str, deployment: Deployment) -> Actor:
    """Return whom a command of the program's own names."""
    return _system(name, deployment.code).actor


def rules_of(definitions: Definitions) -> Mapping[str, Rule]:
    """Return the rules in force by id."""
    return {identity: compiled.rule for identity, compiled in definitions.rules.items()}


def _known(accounts: Accounts, deployment: Deployment) -> Callable[[str], User | None]:
    """Return who a command's actor may be: the accounts, and the system's own for deliveries and content.

    In an exercise one more answers for the dispatched units; nothing real has such an account.
    """
    code = deployment.code
    system = {name: _system(name, code) for name in ("notifier", "content")}
    if deployment.status is Status.EXERCISE:
        system[UNITS] = User(name=UNITS, post=UNITS, role=Role.UNIT, jurisdiction=code)

    def known(name: str) -> User | None:
        return system.get(name) or accounts.users.get(name)

    return known


def _system(name: str, jurisdiction: str) -> User:
    return User(name=name, post="system", role=Role.ADMINISTRATOR, jurisdiction=jurisdiction)
