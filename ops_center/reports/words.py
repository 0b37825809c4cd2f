"""The words of reports: states, colours, figures and their definitions."""

from __future__ import annotations

from dataclasses import fields

from ops_center.domain.text import Text
from ops_center.reports.figures import Figures

STATES = {
    "open": Text("处置中", "Open"),
    "verified": Text("已核实", "Verified"),
    "closed": Text("已结案", "Closed"),
    "dismissed": Text("误报", "Dismissed"),
    "merged": Text("已并案", "Merged"),
    "waiting": Text("未开始", "Waiting"),
    "ready": Text("待办", "Ready"),
    "acknowledged": Text("已签收", "Acknowledged"),
    "done": Text("完成", "Done"),
    "skipped": Text("跳过", "Skipped"),
    "cancelled": Text("取消", "Cancelled"),
    "requested": Text("已请求", "Requested"),
    "accepted": Text("已接受", "Accepted"),
    "en_route": Text("途中", "En route"),
    "on_scene": Text("到场", "On scene"),
    "released": Text("归队", "Released"),
    "declined": Text("谢绝", "Declined"),
    "draft": Text("草稿", "Draft"),
    "approved": Text("已审批", "Approved"),
    "published": Text("已发布", "Published"),
    "superseded": Text("已更新", "Superseded"),
    "expired": Text("已到期", "Expired"),
    "discarded": Text("作废", "Discarded"),
    "first": Text("首报", "First report"),
    "follow_up": Text("续报", "Follow-up"),
    "final": Text("终报", "Final report"),
}
COLOURS = {
    "blue": Text("蓝色", "Blue"),
    "yellow": Text("黄色", "Yellow"),
    "orange": Text("橙色", "Orange"),
    "red": Text("红色", "Red"),
}
FIGURES = {
    "verify": (Text("接报至核实", "Call to verified"), Text("建立事件到核实", "From opening to verification")),
    "dispatch": (
        Text("接报至派遣", "Call to dispatch"),
        Text("建立事件到首个出动请求", "From opening to the first request for a unit"),
    ),
    "on_scene": (
        Text("接报至到场", "Call to on scene"),
        Text("建立事件到首个单位到场", "From opening to the first unit on scene"),
    ),
    "reports": (Text("信息报送", "Reports"), Text("以法定时限计", "By their legal clocks")),
    "tasks": (Text("任务", "Tasks"), Text("已开始的任务；超时不等于失败", "Tasks that began; late is not failed")),
}
REPORTS = Text(
    "按时 {reports_on_time}，迟报 {reports_late}，未报 {reports_owed}",
    "{reports_on_time} on time, {reports_late} late, {reports_owed} owed",
)
TASKS = Text(
    "{tasks} 项：完成 {tasks_done}，跳过 {tasks_skipped}，超时 {tasks_late}",
    "{tasks}: {tasks_done} done, {tasks_skipped} skipped, {tasks_late} late",
)


def filled(text: Text, given: Figures) -> Text:
    """Return a text with the figures in their places."""
    values = {one.name: getattr(given, one.name) for one in fields(given)}
    return Text(text.zh.format(**values), text.en.format(**values))
