"""Event types of Chinese warnings: those seen in real messages, each table with its source."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ops_center.domain.errors import BadInput
from streams.decoders.cn_warning_codes.levels import NMC_SUFFIX

# GB/T 35561 event class codes evidenced by published messages; an unknown code is kept as it came.
GBT35561 = {
    "11B03": "暴雨",
    "11B06": "大风",
    "11B09": "高温",
    "11B14": "雷电",
    "11B15": "冰雹",
    "11B17": "大雾",
    "11B21": "道路结冰",
}
# The four digits of an NMC picture p<type4><level3>, as 300 alerts of one day showed them.
NMC_TYPE = {
    "0000": "海上雷雨大风",
    "0002": "暴雨",
    "0003": "高温",
    "0004": "寒潮",
    "0005": "大雾",
    "0007": "大风",
    "0009": "冰雹",
    "0011": "道路结冰",
    "0012": "雷电",
    "0013": "霜冻",
    "0015": "雷雨大风",
    "0021": "地质灾害",
    "0024": "山洪灾害",
    "0042": "雷暴大风",
}
CODE_OF = {name: code for code, name in GBT35561.items()}
EN = {
    "暴雨": "Rainstorm",
    "大风": "Gale",
    "高温": "Heat wave",
    "雷电": "Lightning",
    "冰雹": "Hail",
    "大雾": "Heavy fog",
    "道路结冰": "Road icing",
    "寒潮": "Cold wave",
    "霜冻": "Frost",
    "台风": "Typhoon",
    "雷雨大风": "Thunderstorm gale",
    "雷暴大风": "Thunderstorm gale",
    "海上雷雨大风": "Thunderstorm gale at sea",
    "地质灾害": "Geological disaster",
    "山洪灾害": "Flash flood",
}
_PICTURE = re.compile(r"p([0-9]{4})([0-9]{3})")


@dataclass(frozen=True, slots=True)
class Picture:
    """What an NMC picture name says."""

    type4: str
    level3: str
    event_zh: str
    colour: str


def picture(text: str) -> Picture:
    """Return the parts of ``p0007004`` or of an address that ends in it; BadInput where there is none."""
    name = text.rsplit("/", 1)[-1].split(".", 1)[0]
    match = _PICTURE.fullmatch(name)
    if match is None or match[2] not in NMC_SUFFIX:
        raise BadInput(f"{name!r} is no picture code p<type4><level3>", field="pic")
    return Picture(match[1], match[2], NMC_TYPE.get(match[1], ""), NMC_SUFFIX[match[2]])
