"""Outages: what of the installation is lost, since when, and what the officer does by hand meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.text import Json, Text

# In the order of the banner: what stops most comes first.
TEXTS: Mapping[str, Text] = {
    "broker": Text(
        "消息总线中断：画面停在最后一刻，新告警不出现，命令发不出。请电话向各单位核对态势，把命令记在纸上，恢复后补录。"
        "设备上报由网关存盘，不会丢失。",
        "Message broker lost: the picture stands still, no new alarm appears, no command leaves. Ask the "
        "units by phone, write commands down and enter them when it is back. What devices send is kept by the gateway.",
    ),
    "gateway": Text(
        "接入网关中断：收不到任何上报，时间停住，命令不生效。请电话核对重点车辆与站点；设备会自动重发。",
        "Gateway lost: nothing is received, time stands still, no command takes effect. Ask for important vehicles and "
        "sites by phone; devices send again by themselves.",
    ),
    "desk": Text(
        "处置台中断：事件、预案、通知停止，新告警随后也停止。请按纸质预案处置，电话通知；恢复后自动补上。",
        "Desk lost: incidents, playbooks and messages stand still, soon new alarms too. Work by the printed plans, "
        "notify by phone; it catches up by itself.",
    ),
    "worker": Text(
        "分区 {partitions} 无人处理：其中车辆不告警，跨车辆告警与事件处置停止。请电话核对；恢复后自动补上。",
        "Partitions {partitions} are worked by nobody: their vehicles raise no alarm, incidents stand still. Ask by "
        "phone; it catches up by itself.",
    ),
    "disk": Text(
        "网关磁盘将满或已满：满后不再应答设备、停止取数。请清理磁盘；未应答的由设备重发。",
        "The gateway's disk is full or nearly so: then it acknowledges and polls nothing. Free space; devices send "
        "again what was not answered.",
    ),
    "clock": Text(
        "网关时钟与协调世界时相差 {seconds} 秒：告警照常，时间戳按本机单调时钟继续。对外报时请用手表核对，"
        "并请运维检查校时。",
        "The gateway's clock is {seconds} s off UTC: alarms go on, stamps follow its own steady clock. State times to "
        "others by your watch, and have the time service checked.",
    ),
}
DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Lost:
    """One line of the banner."""

    code: str
    since_ms: int
    text: Text

    def plain(self) -> dict[str, Json]:
        """Return it as screens read it."""
        return {"code": self.code, "since_ms": self.since_ms, "zh": self.text.zh, "en": self.text.en}


@dataclass(slots=True)
class Outages:
    """What is lost at present; a line goes by itself when what it names is back."""

    lines: dict[str, Lost] = field(default_factory=dict)

    def note(self, code: str, lost: bool, *, since_ms: int, text: Text | None = None, **params: Json) -> None:
        """Note that something is lost or not; a line keeps the time it began with."""
        if not lost:
            self.lines.pop(code, None)
            return
        said = text or TEXTS[code]
        filled = Text(said.zh.format(**params), said.en.format(**params)) if params else said
        began_ms = self.lines[code].since_ms if code in self.lines else since_ms
        self.lines[code] = Lost(code, began_ms, filled)

    def listed(self) -> tuple[Lost, ...]:
        """Return the lines in the order of the banner."""
        order = [*TEXTS, DATABASE]
        return tuple(self.lines[code] for code in order if code in self.lines)
