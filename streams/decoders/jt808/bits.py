"""Names of the bits of the alarm and status words of message 0x0200.

JT/T 808-2013 tables 24 and 25, JT/T 808-2019 tables 24 and 25. The 2019 edition only names bits
that were reserved before, so one table serves all; `since` says which edition names a bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ops_center.domain.text import Text


@dataclass(frozen=True, slots=True)
class Bit:
    """One bit of a word."""

    bit: int
    name: str
    title: Text
    since: int = 2011


def _table(*rows: tuple[int, str, str, str] | tuple[int, str, str, str, int]) -> Mapping[int, Bit]:
    return {row[0]: Bit(row[0], row[1], Text(row[2], row[3]), row[4] if len(row) == 5 else 2011) for row in rows}


ALARM_BITS = _table(
    (0, "emergency", "紧急报警", "Emergency button"),
    (1, "overspeed", "超速报警", "Overspeed"),
    (2, "fatigue_driving", "疲劳驾驶报警", "Fatigue driving"),
    (3, "dangerous_driving", "危险驾驶行为报警(危险预警)", "Dangerous driving"),
    (4, "gnss_module_fault", "GNSS 模块发生故障", "GNSS module fault"),
    (5, "gnss_antenna_cut", "GNSS 天线未接或被剪断", "GNSS antenna missing or cut"),
    (6, "gnss_antenna_short", "GNSS 天线短路", "GNSS antenna short circuit"),
    (7, "power_undervoltage", "终端主电源欠压", "Main power undervoltage"),
    (8, "power_lost", "终端主电源掉电", "Main power lost"),
    (9, "display_fault", "终端 LCD 或显示器故障", "Display fault"),
    (10, "tts_fault", "TTS 模块故障", "TTS module fault"),
    (11, "camera_fault", "摄像头故障", "Camera fault"),
    (12, "ic_card_fault", "道路运输证 IC 卡模块故障", "Transport licence IC card module fault"),
    (13, "overspeed_warning", "超速预警", "Overspeed warning"),
    (14, "fatigue_warning", "疲劳驾驶预警", "Fatigue warning"),
    (15, "driving_violation", "违规行驶报警", "Driving against the rules", 2019),
    (16, "tyre_pressure_warning", "胎压预警", "Tyre pressure warning", 2019),
    (17, "right_turn_blind_zone", "右转盲区异常报警", "Right-turn blind zone", 2019),
    (18, "daily_driving_exceeded", "当天累计驾驶超时", "Daily driving time exceeded"),
    (19, "parking_too_long", "超时停车", "Stopped too long"),
    (20, "zone_crossed", "进出区域", "Zone entered or left"),
    (21, "route_crossed", "进出路线", "Route entered or left"),
    (22, "segment_time", "路段行驶时间不足/过长", "Segment driven too fast or too slowly"),
    (23, "off_route", "路线偏离报警", "Off route"),
    (24, "vss_fault", "车辆 VSS 故障", "Vehicle speed sensor fault"),
    (25, "fuel_abnormal", "车辆油量异常", "Fuel level abnormal"),
    (26, "stolen", "车辆被盗", "Vehicle stolen"),
    (27, "illegal_ignition", "车辆非法点火", "Illegal ignition"),
    (28, "illegal_movement", "车辆非法位移", "Illegal movement"),
    (29, "collision", "碰撞侧翻报警(碰撞预警)", "Collision"),
    (30, "rollover_warning", "侧翻预警", "Rollover warning", 2013),
    (31, "illegal_door", "非法开门报警", "Door opened illegally", 2013),
)

STATUS_BITS = _table(
    (0, "acc_on", "ACC 开", "Ignition on"),
    (1, "positioned", "定位", "Positioned"),
    (2, "south", "南纬", "South latitude"),
    (3, "west", "西经", "West longitude"),
    (4, "out_of_service", "停运状态", "Out of service"),
    (5, "coordinates_encrypted", "经纬度已经保密插件加密", "Coordinates passed the secrecy plug-in"),
    (6, "forward_collision_warning", "紧急刹车系统采集的前撞预警", "Forward collision warning", 2019),
    (7, "lane_departure_warning", "车道偏移预警", "Lane departure warning", 2019),
    (8, "load_low_bit", "载重状态低位", "Load state, low bit"),
    (9, "load_high_bit", "载重状态高位", "Load state, high bit"),
    (10, "oil_cut", "车辆油路断开", "Oil circuit cut"),
    (11, "power_cut", "车辆电路断开", "Electric circuit cut"),
    (12, "doors_locked", "车门加锁", "Doors locked"),
    (13, "front_door_open", "门 1 开(前门)", "Door 1 (front) open"),
    (14, "middle_door_open", "门 2 开(中门)", "Door 2 (middle) open"),
    (15, "back_door_open", "门 3 开(后门)", "Door 3 (back) open"),
    (16, "driver_door_open", "门 4 开(驾驶席门)", "Door 4 (driver's) open"),
    (17, "custom_door_open", "门 5 开(自定义)", "Door 5 (custom) open"),
    (18, "gps_used", "使用 GPS 卫星定位", "GPS used"),
    (19, "beidou_used", "使用北斗卫星定位", "BeiDou used"),
    (20, "glonass_used", "使用 GLONASS 卫星定位", "GLONASS used"),
    (21, "galileo_used", "使用 Galileo 卫星定位", "Galileo used"),
    (22, "moving", "车辆处于行驶状态", "Vehicle moving", 2019),
    *((bit, f"reserved_{bit}", "保留", "Reserved") for bit in range(23, 32)),
)

POSITIONED, SOUTH, WEST = 1 << 1, 1 << 2, 1 << 3
# Bits 8 and 9 together: 00 empty, 01 half, 10 reserved, 11 full; bit 9 is the high one (table 25).
LOAD_STATES = ("empty", "half", "reserved", "full")


def names(word: int, table: Mapping[int, Bit]) -> list[str]:
    """Return the names of the set bits of a word, lowest first."""
    return [bit.name for at, bit in table.items() if word >> at & 1]


def load_state(status: int) -> str:
    """Return the load state that bits 8 and 9 of the status word say."""
    return LOAD_STATES[status >> 8 & 0b11]
