// Keys: one hand runs the desk; nothing fires while somebody types. What a letter does goes by what is open.
(function () {
  "use strict";
  const W = window.opsWall;
  const typing = (target) => target.closest && target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const dialog = (name) => W.opens(name);
  const panel = (name) => () => W.setUi({ panel: W.ui.panel === name ? null : name });
  const drawer = (kind) => () => (W.ui.drawer && W.ui.drawer.kind === kind ? W.closeDrawer() : W.setUi({ drawer: { kind }, dialog: null, aim: null }));

  const ANYWHERE = {
    n: () => W.intake(), j: () => W.step(1), k: () => W.step(-1), ArrowDown: () => W.step(1), ArrowUp: () => W.step(-1), a: () => W.acknowledgeSelected(), e: () => W.escalate(W.selectedAlert()),
    Enter: () => { if (W.selectedGroup()) W.toggleGroup(W.ui.selected); else if (W.selectedAlert()) W.open("alert", W.ui.selected); },
    s: drawer("shift"), b: drawer("outbox"), l: panel("layers"), f: panel("feeds"), m: () => W.toggleMute(), h: () => W.home(),
    " ": () => W.playPause(), "[": () => W.stepTime(-1), "]": () => W.mode.replay && W.stepTime(1), "{": () => W.mode.replay && W.speedStep(-1), "}": () => W.mode.replay && W.speedStep(1),
    "/": () => W.setUiNow({ command: true, help: false }), "?": () => W.setUi({ help: !W.ui.help }),
  };
  const alarm = (found) => () => { const alert = W.selectedAlert(); if (!alert) { W.toast("warn", W.t("cmd.no_selection")); return; } found(alert); };
  const ask = (name) => alarm((alert) => { W.setUi({ drawer: { kind: "alert", id: alert.id }, dialog: W.ui.dialog === name ? null : name }); });
  const ALARM = {
    c: alarm((alert) => (alert.claimed ? W.toast("warn", W.t("alarm.claimed_by", { name: alert.claimed.by })) : W.command("alert.claim", alert.id))), g: ask("hand"),
    z: alarm((alert) => (alert.shelf ? W.command("alert.unshelve", alert.id) : ask("shelve")())), u: ask("suppress"), x: ask("close"), i: ask("link"),
    t: alarm((alert) => (alert.out_of_service ? W.command("alert.return_to_service", alert.id) : ask("out")())),
  };
  const part = (name, form) => () => W.openTo(name, form && W.ui.dialog === form ? null : form);
  const INCIDENT = {
    v: (incident) => (incident.state === "open" ? W.command("incident.verify", incident.id, {}) : W.toast("warn", W.t(incident.verified ? "incident.verified_already" : "incident.over"))),
    d: part("units"), r: (incident) => { const form = `${W.nextReport(incident)}-report`; W.openTo("reports", W.ui.dialog === form ? null : form); }, w: part("warnings", "draft"), t: () => W.nextTask(), i: part("record", "note"),
    p: (incident) => { const suggested = W.runsOf(incident.id).find((run) => run.state === "suggested"); if (suggested) { W.command("run.start", suggested.id); W.openTo("tasks"); } else dialog("start")(); },
    u: dialog("update"), c: dialog("claim"), g: dialog("grade"), y: dialog("respond"), x: dialog("close"),
    ",": () => W.openTo(W.PARTS[Math.max(0, W.PARTS.indexOf(W.ui.part) - 1)]), ".": () => W.openTo(W.PARTS[Math.min(W.PARTS.length - 1, W.PARTS.indexOf(W.ui.part) + 1)]),
  };
  const NEEDS_INCIDENT = "vdrwpy";

  // Escape goes back by one: what lies on top first. What was typed in a form stays kept.
  function back(event) {
    const ui = W.ui, field = typing(event.target);
    if (ui.help) W.setUi({ help: false });
    else if (ui.command) W.setUi({ command: false });
    else if (ui.dialog) { W.setUi({ dialog: null, aim: null }); }
    else if (field && field.closest(".task")) field.closest("form").querySelector(".form-foot .button:last-of-type").click();
    else if (field && !field.closest(".intake, .dialog")) field.blur();
    else if (ui.drawer) W.closeDrawer();
    else if (ui.panel) W.setUi({ panel: null });
    if (field && !field.isConnected) document.body.focus();
  }
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Escape") { back(event); return; }
    if (typing(event.target) || W.ui.command) return;
    if (W.ui.help && event.key !== "?") return;
    // A focused button keeps Enter and Space; the slider keeps its arrows.
    const focused = event.target.closest && event.target.closest("button, [role=slider], a, summary, input");
    if (focused && (event.key === "Enter" || event.key === " " || event.key.startsWith("Arrow"))) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, incident = W.incidentNow();
    const digit = /^[0-9]$/.test(event.key) ? Number(event.key) : null;
    if (digit !== null) {
      event.preventDefault();
      if (digit && W.dispatchNumber(digit)) return;
      if (digit <= 4) W.setUi({ severity: digit, tab: W.ui.tab === "notices" ? "notices" : "alarms" });
      return;
    }
    if (incident && INCIDENT[key]) { event.preventDefault(); INCIDENT[key](incident); return; }
    if (!incident && ALARM[key] && !ANYWHERE[event.key]) { event.preventDefault(); ALARM[key](); return; }
    const action = ANYWHERE[event.key] || ANYWHERE[key];
    if (action) { event.preventDefault(); action(); return; }
    if (NEEDS_INCIDENT.includes(key) && key.length === 1) W.toast("warn", W.t("cmd.no_incident"));
  });
})();
