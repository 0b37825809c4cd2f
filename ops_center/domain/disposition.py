"""Disposition (处置结论): how an alarm or an incident came out, of the closed list that the content keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ops_center.domain.errors import CommandRefused
from ops_center.domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """One of the list; `of` says what it closes (alarm, incident), `remarks` that it needs words besides."""

    id: str
    title: Text
    of: tuple[str, ...]
    remarks: bool = False


def check_disposition(known: Mapping[str, Disposition], given: str, *, of: str, remarks: str, target: str) -> None:
    """Refuse what is not in the list for this kind of thing, or lacks its words; without a list any word is one."""
    if not known:
        return
    found = known.get(given)
    if found is None or of not in found.of:
        raise CommandRefused(f"disposition: no {given!r} for this", target=target, field="disposition")
    if found.remarks and not remarks.strip():
        raise CommandRefused("this disposition needs remarks", target=target, field="remarks")
