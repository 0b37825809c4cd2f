"""Rule: the definition of when an alert is raised; loaded, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.scales import AlertClass, Severity
from ops_center.domain.text import Json, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Binds `name` to a layer's feature: the nearest within a distance, or those it is inside.

    The joined feature gives ``name.key``, ``name.<field>`` and ``name.distance_m``. A rule fires
    only where each join finds a feature, unless `optional`.
    """

    name: str
    mode: str  # nearest | inside
    layer: str
    within_mm: int = 0  # nearest only
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Fires when `at_least` distinct subjects (or firings) match within `within_ms`."""

    of: str  # "subjects" | "firings"
    at_least: int
    within_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """[from_ms, to_ms) in UTC; None is open."""

    from_ms: int | None = None
    to_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `one_subject` is decided by the compiler: False means it runs at the desk.

    `when` holds for `for_ms` without a break before it fires; `absent_for_ms` fires when the
    subject has been silent that long; `then` is a second condition that must follow within
    `then_within_ms`. `once_within_ms` keeps an alert from firing again too soon. Fires only
    inside `calendar` and `valid`.
    """

    id: str
    version: str
    title: Text
    alert_class: AlertClass
    severity: Severity
    subject: str  # subject kind it applies to: vehicle, sensor, loop, hazard, feed
    jurisdiction: str = ""
    feed: str = ""  # only this feed's subjects, where given
    params: Mapping[str, Json] = field(default_factory=dict)
    joins: tuple[Join, ...] = ()
    when: str = "true"
    for_ms: int = 0
    absent_for_ms: int = 0
    then: str = ""
    then_within_ms: int = 0
    count: Counting | None = None
    group_by: tuple[str, ...] = ()
    once_within_ms: int = 0
    clear_when: str = ""
    calendar: str = ""
    valid: Validity = Validity()
    if_missing: Mapping[str, str] = field(default_factory=dict)
    message: Text
    source: Text
    rationale: Mapping[str, Json] = field(default_factory=dict)
    playbook: str = ""
    follows: tuple[str, ...] = ()  # kinds of hazards its alarms stem from, inside their area
    follows_within_ms: int = 0  # of the hazard's begin
    incident_kind: str = ""  # opens an incident of this kind when it fires, where given
    shadow: bool = False
    disabled: bool = False
    one_subject: bool = True
    tests: tuple[Mapping[str, Json], ...] = ()
    file: str = ""
