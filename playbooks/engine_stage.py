"""Stage: what stands in for the desk where a playbook's own tests are played.

Units, warnings, called runs and the features of layers are as the test states them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.errors import CommandRefused
from ops_center.domain.run import PlaybookRun, Task
from ops_center.domain.text import Json
from playbooks.kinds import Intent

ENOUGH = 1_000  # units of a capability where a test does not say how many there are


@dataclass(slots=True, kw_only=True)
class Stage:
    """The world of one test."""

    places: Mapping[str, list[Mapping[str, Json]]] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    dispatches: dict[str, dict[str, Json]] = field(default_factory=dict)
    warnings: dict[str, dict[str, Json]] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)

    def context(self) -> dict[str, Json]:
        """Return what a run may know of its doings."""
        return {"dispatches": self.dispatches, "warnings": self.warnings, "runs": self.runs}

    def carry(self, intent: Intent) -> Mapping[str, Json] | None:
        """Do what an intent asks; return what the run is told of it, None where it is told nothing."""
        args = intent.args
        match intent.kind:
            case "find":
                items = self.places.get(args["layer"], [])
                return {"items": items[: args["most"]], "found": len(items)}
            case "dispatch":
                return self._send(args)
            case "warn":
                name = f"warning-{len(self.warnings) + 1}"
                self.warnings[name] = {"state": "draft", "published": False, "reason": ""}
                return {"warning": name}
            case "announce":
                return {"zone": f"{args['layer']}/{intent.task}"}
            case "call":
                name = f"run-{len(self.runs) + 1}"
                self.runs[name] = "running"
                return {"child": name}
            case _:
                return None

    def _send(self, args: Mapping[str, Json]) -> Mapping[str, Json]:
        left = self.units.setdefault(args["capability"], ENOUGH * args["amount"])
        had = min(left, args["amount"])
        self.units[args["capability"]] = left - had
        names: list[str] = []
        for amount in [1] * had if args["counted"] else [had] if had else []:
            name = f"dispatch-{len(self.dispatches) + 1}"
            held = {"state": "requested", "resource": f"unit-{len(self.dispatches) + 1}"}
            self.dispatches[name] = held if args["counted"] else {**held, "quantity": amount}
            names.append(name)
        return {"dispatches": names, "short": args["amount"] - had}

    def tell(self, line: Mapping[str, Json], run: PlaybookRun) -> bool:
        """Take in a line of a test that is about the world; False where it is about something else."""
        if "unit" in line:
            sent = _task(run, line["unit"]).dispatches
            for one in sent if "n" not in line else sent[line["n"] - 1 : line["n"]]:
                if self.dispatches[one]["state"] not in ("declined", "cancelled", "released"):
                    self.dispatches[one]["state"] = line["state"]
        elif "warning" in line:
            warning = self.warnings[_task(run, line["warning"]).warning]
            warning.update(state=line["status"], reason=line.get("reason", ""))
            warning["published"] = warning["published"] or line["status"] == "published"
        elif "child" in line:
            self.runs[_task(run, line["child"]).child] = line["status"]
        else:
            return False
        return True


def _task(run: PlaybookRun, step: str) -> Task:
    for task in run.tasks:
        if task.step == step:
            return task
    raise CommandRefused(f"no task {step!r} yet", target=step)
