"""What the HTTP side must know of its deployment."""

from __future__ import annotations

from dataclasses import dataclass

from ops_center.domain.scales import Status
from ops_center.domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One deployment as its screens see it."""

    deployment: str
    title: Text
    status: Status = Status.ACTUAL
    time_zone: str = "Asia/Shanghai"
    public_url: str = ""  # where the outside reaches this deployment: https://...
    session_s: float = 12 * 3600  # one shift: GB/T desks change over every 8 to 12 hours
    body_bytes: int = 262_144
    upload_bytes: int = 20_000_000  # of an attachment
    polls_per_s: float = 4.0
    unacknowledged_frames: int = 2
    silent_client_s: float = 30.0
    replay_pictures: int = 48
    bounds: tuple[float, float, float, float] = (114.8, 34.4, 122.7, 38.4)  # what the map shows at start: W S E N
