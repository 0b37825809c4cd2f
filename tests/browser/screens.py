"""Every screen of the duty desk by name: how one gets there on the fake station, by keys where there are keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.browser.windows import Window, until

Step = Callable[[Window], None]


def keys(*strokes: str) -> Step:
    """Return a step that presses keys."""
    return lambda window: window.press(*strokes)


def _incident(part: str, *strokes: str) -> Step:
    def go(window: Window) -> None:
        window.run("opsWall.open('incident', 'incident-1', { stay: true })")
        until(lambda: window.sees(".incident-head"), "the incident")
        window.run(f"opsWall.openTo('{part}')")
        until(lambda: window.run("opsWall.ui.part") == part, "the part")
        window.press(*strokes)

    return go


def _alarm(*strokes: str) -> Step:
    def go(window: Window) -> None:
        window.run("opsWall.setUi({ selected: 'alert-0004' })")
        window.press("Enter")
        until(lambda: window.sees('.drawer[data-kind="alert"]'), "the alarm")
        window.press(*strokes)

    return go


def _shelf(name: str) -> Step:
    return lambda window: window.run(f"opsWall.setUi({{ tab: 'alarms', shelf: '{name}' }})")


def _tab(name: str) -> Step:
    return lambda window: window.run(f"opsWall.setUi({{ tab: '{name}' }})")


def _intake(window: Window) -> None:
    window.press("n")
    until(lambda: window.focused() == "kind", "the intake form")
    window.press("1", "Tab")
    window.type("36")
    window.press("Backspace", "Backspace")
    window.type("117.45, 36.62")
    window.press("Tab")
    window.type("路人 10000000001")
    window.press("Tab", "Tab")
    window.type("2")
    until(lambda: window.sees(".alike"), "what may be the same")


def _command(text: str) -> Step:
    def go(window: Window) -> None:
        window.press("/")
        until(lambda: window.sees(".command input"), "the command line")
        window.type(text)

    return go


def _refused(window: Window) -> None:
    _alarm()(window)
    window.run(
        "opsWall.refusals.set('alert-0004', { kind: 'alert.claim', reason: 'already claimed by 李敏', by: '李敏', "
        "changed_ms: opsWall.now() - 4000, at: performance.now() })"
    )
    window.run("opsWall.changed('pending')")


def _replay(window: Window) -> None:
    window.run("opsWall.seek(opsWall.now() - 600000)")
    until(lambda: window.run("opsWall.mode.replay && !opsWall.mode.loading"), "the past")


LOST = """[{ code: 'store', since_ms: opsWall.now() - 240000, zh: '数据库不可用：轨迹查询停用，告警与指令照常',
  en: 'The database is away: track queries are off; alarms and commands go on' }]"""


def _lost(window: Window) -> None:
    """Every head of the picture tells of the loss from now on, the one that is there too."""
    plant = f"opsWall.channels.head.outages = {LOST}"
    window.run(f"void ({plant}, opsWall.unlose = opsWall.on('head', () => {{ {plant}; }}), opsWall.changed('head'))")
    until(lambda: window.sees(".banner.lost"), "the banner")


def _planted(channel: str, rows: str) -> Step:
    """Put rows into a channel of the page, again after each frame, until the wall is reset."""

    def go(window: Window) -> None:
        window.run(
            f"void (opsWall.plant = () => {{ {rows} }}, opsWall.before = ['{channel}', structuredClone(opsWall.channels['{channel}'])], opsWall.plant(), "
            f"opsWall.unplant = opsWall.on('{channel}', opsWall.plant), opsWall.changed('{channel}'))"
        )

    return go


def _after(*steps: Step) -> Step:
    def go(window: Window) -> None:
        for step in steps:
            step(window)

    return go


def _warning(state: str, more: str = "") -> Step:
    """Show the warning of the leak in a state; the published ones went out with two signatures."""
    rows = f"""const one = structuredClone(opsWall.channels.warnings.get('warning-1')), [first] = one.revisions.splice(0), mark = first.drafted;
      Object.assign(first, {{ state: '{state}', approvals: [{{ ...mark, by: '李敏' }}, {{ ...mark, by: '孙悦' }}] }});
      if ('{state}' !== 'approved') Object.assign(first, {{ published: {{ ...mark, by: '李敏' }}, deliveries: [['broadcasters', 'receipted'], ['schools', 'failed']] }});
      one.revisions = [first]; {more}
      opsWall.channels.warnings.set('warning-1', one);"""
    return _after(_planted("warnings", rows), _incident("warnings"))


UPDATED = """one.revisions = [{ ...first, state: 'superseded' }, { ...first, number: 2, action: 'update', colour: 'red', state: 'published' }];"""
CANCELLED = """const ended = { ...mark, by: '李敏' }, reason = '泄漏已堵住';
  one.revisions = [{ ...first, state: 'cancelled', ended, reason }, { ...first, number: 2, action: 'cancel', state: 'cancelled', reason, measures: [],
    headline: { zh: '解除：G2京沪高速危险化学品泄漏橙色预警', en: 'Cancelled: orange warning: hazardous materials release on G2' } }];"""
# Eight alarms of two causes, each cause one line; the top severity stays alone.
FLOOD = """const order = [], all = [...opsWall.channels.alerts.values()].filter((one) => one.class === 'alarm' && one.open && !opsWall.aside(one));
  for (const one of all.filter((one) => one.severity === 'extreme')) { opsWall.channels.groups.set(`g-${one.id}`, { id: `g-${one.id}`, count: 1, pinned: true, severity: one.severity, members: [one.id] }); order.push(`g-${one.id}`); }
  for (const title of new Set(all.filter((one) => one.severity !== 'extreme').map((one) => one.title.zh))) {
    const members = all.filter((one) => one.title.zh === title), [first] = members, calling = members.filter(opsWall.calling).length, id = `g-${title}`;
    opsWall.channels.groups.set(id, { id, title: first.title, severity: first.severity, status: first.status, count: members.length, calling, unacknowledged: calling, pinned: false, under: '',
      members: members.map((one) => one.id), newest_ms: first.raised_ms, place: '', places: members.map((one) => [one.jurisdiction, 1]) });
    order.push(id);
  }
  opsWall.channels.load = { flood: true, order };"""
OUT = """const one = { ...opsWall.channels.alerts.get('alert-0004'), out_of_service: { reason: '探测器检修', mark: { by: '李敏', post: '指挥席', at_ms: opsWall.now() - 600000 } } };
  opsWall.channels.alerts.set(one.id, one);"""
ON_DUTY = "opsWall.channels.shifts.set('shift-1', { ...opsWall.channels.shifts.get('shift-1'), person: '李敏' });"
# Two more incidents at the place of the first: one like it, one not.
SAME_PLACE = """const one = opsWall.channels.incidents.get('incident-1');
  opsWall.channels.incidents.set('planted-8', { ...one, id: 'planted-8', number: '370102-20190811-008' });
  opsWall.channels.incidents.set('planted-9', { ...one, id: 'planted-9', number: '370102-20190811-009', title: { zh: 'G2 多车追尾', en: 'Pile-up on G2' } });"""


def _scrolled(selector: str) -> Step:
    def go(window: Window) -> None:
        until(lambda: window.sees(selector), selector)
        window.run(f"document.querySelector('{selector}').scrollIntoView({{ block: 'start' }})")

    return go


def _grouped(window: Window) -> None:
    until(lambda: window.sees(".group .acknowledge"), "the groups")


def _flown(window: Window) -> None:
    """Over the place of the leak, with the names of what is there."""
    window.run("opsWall.fly(117.45, 36.62)")
    until(lambda: abs(window.run("opsWall.probe().view.longitude") - 117.45) < 0.001, "the place")


def _offers(window: Window) -> None:
    window.page.locator(
        ".capabilities button", has_text="泡沫" if window.run("opsWall.ui.language") == "zh" else "Foam"
    ).click()
    until(lambda: window.sees(".offer"), "the units")


def _logged(window: Window) -> None:
    window.press("s")
    until(lambda: window.sees("#shift-log"), "the shift")
    window.page.locator("#shift-log").click()


def _line(window: Window) -> None:
    """The line is lost as the page sees it: nothing has come for a while."""
    window.run(
        "void (opsWall.still = setInterval(() => { opsWall.link.state = 'lost'; opsWall.link.stale = true; opsWall.link.at = performance.now() - 42000; opsWall.changed('link'); }, 20))"
    )
    until(lambda: window.sees(".banner.stale"), "the banner")


SCREENS: Mapping[str, Step] = {
    "alarms": keys("j"),
    "alarm": _alarm(),
    "alarm-shelve": _alarm("z"),
    "alarm-close": _alarm("x"),
    "alarm-refused": _refused,
    "shelved": _shelf("shelved"),
    "suppressed": _shelf("suppressed"),
    "mine": _shelf("mine"),
    "out": _after(_planted("alerts", OUT), _shelf("out")),
    "out-none": _shelf("out"),
    "flood": _after(_planted("groups", FLOOD), _grouped),
    "notices": _tab("notices"),
    "vehicles": _tab("vehicles"),
    "same-place": _after(_planted("incidents", SAME_PLACE), _incident("overview"), _flown),
    "incidents": _tab("incidents"),
    "tasks": _tab("tasks"),
    "intake": _intake,
    "incident": _incident("overview"),
    "incident-grade": _incident("overview", "g"),
    "incident-close": _incident("overview", "x"),
    "incident-figures": _after(_incident("overview"), _scrolled(".claims")),
    "incident-figure": _incident("overview", "c"),
    "incident-merge": _after(_incident("overview"), lambda window: window.run("opsWall.setUi({ dialog: 'merge' })")),
    "incident-tasks": _incident("tasks"),
    "incident-steps": _after(_incident("tasks"), _scrolled(".run-card + .run-card")),
    "incident-units": _incident("units"),
    "incident-offers": _after(_incident("units"), _offers),
    "incident-warnings": _incident("warnings"),
    "warning-approved": _warning("approved"),
    "warning-published": _warning("published"),
    "warning-updated": _warning("published", UPDATED),
    "warning-cancelled": _warning("published", CANCELLED),
    "incident-draft": _incident("warnings", "w"),
    "incident-reports": _incident("reports"),
    "incident-report": _incident("reports", "r"),
    "incident-record": _incident("record", "i"),
    "shift": keys("s"),
    "shift-log": _after(_planted("shifts", ON_DUTY), _logged),
    "shift-log-none": _logged,
    "outbox": keys("b"),
    "layers": keys("l"),
    "feeds": keys("f"),
    "help": keys("?"),
    "command": _command("s"),
    "banner-lost": _lost,
    "line-lost": _line,
    "replay": _replay,
}


def reset(window: Window) -> None:
    """Go back to the bare wall."""
    window.run("opsWall.mode.replay && opsWall.goLive()")
    window.run("opsWall.unlose && (opsWall.unlose(), (opsWall.channels.head.outages = []), opsWall.changed('head'))")
    window.run("clearInterval(opsWall.still)")
    window.run(
        "opsWall.unplant && (opsWall.unplant(), (opsWall.unplant = null), (opsWall.channels[opsWall.before[0]] = opsWall.before[1]), opsWall.changed(opsWall.before[0]))"
    )
    window.run(
        "opsWall.setUi({ drawer: null, dialog: null, panel: null, help: false, command: false, aim: null, tab: 'alarms', shelf: '', severity: 0, filter: null, selected: null, part: 'overview', toasts: [] })"
    )
    window.run("void (opsWall.channels.load = { flood: false, order: [] })")
    window.run("sessionStorage.clear()")
    window.run("opsWall.refusals.clear()")
    window.run("document.activeElement && document.activeElement.blur()")
    until(lambda: not window.sees(".drawer") and not window.run("opsWall.mode.replay"), "the bare wall")
