"""Deployed: content, library and setup of a deployment file, the same for every process of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ops_center.bootstrap.content import Content, load_content, with_feeds, without_built_in_rules
from ops_center.bootstrap.library import Base, Library
from ops_center.bootstrap.parts import Setup, make_setup
from ops_center.content import Kept
from ops_center.deployment import Deployment
from ops_center.domain.feed import Feed
from ops_center.domain.scales import Status
from ops_center.domain.text import Json

log = logging.getLogger(__name__)

PARSED = "parsed.msgpack"  # in a deployment's folder; can go at any time


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What a process runs by. The setup is that of the version the journal began with."""

    content: Content  # as the files are now
    library: Library
    setup: Setup


def deployed(deployment: Deployment) -> Deployed:
    """Return everything, layers read; the first process writes down what the journal begins with."""
    content = content_of(deployment)
    deployment.folder.mkdir(parents=True, exist_ok=True)
    library = Library(deployment.folder / "content", content)
    base = library.begin(_base(deployment, content))
    setup = make_setup(
        library.content(base.version),
        deployment=deployment.code,
        status=deployment.status,
        zone=deployment.zone,
        metric_epsg=deployment.metric_epsg,
        lead_ms=deployment.lead_ms,
        library=library,
    )
    return Deployed(content=content, library=library, setup=setup)


def content_of(deployment: Deployment) -> Content:
    """Return the content of a deployment: its feeds only, received as it says."""
    status = deployment.status if deployment.status is not Status.ACTUAL else None
    parsed = Kept.of(deployment.folder / PARSED)
    content = load_content(deployment.content, status=status, parsed=parsed)
    _save(parsed)
    content = with_feeds(content, deployment.feeds or tuple(content.feeds))
    if not deployment.built_in_rules:
        content = without_built_in_rules(content)
    return replace(content, feeds=_received(content.feeds, deployment.receive))


def _save(parsed: Kept) -> None:
    """Keep what was parsed for the next start, which goes without where that fails."""
    try:
        parsed.save()
    except OSError as error:
        log.warning("%s: %s", parsed.path, error)


def _base(deployment: Deployment, content: Content) -> Base:
    return Base(
        version=content.version,
        feeds=tuple(content.feeds),
        deployment=deployment.code,
        status=deployment.status,
        time_zone=deployment.time_zone,
        metric_epsg=deployment.metric_epsg,
        lead_ms=deployment.lead_ms,
    )


def _received(feeds: Mapping[str, Feed], over: Mapping[str, Mapping[str, Json]]) -> dict[str, Feed]:
    return {name: replace(feed, receive=over[name]) if name in over else feed for name, feed in feeds.items()}
