"""The planned fleet in a file, so that a second start does not plan it again."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import msgspec
import numpy as np

from ops_center.demo import fleet as fleet_module
from ops_center.demo import itinerary, scenery
from ops_center.demo.fleet import Fleet, Vehicle
from ops_center.demo.itinerary import Track

log = logging.getLogger(__name__)


def key_of(roads: Sequence[bytes], **arguments: int) -> str:
    """Return the hash of all that a plan is made from: the roads' files, arguments, and the code that plans."""
    digest = blake2b(digest_size=12)
    for part in (*roads, msgspec.json.encode(sorted(arguments.items()))):
        digest.update(blake2b(part).digest())
    for module in (itinerary, fleet_module, scenery):
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()


def kept_fleet(folder: Path, key: str, plan: Callable[[], Fleet]) -> Fleet:
    """Return the fleet of a key from the folder, else plan and keep it; other keys' files go."""
    path = folder / f"fleet-{key}.npz"
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, BadZipFile, msgspec.MsgspecError) as error:
        log.warning("%s: %s; the fleet is planned again", path, error)
    fleet = plan()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("fleet-*.npz"):
        old.unlink()
    _write(path, fleet)
    return fleet


def _write(path: Path, fleet: Fleet) -> None:
    tracks = [vehicle.track for vehicle in fleet.vehicles]
    papers = msgspec.json.encode([(v.terminal, v.papers, v.phase_ms) for v in fleet.vehicles])
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file,
            papers=np.frombuffer(papers, dtype=np.uint8),
            cuts=np.cumsum([0, *(len(track.t_ms) for track in tracks)]),
            t_ms=np.concatenate([track.t_ms for track in tracks]),
            lon=np.concatenate([track.lon for track in tracks]),
            lat=np.concatenate([track.lat for track in tracks]),
        )
    part.replace(path)


def _read(path: Path) -> Fleet:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
        papers = msgspec.json.decode(held["papers"].tobytes())
        t_ms, lon, lat, cuts = held["t_ms"], held["lon"], held["lat"], held["cuts"].tolist()
    vehicles = tuple(
        Vehicle(
            terminal=terminal,
            papers=fields,
            track=Track(t_ms=t_ms[begin:end], lon=lon[begin:end], lat=lat[begin:end]),
            phase_ms=phase_ms,
        )
        for (terminal, fields, phase_ms), (begin, end) in zip(papers, pairwise(cuts), strict=True)
    )
    return Fleet(vehicles, {vehicle.terminal: row for row, vehicle in enumerate(vehicles)})
