"""A second playbook run of the fake leak with every kind of step, and what the desk knows of the leak by then."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.domain.alert import Mark
from ops_center.domain.incident import Attachment, Claim, Graded, Report, ReportKind, Response
from ops_center.domain.run import PlaybookRun, Task, TaskState
from ops_center.domain.scales import EventGrade, ResponseLevel, Status
from ops_center.domain.text import Json, Message, Text

MINUTE_MS = 60_000
SCHOOLS = 8


def steps_at(at_ms: int, opened: int) -> PlaybookRun:
    """Return the run: approval, units, warning, a failed telling, a skipped step, eight schools, a called playbook."""
    by = Mark(by="李敏", post="指挥席", at_ms=opened + 2 * MINUTE_MS)
    told = Message(
        template=Text("{place}危货泄漏，请关闭门窗", "Leak at {place}: close your windows"),
        params={"place": "G2 K412+300"},
    )
    made: list[Mapping[str, object]] = [
        {"step": "agree", "kind": "approve", "title": Text("批准疏散下风向", "Approve the evacuation downwind"), "owner": "commander", "approvals": (by,), "wanted": {"approver": "commander", "approvals": 2}},
        {"step": "units", "kind": "dispatch", "title": Text("调派危化品救援队两支", "Send two hazmat teams"), "owner": "duty_officer", "dispatches": ("dispatch-1",), "asked": 2, "short": 1},
        {"step": "warn", "kind": "warn", "title": Text("发布泄漏预警", "Warn of the release"), "owner": "commander", "warning": "warning-1"},
        {"step": "hospital", "kind": "notify", "title": Text("通知接收医院", "Tell the hospital"), "owner": "duty_officer", "message": told, "deliveries": (("ambulance", "failed"), ("hazmat_team", "delivered"))},
        {"step": "close", "kind": "act", "title": Text("封闭 G2 北行", "Close G2 northbound"), "owner": "traffic_police", "state": TaskState.DONE, "finished": by, "late": ("done",)},
        {"step": "call_owner", "kind": "task", "title": Text("联系货主", "Call the shipper"), "owner": "duty_officer", "state": TaskState.SKIPPED, "finished": by, "reason": "货主即承运人，已联系"},
        {"step": "sub", "kind": "call", "title": Text("启动医疗救援子预案", "Medical sub-playbook"), "owner": "duty_officer", "child": "run-2"},
        *({"step": "school", "kind": "task", "title": Text("通知学校关窗", "Tell the school"), "owner": "duty_officer", "bound": {"school": {"key": f"s{n}", "name": {"zh": f"示范小学{n}", "en": f"School {n}"}}},
           "state": TaskState.DONE if n < 3 else TaskState.READY, "finished": by if n < 3 else None} for n in range(SCHOOLS)),
    ]  # fmt: skip
    tasks = tuple(
        Task(**{"id": f"step-{n}", "run": "run-3", "incident": "incident-1", "status": Status.EXERCISE, "state": TaskState.READY, "ready_ms": opened, "done_due_ms": opened + 90 * MINUTE_MS, **one})  # type: ignore[arg-type]
        for n, one in enumerate(made)
    )  # fmt: skip
    return PlaybookRun(
        id="run-3", playbook="downwind", version="2", incident="incident-1", title=Text("下风向防护", "Protection downwind"),
        status=Status.EXERCISE, started_ms=opened + MINUTE_MS, started_by="command-3", tasks=tasks,
    )  # fmt: skip


def known_of_leak(opened: int) -> Mapping[str, Json]:
    """Return claims, reports, grade, response and papers of the fake leak."""
    by = Mark(by="李敏", post="指挥席", at_ms=opened + 2 * MINUTE_MS)
    basis = Text("国务院令第493号第十一条", "State Council Order 493, art. 11")
    return {
        "claims": (
            Claim(what="deaths", value=1, at_ms=opened + MINUTE_MS, source="路人"),
            Claim(what="trapped", value=2, at_ms=opened + 2 * MINUTE_MS, source="交警"),
            Claim(what="deaths", value=3, at_ms=opened + 4 * MINUTE_MS, source="消防现场指挥"),
        ),
        "reports": (
            Report(kind=ReportKind.FIRST, number=1, due_ms=opened + 120 * MINUTE_MS, basis=basis, sent=by, text="G2 发生危货罐车泄漏，正在处置。", reported_to="省应急厅值班室", receipt="SD-0811-07"),
            Report(kind=ReportKind.FOLLOW_UP, number=1, due_ms=opened + 14 * MINUTE_MS, basis=basis),
        ),
        "grades": (Graded(grade=EventGrade.IV, reason="死亡1人", mark=by),),
        "responses": (Response(jurisdiction="370102", level=ResponseLevel.IV, started=by),),
        "command_level": "county",
        "attachments": (Attachment(sha256="3f" * 32, name="现场照片.jpg", media_type="image/jpeg", size=482_113, mark=by),),
    }  # fmt: skip
