"""Jurisdiction: which administrative code covers which, by the 6-digit prefix rule (GB/T 2260)."""

from __future__ import annotations


def significant(code: str) -> str:
    """Return the part of a 6-, 9- or 12-digit code that names the unit: 370000 -> 37."""
    six = code[:6]
    while len(six) >= 2 and six.endswith("00") and len(six) > 2:
        six = six[:-2]
    return six


def covers(wide: str, narrow: str) -> bool:
    """Return True where `wide` is `narrow` or an administrative parent of it; "" covers nothing."""
    return bool(wide) and narrow.startswith(significant(wide))
