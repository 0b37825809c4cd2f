"""Parts: a loop made of content, world and journal, the same in every way of running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from gis.crs import Metric
from ops_center.adapters.journal_layered import LayeredJournal
from ops_center.bootstrap.content import Content, definitions
from ops_center.bootstrap.geography import Atlas, world_of
from ops_center.bootstrap.library import Library
from ops_center.desk.desk import Desk
from ops_center.desk.views import picture_of
from ops_center.domain.feed import Feed
from ops_center.domain.scales import Status
from ops_center.picture import Picture
from ops_center.pipeline.loop import Ends, Loop
from ops_center.pipeline.replay import Replayer
from ops_center.ports import COMMAND, DEAD, EVENT, INPUT, OUTPUT, WORLD, Journal, Snapshots
from ops_center.worker.announced import Announced
from ops_center.worker.worker import Worker
from ops_center.worker.world import World

TICK_MS = 100  # ORDER 3
SKEW_MS = 500  # gateway skew and margin (ORDER: lead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a loop is made of beside its journal; the same in every way of running."""

    deployment: str
    status: Status
    zone: ZoneInfo
    content: Content
    world: World
    places: Atlas
    slack_ms: int
    lead_ms: int
    batch_rows: int = 8192
    library: Library | None = None  # further content versions, by version


def topics(partitions: int) -> dict[str, int]:
    """Return the partitions of every topic."""
    return {INPUT: partitions, EVENT: partitions, COMMAND: 1, WORLD: 1, OUTPUT: 1, DEAD: 1}


def slack_of(content: Content) -> int:
    """Return the desk's wait (ORDER: slack): the largest delay of the feeds that its counting rules read."""
    counted = [c.rule for c in content.program.rules if not c.rule.one_subject and not c.rule.disabled]
    delays = [
        feed.delay_ms
        for feed in content.feeds.values()
        for rule in counted
        if rule.subject == feed.subject_kind != "hazard" and rule.feed in ("", feed.id)
    ]
    return max(delays, default=2_000)


def least_lead_ms(slack_ms: int) -> int:
    """Return the shortest lead that cannot lock workers and desk (ORDER: lead)."""
    return slack_ms + TICK_MS + SKEW_MS


def announces(feeds: Mapping[str, Feed], content: Content) -> bool:
    """Return True where a feed or its rules can change the world, so that workers must wait (ORDER 19)."""
    needed = {name for c in content.program.rules for name in c.names}
    return any(
        feed.subject_kind in ("hazard", "record")
        or {"registry", "hazard"} & set(feed.options)
        or any(field.name in needed and field.name in VALUES for field in feed.fields)
        for feed in feeds.values()
    )


VALUES = ("visibility_m",)  # columns that reach other subjects as announced values (playbooks/names.py)


def make_setup(
    content: Content,
    *,
    deployment: str,
    status: Status = Status.ACTUAL,
    zone: ZoneInfo,
    metric_epsg: int,
    lead_ms: int | None = None,
    batch_rows: int = 8192,
    library: Library | None = None,
) -> Setup:
    """Return the setup of a content; reads the layers. `lead_ms` None is the shortest one."""
    atlas = Atlas(content.catalog, Metric.of(metric_epsg), real=status is Status.ACTUAL)
    slack_ms = slack_of(content)
    world = world_of(
        atlas,
        feeds=content.feeds,
        program=content.program,
        slack_ms=slack_ms,
        announced={feed.id: VALUES for feed in content.feeds.values() if {f.name for f in feed.fields} & set(VALUES)},
    )
    return Setup(
        deployment=deployment,
        status=status,
        zone=zone,
        content=content,
        world=world,
        places=atlas,
        slack_ms=slack_ms,
        lead_ms=least_lead_ms(slack_ms) if lead_ms is None else lead_ms,
        batch_rows=batch_rows,
        library=library,
    )


def make_worker(setup: Setup, journal: Journal, partition: int, *, hold: bool, announced: Announced) -> Worker:
    """Return the worker of a partition under what all workers of this process know to be announced."""
    return Worker(
        partition=partition,
        feeds=setup.content.feeds,
        announced=announced,
        journal=journal,
        hold=hold,
        slack_ms=setup.slack_ms,
        lead_ms=setup.lead_ms,
        batch_rows=setup.batch_rows,
    )


def make_desk(setup: Setup, journal: Journal) -> Desk:
    """Return the desk."""
    return Desk(
        deployment=setup.deployment,
        definitions=definitions(setup.content),
        journal=journal,
        slack_ms=setup.slack_ms,
        lead_ms=setup.lead_ms,
        zone=setup.zone,
        status=setup.status,
        places=setup.places,
        contents=setup.library.definitions if setup.library else None,
    )


def make_loop(setup: Setup, journal: Journal, *, hold: bool, announced: Announced | None = None) -> Loop:
    """Return workers for every partition and the desk, over one journal; `announced` may have read it already."""
    known = announced or announced_in(setup, journal)
    workers = [
        make_worker(setup, journal, partition, hold=hold, announced=known)
        for partition in range(journal.partitions(INPUT))
    ]
    return Loop(journal=journal, workers=workers, desk=make_desk(setup, journal))


def announced_in(setup: Setup, journal: Journal) -> Announced:
    """Return what a journal's WORLD topic announces, still to be read."""
    return Announced(setup.world, journal, programs=setup.library.programs if setup.library else None)


def replayed(journal: Journal, ends: Ends | None = None) -> LayeredJournal:
    """Return a journal that reads `journal`'s inputs and keeps what is derived in memory."""
    return LayeredJournal(journal, tuple(topics(1)), ends=ends)


def make_replayer(setup: Setup, journal: Journal, snapshots: Snapshots) -> Replayer:
    """Return the pictures of a journal's past; what was announced is read once for all of them."""
    announced = announced_in(setup, journal)

    def past(ends: Ends | None) -> Loop:
        announced.read()
        layered = replayed(journal, ends)
        return make_loop(setup, layered, hold=True, announced=announced.fork(layered))

    def view(loop: Loop, at_ms: int) -> Picture:
        return picture_at(loop, at_ms, replay=True, early=False)

    return Replayer(make_loop=past, view=view, snapshots=snapshots)


def picture_at(loop: Loop, at_ms: int, *, replay: bool, early: bool) -> Picture:
    """Return the loop's picture; `at_ms` is where a replay's cursor stands."""
    picture = picture_of(loop.desk, loop.positions(), replay=replay, early=early)
    return replace(picture, at_ms=at_ms) if replay else picture
