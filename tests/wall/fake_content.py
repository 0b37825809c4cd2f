"""Content of the fake wall: two forms, two kinds, two playbooks, two warning templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ops_center.domain.text import Json, Text


@dataclass(slots=True)
class FakeContent:
    """Two forms, two kinds, two playbooks."""

    def problems(self) -> Sequence[str]:
        return ()

    def capabilities(self) -> Mapping[str, Text]:
        """Return the capabilities."""
        return {
            "fire": Text("消防", "Fire brigade"),
            "hazmat_team": Text("危化品救援", "Hazmat team"),
            "fire_engine": Text("消防车", "Fire engine"),
            "foam": Text("泡沫液", "Foam"),
        }

    def posts(self) -> Mapping[str, Text]:
        """Return the posts."""
        return {
            "duty-1": Text("值班一席", "Duty 1"),
            "duty-2": Text("值班二席", "Duty 2"),
            "指挥席": Text("指挥席", "Command"),
        }

    def dispositions(self) -> Mapping[str, Mapping[str, Json]]:
        """Return two."""
        return {
            "handled": {"title": {"zh": "处置完毕", "en": "Dealt with"}, "of": ["alarm", "incident"], "remarks": False},
            "other": {"title": {"zh": "其他", "en": "Other"}, "of": ["alarm", "incident"], "remarks": True},
        }

    def warning_templates(self) -> Mapping[str, Mapping[str, Json]]:
        """Return two templates."""
        return {
            "hazmat_leak": {"title": {"zh": "危险化学品泄漏", "en": "Hazardous release"}, "colours": ["yellow", "orange", "red"], "incident_kinds": ["hazmat_leak"], "buffer_m": 3000.0},
            "typhoon": {"title": {"zh": "台风", "en": "Typhoon"}, "colours": ["blue", "yellow", "orange", "red"], "incident_kinds": ["typhoon"], "buffer_m": 0.0},
        }  # fmt: skip

    def forms(self) -> Mapping[str, Mapping[str, Json]]:
        """Return the forms."""
        return {
            "hazmat_intake": {"title": {"zh": "危货罐车事故核实", "en": "Hazmat tanker intake"}, "fields": [
                {"name": "leaking", "kind": "boolean", "required": True, "label": {"zh": "是否泄漏", "en": "Leaking"}},
                {"name": "un_number", "kind": "text", "pattern": "[0-9]{4}", "label": {"zh": "UN 编号", "en": "UN number"}},
                {"name": "casualties", "kind": "integer", "minimum": 0, "label": {"zh": "伤亡人数", "en": "Casualties"}},
                {"name": "wind_from", "kind": "choice", "choices": [["n", {"zh": "北", "en": "North"}], ["s", {"zh": "南", "en": "South"}]], "label": {"zh": "风向", "en": "Wind from"}},
            ]},
            "first_report": {"title": {"zh": "首报", "en": "First report"}, "fields": [
                {"name": "summary", "kind": "text", "required": True, "most": 500, "label": {"zh": "事件概况", "en": "Summary"}},
                {"name": "deaths", "kind": "integer", "required": True, "label": {"zh": "死亡人数", "en": "Deaths"}},
                {"name": "injured", "kind": "integer", "required": True, "label": {"zh": "受伤人数", "en": "Injured"}},
            ]},
        }  # fmt: skip

    def incident_kinds(self) -> Mapping[str, Text]:
        """Return the kinds."""
        return {"hazmat_leak": Text("危货泄漏", "Hazmat leak"), "typhoon": Text("台风", "Typhoon")}

    def playbooks(self) -> Mapping[str, Text]:
        """Return the playbooks."""
        return {
            "hazmat-tanker-leak": Text("危货罐车泄漏处置", "Hazmat tanker leak response"),
            "typhoon-warning": Text("台风预警响应", "Typhoon warning response"),
        }
