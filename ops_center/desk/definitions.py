"""Definitions: the content the desk decides by; one value a content version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.disposition import Disposition
from ops_center.domain.feed import Feed
from ops_center.domain.incident_kind import IncidentKind
from ops_center.domain.resource import Resource
from ops_center.domain.rule import Rule
from ops_center.domain.scales import AlertClass, Severity
from ops_center.domain.shift import Post
from ops_center.domain.text import Text
from playbooks.book import Bookcase
from playbooks.program import CompiledRule, Program
from playbooks.warning_template import WarningTemplate

# A silent feed is one alarm, whether or not the content has a rule for it (MODEL: Identity).
FEED_SILENT = Rule(
    id="feed-silent",
    version="1",
    title=Text("数据源中断", "Feed silent"),
    alert_class=AlertClass.ALARM,
    severity=Severity.MODERATE,
    subject="feed",
    message=Text("{feed.title.zh} 已超过 {silent_min} 分钟无数据", "{feed.title.en}: nothing for {silent_min} min"),
    source=Text("系统", "System"),
    one_subject=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Feeds, rules and playbooks in force; `version` is the content version."""

    version: str
    feeds: Mapping[str, Feed]
    program: Program
    books: Bookcase = field(default_factory=Bookcase)
    incident_kinds: Mapping[str, Text] = field(default_factory=dict)
    kinds: Mapping[str, IncidentKind] = field(default_factory=dict)  # the same, with law and relatives
    rules: Mapping[str, CompiledRule] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)  # as the layers list them, by id
    warnings: Mapping[str, WarningTemplate] = field(default_factory=dict)
    posts: Mapping[str, Post] = field(default_factory=dict)  # none defined: any name is one
    dispositions: Mapping[str, Disposition] = field(default_factory=dict)  # none defined: any words are one

    def rule(self, identity: str) -> Rule | None:
        """Return a rule by id, the built-in one for silent feeds included."""
        found = self.rules.get(identity)
        if found is not None:
            return found.rule
        return FEED_SILENT if identity == FEED_SILENT.id else None

    def kind(self, identity: str) -> IncidentKind:
        """Return an incident kind; one that no file describes has no law and the usual distances."""
        title = self.incident_kinds.get(identity, Text(identity, identity))
        return self.kinds.get(identity) or IncidentKind(id=identity, title=title)

    def feed_rule(self, feed: str) -> Rule:
        """Return the rule that judges a feed's silence: the content's own, else the built-in one."""
        for compiled in self.program.rules:
            rule = compiled.rule
            if rule.subject == "feed" and not rule.disabled and rule.feed in ("", feed):
                return rule
        return FEED_SILENT

    def hazard_rules(self) -> tuple[CompiledRule, ...]:
        """Return the rules over hazards, by id."""
        return tuple(c for c in self.program.rules if c.rule.subject == "hazard" and not c.rule.disabled)


def definitions_of(
    *,
    feeds: Mapping[str, Feed],
    program: Program,
    books: Bookcase,
    incident_kinds: Mapping[str, Text] | None = None,
    version: str = "",
    resources: Mapping[str, Resource] | None = None,
    warnings: Mapping[str, WarningTemplate] | None = None,
    posts: Mapping[str, Post] | None = None,
    dispositions: Mapping[str, Disposition] | None = None,
    kinds: Mapping[str, IncidentKind] | None = None,
) -> Definitions:
    """Return the definitions of one content version."""
    return Definitions(
        version=version or program.version,
        feeds=dict(sorted(feeds.items())),
        program=program,
        books=books,
        incident_kinds=incident_kinds or {name: kind.title for name, kind in (kinds or {}).items()},
        kinds=kinds or {},
        rules={compiled.rule.id: compiled for compiled in program.rules},
        resources=resources or {},
        warnings=warnings or {},
        posts=posts or {},
        dispositions=dispositions or {},
    )
