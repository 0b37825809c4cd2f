"""Assets: the page's scripts and styles, joined and compressed once at start."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops_center.domain.errors import SetupError

FOLDER = Path(__file__).with_name("assets")
# Order matters: each script may use what the ones before it put into window.opsWall.
SCRIPTS = (
    "core",
    "stash",
    "texts",
    "format",
    "shapes",
    "live",
    "commands",
    "sound",
    "atlas",
    "mapdata",
    "mapnames",
    "deckmap",
    "asked",
    "places",
    "widgets",
    "combo",
    "forms",
    "topbar",
    "alarms",
    "lists",
    "why",
    "alarmdrawer",
    "tasks",
    "units",
    "warnings",
    "reports",
    "record",
    "incident",
    "intake",
    "shift",
    "drawer",
    "panels",
    "timebar",
    "commandline",
    "help",
    "keys",
    "wall",
)
STYLES = ("base", "frame", "lists", "drawer", "forms", "desk", "panels", "timebar")
VENDOR = {"deck.js": "deck.gl-9.3.11.min.js", "deck-json.js": "deck.gl-json-9.3.11.min.js"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One static file."""

    body: bytes
    gzipped: bytes
    content_type: str
    etag: str


def load_assets() -> Mapping[str, Asset]:
    """Return name -> asset; SetupError where a vendored file is not the one we took."""
    sums = dict(_sums())
    found: dict[str, Asset] = {}
    for name, file in VENDOR.items():
        body = (FOLDER / "vendor" / file).read_bytes()
        if hashlib.sha256(body).hexdigest() != sums[file]:
            raise SetupError("its SHA-256 is not the recorded one", setting=file, suggestion="install again")
        found[name] = _asset(body, "text/javascript; charset=utf-8")
    js = b"\n".join((FOLDER / "js" / f"{name}.js").read_bytes() for name in SCRIPTS)
    css = b"\n".join((FOLDER / "css" / f"{name}.css").read_bytes() for name in STYLES)
    found["wall.js"] = _asset(js, "text/javascript; charset=utf-8")
    found["wall.css"] = _asset(css, "text/css; charset=utf-8")
    found["login.css"] = _asset((FOLDER / "css" / "login.css").read_bytes(), "text/css; charset=utf-8")
    found["mark.svg"] = _asset((FOLDER / "mark.svg").read_bytes(), "image/svg+xml")
    return found


def _sums() -> list[tuple[str, str]]:
    lines = (FOLDER / "vendor" / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    return [(line.split()[1], line.split()[0]) for line in lines]


def _asset(body: bytes, content_type: str) -> Asset:
    etag = hashlib.sha256(body).hexdigest()[:20]
    return Asset(body=body, gzipped=gzip.compress(body, 9, mtime=0), content_type=content_type, etag=etag)
