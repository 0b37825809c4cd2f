"""Every third-party frame of JT/T 808: sound ones read as others read them, broken ones refused."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from streams.decoders.jt808 import Jt808
from streams.decoders.jt808.bits import ALARM_BITS, STATUS_BITS
from streams.decoders.jt808.contents import contents_of
from streams.decoders.jt808.items import split
from streams.decoders.jt808.location import BASIC_SIZE
from streams.decoders.jt808.subpackages import read_message
from tests.conformance.jt808_names import beijing, flattened, found, millionth, rule_for, tenth
from tests.paths import vectors

# SOURCES.md: the body of xt-003 does not belong to its hex; the message id of xt-052 is mislabelled.
WRONG_AT_SOURCE = {"xt-003": None, "xt-052": {"msg_id"}}
# Two readings of ours that are not the source's: (id, name) -> why.
OTHERWISE = {
    ("xt-005", "serverSideDateTime"): "their sample's time is not the bytes' 241003155106",
}
DECODER = Jt808()

# Names of go-jt808 for the bits of the two words.
GO_ALARMS = {
    "emergencyAlarm": 0,
    "overSpeed": 1,
    "fatigueDriving": 2,
    "dangerousAlarm": 3,
    "GNSSModuleFault": 4,
    "GNSSAntennaFault": 5,
    "GNSSAntennaShortCircuit": 6,
    "TTSModuleFault": 10,
    "cameraFault": 11,
    "drivingTimeout": 18,
}
GO_STATUS = {
    "acc": 0,
    "location": 1,
    "south": 2,
    "east": 3,
    "suspended": 4,
    "emergencyBrake": 6,
    "laneOffset": 7,
    "electricity": 11,
    "vehicleDoor": 12,
    "frontDoor": 13,
    "useGPS": 18,
    "useBD": 19,
    "useGLONASS": 20,
}


@cache
def frames() -> list[dict[str, Any]]:
    lines = (vectors() / "jt808" / "jt808_frames.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def described(record: dict[str, Any]) -> dict[str, Any]:
    """Return our description; `seen` holds all observations, refused ones too, in order of the frame."""
    said = DECODER.describe(bytes.fromhex(record["hex"]))
    said["seen"] = list(said.get("observations", ()))
    for item in said.get("refused", ()):
        if "observation" in item:
            said["seen"].insert(item["number"], item["observation"])
    said["trimmed"] = {
        key: value.lstrip("0") for key, value in (said.get("body") or {}).items() if isinstance(value, str)
    }
    return said


def equal(theirs: Any, ours: Any) -> bool:
    if isinstance(theirs, str) and isinstance(ours, str):
        return theirs.lower() == ours.lower()
    if isinstance(theirs, float) and isinstance(ours, float | int):
        return abs(theirs - abs(ours)) < 1e-9
    return bool(theirs == ours)


def test_a_frame_is_accepted_exactly_when_it_is_sound_on_the_wire() -> None:
    wrong = [r["id"] for r in frames() if DECODER.describe(bytes.fromhex(r["hex"]))["ok"] is not r["wire_valid"]]
    assert wrong == []


def test_a_broken_frame_is_refused_with_every_fault_it_has() -> None:
    for record in frames():
        if not record["wire_valid"]:
            said = DECODER.describe(bytes.fromhex(record["hex"]))
            assert [fault for fault in record["faults"] if fault not in said["error"]] == [], record["id"]
            assert said["field"], record["id"]


@pytest.mark.parametrize("part", ["expected", "expected_native"])
def test_every_third_party_field_that_we_name_is_equal(part: str) -> None:
    compared, differing = 0, []
    for record in frames():
        if not record["wire_valid"] or not isinstance(record[part], dict):
            continue
        said, msg_id = described(record), record["hex"][2:6]
        skipped = WRONG_AT_SOURCE.get(record["id"], set())
        for name, theirs in flattened(record[part]):
            rule = rule_for(name, msg_id)
            if rule is None or skipped is None or name in skipped or (record["id"], name) in OTHERWISE:
                continue
            place, turn = rule
            ours = found(said, place)
            if place == "header.phone":
                ours = ours.lstrip("0")
            compared += 1
            if not equal(turn(theirs), ours):
                differing.append((record["id"], name, theirs, ours))
    assert differing == []
    assert compared > 0


def test_the_common_fields_all_have_a_rule() -> None:
    for record in frames():
        for name in record["expected"]:
            assert rule_for(name, record["hex"][2:6] if record["wire_valid"] else "0200"), (record["id"], name)


def test_our_header_is_the_one_the_vectors_were_checked_with() -> None:
    for record in frames():
        if record["wire_valid"]:
            header = DECODER.describe(bytes.fromhex(record["hex"]))["header"]
            checked = record["our_check"]
            assert header["msg_id"].lower() == checked["msg_id"].lower(), record["id"]
            assert header["version"] == checked["version"], record["id"]
            assert header.get("encryption", 0) == checked["encrypt"], record["id"]
            package = header.get("package")
            assert (package and [package["number"], package["total"]]) == checked["subpackage"], record["id"]


def test_an_independent_go_program_reads_the_same_header() -> None:
    for record in frames():
        theirs = record["decode_by_go_jt808"]
        if record["wire_valid"] and "msg_id" in theirs:
            frame = read_message(bytes.fromhex(record["hex"]))
            assert f"0x{frame.header.msg_id:04x}" == theirs["msg_id"].lower(), record["id"]
            assert frame.header.phone.lstrip("0") == theirs["phone"].lstrip("0"), record["id"]
            assert frame.header.serial == theirs["serial"], record["id"]
            assert len(frame.body) == theirs["body_len"], record["id"]
            assert (frame.header.version == "2019") == (theirs["protocol_version"] == "2019"), record["id"]


def _compare_location(record: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any], report: bytes) -> None:
    where = record["id"]
    assert ours["alarm_bits"] == theirs["alarm"], where
    assert ours["status_bits"] == theirs["status"], where
    assert abs(ours["lat"]) == millionth(theirs["lat_raw"]), where
    assert abs(ours["lon"]) == millionth(theirs["lon_raw"]), where
    assert ours["altitude_m"] == theirs["altitude_m"], where
    assert ours["speed_kph"] == tenth(theirs["speed_01kmh"]), where
    assert ours["heading_deg"] == theirs["direction"] % 360, where
    assert ours["event_time"] == beijing(theirs["time"]), where
    for names, bits, table in (
        (theirs["alarm_bits_set"], "alarms", {n: ALARM_BITS[b].name for n, b in GO_ALARMS.items()}),
        (theirs["status_bits_set"], "status", {n: STATUS_BITS[b].name for n, b in GO_STATUS.items()}),
    ):
        assert {table[name] for name in names if name in table} <= set(ours[bits]), where
    items, _ = split(report[BASIC_SIZE:])
    whole = [item for item in theirs["items"] if len(item["data_hex"]) == 2 * item["len"]]
    raw = {f"0x{number:02x}": value.hex() for number, value in items}
    # Ids that come twice (vendors' own layouts) are one key in Go's list and the last one here.
    assert {item["id"]: item["data_hex"] for item in whole}.keys() == raw.keys(), where
    assert [item["id"] for item in whole if raw[item["id"]] != item["data_hex"]] == [], where
    for item in whole:
        for name, value in item.items():
            place = GO_ITEMS.get((item["id"], name))
            if place is not None:
                assert ours[place[0]] == value / place[1], (where, item)


GO_ITEMS = {
    ("0x01", "mile"): ("mileage_km", 10),
    ("0x02", "oil"): ("fuel_l", 10),
    ("0x03", "speed"): ("recorder_speed_kph", 10),
    ("0x04", "manualAlarm"): ("manual_alarm_event", 1),
    ("0x06", "carTemperature"): ("carriage_temperature_c", 1),
    ("0x30", "WIFISignalStrength"): ("signal_strength", 1),
    ("0x31", "GNSSPositionNum"): ("satellites", 1),
}


def test_an_independent_go_program_reads_the_same_locations() -> None:
    compared = 0
    for record in frames():
        theirs = record["decode_by_go_jt808"]
        batch = theirs.get("batch")
        expected = [theirs["location"]] if "location" in theirs else batch["items"] if batch else []
        if not expected:
            continue
        reports = contents_of(read_message(bytes.fromhex(record["hex"]))).locations
        seen = described(record)["seen"]
        assert len(reports) == len(expected), record["id"]
        for report, want, ours in zip(reports, expected, seen, strict=True):
            _compare_location(record, want, ours, report)
            compared += 1
    assert compared > 0


def test_impossible_positions_are_refused_and_their_frames_are_not() -> None:
    for record in frames():
        if not record["wire_valid"]:
            continue
        said = DECODER.describe(bytes.fromhex(record["hex"]))
        for observation in said["observations"]:
            assert abs(observation["lat"]) <= 90, record["id"]
            assert abs(observation["lon"]) <= 180, record["id"]
        for refusal in said["refused"]:
            assert refusal["field"], record["id"]
            assert refusal["reason"], record["id"]
