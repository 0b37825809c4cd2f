"""The shift log as a report: who was on duty, what is owed, what happened, what was remarked."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ops_center.desk.handover import HandOver
from ops_center.domain.shift import ShiftState
from ops_center.domain.text import Text
from ops_center.reports.paper import NONE, Facts, Paper, Section, Table, clock, lasting, same

KINDS = {
    "alarm": Text("告警", "Alarm"),
    "shelf": Text("搁置到期", "Shelf ends"),
    "aside": Text("已抑制或停用", "Suppressed, out of service"),
    "incident": Text("事件", "Incident"),
    "task": Text("任务", "Task"),
    "report": Text("报告", "Report"),
    "dispatch": Text("派遣", "Dispatch"),
    "warning": Text("预警", "Warning"),
    "remark": Text("备注", "Remark"),
}
COUNTS = {
    "alarms": Text("告警", "Alarms"),
    "acknowledged": Text("签收", "Acknowledged"),
    "incidents_opened": Text("新建事件", "Incidents opened"),
    "incidents_closed": Text("结案", "Incidents closed"),
    "tasks_done": Text("完成任务", "Tasks done"),
    "dispatches": Text("派遣", "Dispatches"),
    "warnings_published": Text("发布预警", "Warnings published"),
}
STATES = {
    ShiftState.ON_DUTY: Text("在岗", "On duty"),
    ShiftState.HANDED_OVER: Text("已交班", "Handed over"),
    ShiftState.SIGNED_OFF: Text("已签退", "Signed off"),
}


def shift_report(view: HandOver, *, at_ms: int, zone: ZoneInfo, authority: Text, post: Text) -> Paper:
    """Return the log of a shift with what it hands over."""
    shift = view.shift
    facts = Facts(
        (
            (Text("席位", "Post"), post),
            (Text("值班员", "On duty"), same(shift.person)),
            (Text("状态", "State"), STATES[shift.state]),
            (Text("接班", "Began"), clock(shift.began.at_ms, zone)),
            (Text("交班", "Ended"), clock(shift.ended.at_ms, zone) if shift.ended else NONE),
            (Text("时长", "Length"), lasting(view.until_ms - shift.began.at_ms)),
            (Text("备注", "Remarks"), same(shift.remarks)),
            *((COUNTS[name], same(str(view.counts[name]))) for name in COUNTS if name in view.counts),
        )
    )
    owed = Table(
        heads=(Text("类别", "Kind"), Text("事项", "What"), Text("自", "Since"), Text("时限", "Due")),
        rows=tuple(
            (
                KINDS[one.kind],
                one.title,
                clock(one.since_ms, zone),
                Text(f"{clock(one.due_ms, zone).zh} 超时", f"{clock(one.due_ms, zone).en} late")
                if one.late
                else clock(one.due_ms, zone),
            )
            for one in view.owed
        ),
        widths=(0.12, 0.42, 0.22, 0.24),
    )
    log = Table(
        heads=(Text("时间", "Time"), Text("类别", "Kind"), Text("人员", "By"), Text("内容", "What")),
        rows=tuple(
            (
                clock(one.at_ms, zone),
                KINDS[one.kind],
                same(one.by),
                Text(
                    f"{one.title.zh}：{one.message.render('zh')}" if one.kind != "remark" else one.message.render("zh"),
                    f"{one.title.en}: {one.message.render('en')}" if one.kind != "remark" else one.message.render("en"),
                ),
            )
            for one in view.changed
        ),
        widths=(0.21, 0.10, 0.14, 0.55),
    )
    now = clock(at_ms, zone)
    return Paper(
        title=Text("值班日志", "Shift log"),
        subtitle=Text(f"{post.zh} · {shift.person} · {authority.zh}", f"{post.en} · {shift.person} · {authority.en}"),
        status=shift.status,
        sections=(
            Section(Text("班次", "Shift"), (facts,)),
            Section(Text("待交接事项", "Owed"), (owed,)),
            Section(Text("日志", "Log"), (log,)),
        ),
        footer=Text(f"截至 {now.zh}（{zone.key}）", f"As of {now.en} ({zone.key})"),
    )
