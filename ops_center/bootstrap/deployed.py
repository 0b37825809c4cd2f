"""Deployed: content and setup of a deployment file, the same for every process of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.bootstrap.content import Content, load_content, with_feeds, without_built_in_rules
from ops_center.bootstrap.parts import Setup, make_setup
from ops_center.deployment import Deployment
from ops_center.domain.feed import Feed
from ops_center.domain.scales import Status
from ops_center.domain.text import Json


def content_of(deployment: Deployment) -> Content:
    """Return the content of a deployment: its feeds only, received as it says."""
    status = deployment.status if deployment.status is not Status.ACTUAL else None
    content = load_content(deployment.content, status=status)
    content = with_feeds(content, deployment.feeds or tuple(content.feeds))
    if not deployment.built_in_rules:
        content = without_built_in_rules(content)
    return replace(content, feeds=_received(content.feeds, deployment.receive))


def setup_of(deployment: Deployment, content: Content) -> Setup:
    """Return the setup; reads the layers."""
    return make_setup(
        content,
        deployment=deployment.code,
        status=deployment.status,
        zone=deployment.zone,
        metric_epsg=deployment.metric_epsg,
        lead_ms=deployment.lead_ms,
    )


def _received(feeds: Mapping[str, Feed], over: Mapping[str, Mapping[str, Json]]) -> dict[str, Feed]:
    return {name: replace(feed, receive=over[name]) if name in over else feed for name, feed in feeds.items()}
