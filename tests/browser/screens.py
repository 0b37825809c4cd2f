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


SCREENS: Mapping[str, Step] = {
    "alarms": keys("j"),
    "alarm": _alarm(),
    "alarm-shelve": _alarm("z"),
    "alarm-close": _alarm("x"),
    "alarm-refused": _refused,
    "shelved": _shelf("shelved"),
    "suppressed": _shelf("suppressed"),
    "incidents": _tab("incidents"),
    "tasks": _tab("tasks"),
    "intake": _intake,
    "incident": _incident("overview"),
    "incident-grade": _incident("overview", "g"),
    "incident-close": _incident("overview", "x"),
    "incident-tasks": _incident("tasks"),
    "incident-units": _incident("units"),
    "incident-warnings": _incident("warnings"),
    "incident-draft": _incident("warnings", "w"),
    "incident-reports": _incident("reports"),
    "incident-report": _incident("reports", "r"),
    "incident-record": _incident("record", "i"),
    "shift": keys("s"),
    "outbox": keys("b"),
    "layers": keys("l"),
    "feeds": keys("f"),
    "help": keys("?"),
    "command": _command("s"),
    "banner-lost": _lost,
    "replay": _replay,
}


def reset(window: Window) -> None:
    """Go back to the bare wall."""
    window.run("opsWall.mode.replay && opsWall.goLive()")
    window.run("opsWall.unlose && (opsWall.unlose(), (opsWall.channels.head.outages = []), opsWall.changed('head'))")
    window.run(
        "opsWall.setUi({ drawer: null, dialog: null, panel: null, help: false, command: false, aim: null, tab: 'alarms', shelf: '', severity: 0, filter: null, selected: null, part: 'overview', toasts: [] })"
    )
    window.run("sessionStorage.clear()")
    window.run("opsWall.refusals.clear()")
    window.run("document.activeElement && document.activeElement.blur()")
    until(lambda: not window.sees(".drawer") and not window.run("opsWall.mode.replay"), "the bare wall")
