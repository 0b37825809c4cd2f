"""``doctor``: what is installed, reachable and writable, and whether the clock is sane."""

from __future__ import annotations

import importlib.metadata
import resource
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ops_center.domain.quantity import iso, parse_iso
from ops_center.ports import Clock

PACKAGES = (
    "dash",
    "geoalchemy2",
    "geopandas",
    "kafka-python",
    "networkx",
    "numpy",
    "pydeck",
    "shapely",
    "sqlalchemy",
)
BUILT_MS = parse_iso("2026-01-01T00:00:00Z")  # a clock before this is wrong: the product is younger


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    ok: bool
    what: str
    detail: str
    mend: str = ""


def examine(*, clock: Clock, folder: Path, port: int, packages: Path) -> Iterator[Finding]:
    """Yield findings; `folder` is where the deployment writes, `packages` where ours must lie."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(sys.version_info >= (3, 11), "python", version, "install Python 3.11 or newer")
    for name in PACKAGES:
        try:
            yield Finding(True, name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(False, name, "absent", "run ./ops demo once: it installs requirements.lock")
    yield from _own_packages(packages)
    yield Finding(sqlite3.sqlite_version_info >= (3, 35), "sqlite", sqlite3.sqlite_version, "SQLite 3.35 or newer")
    yield _writable(folder)
    free = shutil.disk_usage(_existing(folder)).free
    yield Finding(free > 2 << 30, "disk", f"{free >> 20} MiB free", "2 GiB are needed for a day of journal")
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    yield Finding(files >= 8192, "open files", str(files), "raise the hard limit: each vehicle is a connection")
    yield _port(port)
    now = clock.now_ms()
    yield Finding(now > BUILT_MS, "clock", iso(now), "set the clock: it is before this version was made")


def _own_packages(root: Path) -> Iterator[Finding]:
    for name in ("gis", "streams", "layers", "playbooks"):
        module = __import__(name)
        where = Path(str(module.__file__)).resolve().parent.parent
        yield Finding(where == root, f"package {name}", str(where), f"a foreign {name} lies earlier on the path")


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _writable(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=_existing(folder)):
            return Finding(True, "folder", str(folder))
    except OSError as error:
        return Finding(False, "folder", f"{folder}: {error.strerror}", "choose a writable folder")


def _port(port: int) -> Finding:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return Finding(False, f"port {port}", str(error.strerror), "stop what holds it or choose another")
    return Finding(True, f"port {port}", "free")
