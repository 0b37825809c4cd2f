"""Levels and colours of Chinese warnings, one table a dialect: their level codes run opposite ways."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """One level of 突发事件应对法 (2024) art. 63: I is the highest, its colour red.

    `cap_severity` is what the national service publishes with that colour in its CAP feed; it is the
    source's statement and is carried beside the colour, not derived from it elsewhere.
    """

    roman: str
    colour: str
    colour_zh: str
    zh: str
    cap_severity: str


LEVELS = (
    Level("I", "red", "红色", "特别严重", "Extreme"),
    Level("II", "orange", "橙色", "严重", "Severe"),
    Level("III", "yellow", "黄色", "较重", "Moderate"),
    Level("IV", "blue", "蓝色", "一般", "Minor"),
)
BY_ROMAN = {level.roman: level for level in LEVELS}
BY_COLOUR = {level.colour: level for level in LEVELS}

# NMC picture p0007004: the last three digits, 001 is red.
NMC_SUFFIX = {"001": "red", "002": "orange", "003": "yellow", "004": "blue"}
# weather.com.cn LEVELCODE (and the second half of its file name, -0902): 01 is blue.
WEATHERCN_LEVEL = {"01": "blue", "02": "yellow", "03": "orange", "04": "red"}

_NUMERALS = {"Ⅰ": "I", "Ⅱ": "II", "Ⅲ": "III", "Ⅳ": "IV"}  # U+2160..U+2163
_NAMES = {name: level.colour for level in LEVELS for name in (level.colour, level.colour_zh, level.colour_zh[0])}


def colour(text: str) -> str:
    """Return red, orange, yellow or blue for a colour's name in either language, "" otherwise."""
    return _NAMES.get(text.strip().lower(), "")


def roman(text: str) -> str:
    """Return I, II, III or IV for ASCII or Unicode numerals, "" otherwise."""
    bare = text.strip()
    bare = _NUMERALS.get(bare, bare.upper())
    return bare if bare in BY_ROMAN else ""
