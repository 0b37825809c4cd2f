"""The after-report of an incident: figures, timeline, tasks, dispatches, warnings, reports, losses, files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from ops_center.domain.alert import Alert, Condition
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.run import PlaybookRun
from ops_center.domain.text import Message, Text
from ops_center.domain.warning import PublicWarning
from ops_center.picture import Picture
from ops_center.reports.figures import Figures, figures_of
from ops_center.reports.ground import GroundOf, incident_map
from ops_center.reports.paper import NONE, Block, Facts, Map, Paper, Section, Table, clock, lasting, same
from ops_center.reports.words import COLOURS, FIGURES, REPORTS, STATES, TASKS, filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything of a picture that belongs to one incident."""

    incident: Incident
    alerts: tuple[Alert, ...]
    runs: tuple[PlaybookRun, ...]
    dispatches: tuple[Dispatch, ...]
    warnings: tuple[PublicWarning, ...]
    resources: tuple[Resource, ...]


def case_of(picture: Picture, identity: str) -> Case | None:
    """Return the case of an incident by id or spoken number, None where the picture has none."""
    found = next((one for one in picture.incidents if identity in (one.id, one.number)), None)
    if found is None:
        return None
    dispatches = tuple(one for one in picture.dispatches if one.incident == found.id)
    used = {one.resource for one in dispatches}
    return Case(
        incident=found,
        alerts=tuple(one for one in picture.alerts if one.id in found.alerts or one.incident == found.id),
        runs=tuple(one for one in picture.runs if one.incident == found.id),
        dispatches=dispatches,
        warnings=tuple(one for one in picture.warnings if one.incident == found.id),
        resources=tuple(one for one in picture.resources if one.id in used),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Whose report it is, and what it needs beside the picture: zone, titles, the map's ground."""

    authority: Text
    zone: ZoneInfo
    kinds: Mapping[str, Text]
    ground: GroundOf
    dispositions: Mapping[str, Text] = field(default_factory=dict)


def incident_report(case: Case, office: Office, *, at_ms: int, language: str) -> Paper:
    """Return the report of a case as it stood at an instant; `language` is that of the map's names."""
    zone, authority = office.zone, office.authority
    one = case.incident
    drawing = incident_map(
        one,
        ground=office.ground,
        warnings=case.warnings,
        dispatches=case.dispatches,
        resources=case.resources,
        language=language,
    )
    caption = Text(
        "十字：事发地；方块：出动单位；着色：预警区域", "Cross: the scene; squares: units sent; shaded: warned areas"
    )
    sections = [
        Section(Text("概况", "Summary"), (_summary(case, office),)),
        Section(Text("指标", "Figures"), (_figures(figures_of(one, case.runs, case.dispatches)),)),
        *([Section(Text("位置", "Map"), (Map(drawing, caption),))] if drawing else []),
        Section(Text("经过", "Timeline"), (_timeline(case, zone),)),
        *_more(case, zone),
    ]
    now = clock(at_ms, zone)
    return Paper(
        title=Text(f"事件报告：{one.title.zh}", f"Incident report: {one.title.en}"),
        subtitle=Text(f"{one.number} · {authority.zh}", f"{one.number} · {authority.en}"),
        status=one.status,
        sections=tuple(sections),
        footer=Text(f"截至 {now.zh}（{zone.key}）", f"As of {now.en} ({zone.key})"),
    )


def _summary(case: Case, office: Office) -> Block:
    zone, kinds = office.zone, office.kinds
    one, place = case.incident, case.incident.place
    where = " ".join(part for part in (place.text, place.road, place.stake, place.adcode) if part)
    point = f"{place.lon_e7 / 1e7:.5f}, {place.lat_e7 / 1e7:.5f}" if place.lon_e7 and place.lat_e7 else ""
    grade = one.grades[-1] if one.grades else None
    graded = same(f"{grade.grade.value} ({grade.mark.by}: {grade.reason})") if grade else NONE
    rows: list[tuple[Text, Text]] = [
        (Text("编号", "Number"), same(one.number)),
        (Text("类别", "Kind"), kinds.get(one.kind, same(one.kind))),
        (Text("地点", "Place"), same(where)),
        (Text("坐标（WGS-84）", "Position (WGS-84)"), same(point)),
        (Text("接报时间", "Called in"), clock(one.opened_ms, zone)),
        (Text("状态", "State"), STATES.get(one.state.value, same(one.state.value))),
        (Text("核实", "Verified"), _by(one.verified.by, clock(one.verified.at_ms, zone)) if one.verified else NONE),
        (Text("事件等级", "Event grade"), graded),
        (Text("结束", "Ended"), _by(one.closed.by, clock(one.closed.at_ms, zone)) if one.closed else NONE),
        (Text("处置结果", "Disposition"), _ended_as(one, office.dispositions)),
    ]
    for response in one.responses:
        ended = clock(response.ended.at_ms, zone).zh if response.ended else "…"
        said = f"{response.jurisdiction} {response.level.value}: {clock(response.started.at_ms, zone).zh} – {ended}"
        rows.append((Text("应急响应", "Response"), same(said)))
    return Facts(tuple(rows))


def _ended_as(one: Incident, known: Mapping[str, Text]) -> Text:
    title = known.get(one.disposition, same(one.disposition))
    return Text(f"{title.zh}：{one.remarks}", f"{title.en}: {one.remarks}") if one.remarks else title


def _by(who: str, when: Text) -> Text:
    return Text(f"{who}，{when.zh}", f"{who}, {when.en}")


def _figures(given: Figures) -> Block:
    rows = (
        ("verify", lasting(given.verify_ms)),
        ("dispatch", lasting(given.dispatch_ms)),
        ("on_scene", lasting(given.on_scene_ms)),
        ("reports", filled(REPORTS, given)),
        ("tasks", filled(TASKS, given)),
    )
    return Table(
        heads=(Text("指标", "Figure"), Text("数值", "Value"), Text("定义", "Definition")),
        rows=tuple((FIGURES[name][0], value, FIGURES[name][1]) for name, value in rows),
        widths=(0.22, 0.38, 0.40),
    )


def _timeline(case: Case, zone: ZoneInfo) -> Block:
    rows = sorted(_happened(case), key=lambda row: (row[0], row[1], row[2].zh))
    return Table(
        heads=(Text("时间", "Time"), Text("人员 / 席位", "Who / post"), Text("内容", "What")),
        rows=tuple((clock(at_ms, zone), same(who), what) for at_ms, who, what in rows),
        widths=(0.21, 0.20, 0.59),
    )


def _happened(case: Case) -> Iterator[tuple[int, str, Text]]:
    for line in case.incident.log:
        who = line.by if line.post in ("", line.by) else f"{line.by} / {line.post}"
        yield line.at_ms, who, _rendered(Message(template=line.text, params=line.params))
    for alert in case.alerts:
        said, title = _rendered(alert.message), alert.title
        for one in alert.occurrences:
            yield one.started_ms, "system", Text(f"告警：{title.zh}。{said.zh}", f"Alarm: {title.en}. {said.en}")
            if one.acknowledged is not None:
                seen = one.acknowledged
                what = Text(f"签收告警：{title.zh}", f"Acknowledged: {title.en}")
                yield seen.at_ms, f"{seen.by} / {seen.post}", what
            if one.condition is Condition.RESOLVED and one.resolved_ms is not None:
                yield one.resolved_ms, "system", Text(f"告警恢复：{title.zh}", f"Alarm cleared: {title.en}")


def _rendered(message: Message) -> Text:
    return Text(message.render("zh"), message.render("en"))


def _more(case: Case, zone: ZoneInfo) -> Iterator[Section]:
    one = case.incident
    started = [run for run in case.runs if run.tasks]
    if started:
        yield Section(Text("预案任务", "Playbook tasks"), tuple(_run(run, zone) for run in started))
    if case.dispatches:
        yield Section(Text("力量派遣", "Dispatches"), (_dispatches(case, zone),))
    if case.warnings:
        yield Section(Text("预警发布", "Warnings"), tuple(_warning(warning, zone) for warning in case.warnings))
    if one.reports:
        rows = tuple(
            (
                _numbered(report.kind.value, report.number),
                clock(report.due_ms, zone),
                _by(report.sent.by, clock(report.sent.at_ms, zone)) if report.sent else NONE,
                same(report.reported_to),
            )
            for report in one.reports
        )
        heads = (Text("报告", "Report"), Text("时限", "Due"), Text("报送", "Sent"), Text("报至", "To"))
        yield Section(Text("信息报送", "Reports"), (Table(heads, rows, (0.2, 0.25, 0.3, 0.25)),))
    if one.claims:
        rows = tuple((clock(c.at_ms, zone), same(c.what), same(str(c.value)), same(c.source)) for c in one.claims)
        heads = (Text("时间", "Time"), Text("项目", "What"), Text("数量", "Value"), Text("来源", "Source"))
        yield Section(Text("伤亡和损失", "Casualties and losses"), (Table(heads, rows, (0.25, 0.25, 0.2, 0.3)),))
    if one.attachments:
        rows = tuple((same(a.name), same(a.media_type), same(f"{a.size:,}"), same(a.sha256)) for a in one.attachments)
        heads = (Text("文件", "File"), Text("类型", "Type"), Text("字节", "Octets"), Text("SHA-256", "SHA-256"))
        yield Section(Text("附件", "Attachments"), (Table(heads, rows, (0.25, 0.17, 0.13, 0.45)),))


def _numbered(kind: str, number: int) -> Text:
    named = STATES.get(kind, same(kind))
    return Text(f"{named.zh} {number}", f"{named.en} {number}")


def _run(run: PlaybookRun, zone: ZoneInfo) -> Block:
    rows = tuple(
        (
            task.title,
            STATES.get(task.state.value, same(task.state.value)),
            _by(task.finished.by, clock(task.finished.at_ms, zone)) if task.finished else NONE,
            Text("超时", "Late") if task.late else same(task.reason),
        )
        for task in run.tasks
    )
    heads = (
        Text(f"{run.title.zh}（版本 {run.version}）", f"{run.title.en} (version {run.version})"),
        Text("状态", "State"),
        Text("完成", "Finished"),
        Text("备注", "Note"),
    )
    return Table(heads, rows, (0.40, 0.12, 0.30, 0.18))


def _dispatches(case: Case, zone: ZoneInfo) -> Block:
    names = {one.id: one.name for one in case.resources}
    rows = []
    for one in case.dispatches:
        steps = [f"{STATES[at.value].zh} {clock(mark.at_ms, zone).zh[11:]}" for at, mark in one.marks]
        steps_en = [f"{STATES[at.value].en} {clock(mark.at_ms, zone).en[11:]}" for at, mark in one.marks]
        told = Text("，".join(steps), ", ".join(steps_en))
        rows.append((names.get(one.resource, same(one.resource)), same(one.capability), told))
    heads = (Text("单位", "Unit"), Text("能力", "Capability"), Text("过程", "Steps"))
    return Table(heads, tuple(rows), (0.3, 0.2, 0.5))


def _warning(warning: PublicWarning, zone: ZoneInfo) -> Block:
    rows = []
    for one in warning.revisions:
        approved = ", ".join(mark.by for mark in one.approvals)
        rows.append(
            (
                Text(f"{one.number} {COLOURS[one.colour.value].zh}", f"{one.number} {COLOURS[one.colour.value].en}"),
                Text(f"{one.headline.zh}\n{one.description.zh}", f"{one.headline.en}\n{one.description.en}"),
                STATES.get(one.state.value, same(one.state.value)),
                clock(one.published.at_ms, zone) if one.published else NONE,
                same(approved),
            )
        )
    heads = (
        Text("版本", "Revision"),
        Text("内容", "Text"),
        Text("状态", "State"),
        Text("发布时间", "Published"),
        Text("审批", "Approved by"),
    )
    return Table(heads, tuple(rows), (0.12, 0.42, 0.11, 0.19, 0.16))
