"""Initial isolation distances (metres) of the Emergency Response Guidebook 2024 for what an incident is about."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ops_center.domain.text import Json
from playbooks.areas import look_up

EDITION = "ERG 2024"
FARTHEST_M = 11_000  # the book prints "11.0+ km" where the distance can be larger still; such cells are empty here
UNIDENTIFIED = "111"  # the guide for cargo that nobody could name yet
_FACTS = Path(__file__).with_name("facts")
# Where a number may stand, the newest answer first.
_KNOWN_AS = ("incident.fields.un_number", "incident.fields.cargo.un_number")


def erg_of(context: Mapping[str, Json]) -> dict[str, Json]:
    """Return the distances for the context's UN number, spill size and fire; those of guide 111 for an unknown one.

    ``isolate_m`` all around, ``protect_day_m`` and ``protect_night_m`` downwind, ``basis`` says where
    they stand. A spill is large unless somebody said that it is small: it is a tanker's.
    """
    un_number = _said(context, "un_number") or next(filter(None, (look_up(context, name) for name in _KNOWN_AS)), "")
    return distances(
        str(un_number),
        small=_said(context, "spill") == "small",
        burning=_said(context, "burning") is True,
    )


def distances(un_number: str, *, small: bool = False, burning: bool = False) -> dict[str, Json]:
    """Return the distances of one UN number ("" = not known)."""
    row = _table().get(un_number)
    guide = row["guide"] if row else UNIDENTIFIED
    general = _guides()[guide]
    if row and row["small_isolate_m"]:
        size = "small" if small else "large"
        isolate = _number(row[f"{size}_isolate_m"])
        day, night = (_number(row[f"{size}_{name}_m"]) or FARTHEST_M for name in ("day", "night"))
        basis = "table 1, small spill" if small else f"{row['large_from']}, large spill"
    else:
        isolate, day, basis = _number(general["isolate_m"]), _number(general["evacuate_m"]), f"guide {guide}"
        night = day
    if burning and _number(general["fire_m"]) > isolate:
        isolate, basis = _number(general["fire_m"]), f"guide {guide}, tank involved in a fire"
    return {
        "edition": EDITION,
        "un_number": un_number if row else "",
        "guide": guide,
        "isolate_m": isolate,
        "protect_day_m": max(day, isolate),
        "protect_night_m": max(night, isolate),
        "or_more": FARTHEST_M in (day, night),
        "basis": basis,
    }


def _said(context: Mapping[str, Json], name: str) -> Json:
    """Return the newest answer to a question, None where nobody answered it."""
    given = [answers[name] for answers in context.get("answers", {}).values() if answers.get(name) not in (None, "")]
    return given[-1] if given else None


def _number(text: str) -> int:
    return int(text) if text else 0


@cache
def _table() -> dict[str, dict[str, str]]:
    with (_FACTS / "erg2024.csv").open(encoding="utf-8", newline="") as file:
        return {row["un"]: row for row in csv.DictReader(file)}


@cache
def _guides() -> dict[str, dict[str, str]]:
    with (_FACTS / "erg2024_guides.csv").open(encoding="utf-8", newline="") as file:
        return {row["guide"]: row for row in csv.DictReader(file)}
