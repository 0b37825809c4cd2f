// Keys: one hand runs the desk; nothing fires while somebody types.
(function () {
  "use strict";
  const W = window.opsWall;
  const typing = (target) => target.closest && target.closest("input, textarea, select, [contenteditable]");
  const KEYS = {
    j: () => W.step(1), k: () => W.step(-1), ArrowDown: () => W.step(1), ArrowUp: () => W.step(-1),
    a: () => W.acknowledge(W.selectedAlert()), e: () => W.escalate(W.selectedAlert()),
    d: () => { const drawer = W.ui.drawer; if (drawer && drawer.kind === "incident") W.setUi({ dialog: W.ui.dialog === "start" ? null : "start" }); else W.toast("warn", W.t("cmd.no_incident")); },
    Enter: () => { if (W.selectedAlert()) W.open("alert", W.ui.selected); },
    " ": () => W.playPause(), "[": () => W.stepTime(-1), "]": () => W.mode.replay && W.stepTime(1), "{": () => W.mode.replay && W.speedStep(-1), "}": () => W.mode.replay && W.speedStep(1),
    l: () => W.setUi({ panel: W.ui.panel === "layers" ? null : "layers" }), f: () => W.setUi({ panel: W.ui.panel === "feeds" ? null : "feeds" }),
    m: () => W.toggleMute(), h: () => W.home(), "/": () => W.setUiNow({ command: true, help: false }), "?": () => W.setUi({ help: !W.ui.help }),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (W.ui.help) W.setUi({ help: false });
      else if (W.ui.command) W.setUi({ command: false });
      else if (typing(event.target)) event.target.blur();
      else if (W.ui.dialog) W.setUi({ dialog: null });
      else if (W.ui.drawer) W.setUi({ drawer: null });
      else if (W.ui.panel) W.setUi({ panel: null });
      return;
    }
    if (typing(event.target)) return;
    // A focused button keeps Enter and Space; the slider keeps its arrows.
    const focused = event.target.closest && event.target.closest("button, [role=slider], a");
    if (focused && (event.key === "Enter" || event.key === " " || event.key.startsWith("Arrow"))) return;
    const digit = /^[0-4]$/.test(event.key) ? Number(event.key) : null;
    if (digit !== null) { W.setUi({ severity: digit, tab: W.ui.tab === "notices" ? "notices" : "alarms" }); event.preventDefault(); return; }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = KEYS[event.key] || KEYS[key];
    if (action) { event.preventDefault(); action(); }
  });
})();
