// The command line: everything the mouse does, by words of either language.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;

  const alertNow = (found) => () => { const alert = W.selectedAlert(); if (alert) found(alert); else W.toast("warn", W.t("cmd.no_selection")); };
  const incidentNow = (found) => () => { const drawer = W.ui.drawer; if (drawer && drawer.kind === "incident") found(drawer.id); else W.toast("warn", W.t("cmd.no_incident")); };
  function find(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return false;
    for (const incident of W.channels.incidents.values()) if (incident.number.includes(wanted) || W.of(incident.title).toLowerCase().includes(wanted)) { W.open("incident", incident.id); return true; }
    for (const alert of W.channels.alerts.values()) if (W.of(alert.title).toLowerCase().includes(wanted) || W.message(alert.message).toLowerCase().includes(wanted)) { W.open("alert", alert.id); return true; }
    for (const names of W.map.names.values()) for (const [lon, lat, name] of names) if (`${W.of(name)} ${name.zh || ""}`.toLowerCase().includes(wanted)) { W.fly(lon, lat, 9.5); return true; }
    W.toast("warn", W.t("cmd.not_found", { text }));
    return false;
  }
  // What each verb does with the rest of the line; its words in both languages are in the catalogue.
  W.VERBS = [
    { id: "ack", run: alertNow(W.acknowledge) },
    { id: "escalate", run: alertNow(W.escalate) },
    { id: "claim", run: alertNow((alert) => W.command("alert.claim", alert.id)) },
    { id: "shelve", run: (rest) => alertNow((alert) => {
      const said = /^(\d+)\s+(.+)$/.exec(rest);
      if (said) W.command("alert.shelve", alert.id, { for_ms: Number(said[1]) * 60000, reason: said[2] });
      else W.setUi({ drawer: { kind: "alert", id: alert.id }, dialog: "shelve" });
    })() },
    { id: "unshelve", run: alertNow((alert) => W.command("alert.unshelve", alert.id)) },
    { id: "close", run: (rest) => {
      const drawer = W.ui.drawer;
      if (drawer && drawer.kind === "incident") { if (rest) W.command("incident.close", drawer.id, { disposition: rest }); else W.setUi({ dialog: "close" }); }
      else alertNow((alert) => (rest ? W.command("alert.close", alert.id, { disposition: rest }) : W.setUi({ drawer: { kind: "alert", id: alert.id }, dialog: "close" })))();
    } },
    { id: "verify", run: incidentNow((id) => W.command("incident.verify", id, {})) },
    { id: "dismiss", run: (rest) => incidentNow((id) => (rest ? W.command("incident.dismiss", id, { reason: rest }) : W.setUi({ dialog: "dismiss" })))() },
    { id: "start", run: incidentNow(() => W.setUi({ dialog: "start" })) },
    { id: "report", run: () => W.setUi({ drawer: { kind: "report" } }) },
    { id: "find", run: find },
    { id: "goto", run: (rest) => { const at = W.readTime(rest); if (at === null) W.toast("warn", W.t("time.seek_hint")); else W.seek(at); } },
    { id: "live", run: () => W.goLive() },
    { id: "play", run: () => W.replay({ playing: true }) },
    { id: "pause", run: () => W.replay({ playing: false }) },
    { id: "speed_to", run: (rest) => { const speed = Number(rest); if (speed > 0) W.setSpeed(speed); else W.toast("warn", W.t("cmd.speed")); } },
    { id: "layer", run: (rest) => {
      const layer = W.layers.find((one) => one.id === rest || one.title.zh === rest || one.title.en.toLowerCase() === rest.toLowerCase());
      if (layer) W.toggleLayer(layer.id); else W.setUi({ panel: "layers" });
    } },
    { id: "feeds", run: () => W.setUi({ panel: "feeds" }) },
    { id: "list_to", run: (rest) => {
      const tab = ["alarms", "notices", "incidents", "tasks", "vehicles"].find((one) => one === rest || W.t(`tab.${one}`) === rest);
      if (tab) W.setUi({ tab, filter: null }); else W.toast("warn", W.t("cmd.list"));
    } },
    { id: "home", run: () => W.home() },
    { id: "mute", run: () => W.toggleMute() },
    { id: "lang", run: () => W.setLanguage(W.ui.language === "zh" ? "en" : "zh") },
    { id: "help", run: () => W.setUi({ help: true }) },
    { id: "out", run: () => W.signOut() },
  ];
  W.obey = function (line) {
    const [head, ...more] = line.trim().split(/\s+/);
    const verb = W.VERBS.find((one) => W.both(`verb.${one.id}`).includes(head.toLowerCase()));
    if (verb) verb.run(more.join(" "));
    else find(line);
  };
  W.CommandLine = function () {
    W.use("ui");
    const [line, setLine] = React.useState("");
    const [at, setAt] = React.useState(-1);
    if (!W.ui.command) return null;
    const head = line.trim().split(/\s+/)[0].toLowerCase();
    const offered = W.VERBS.filter((verb) => !head || W.both(`verb.${verb.id}`).some((word) => word.startsWith(head)));
    const word = (verb) => W.t(`verb.${verb.id}`);
    const close = () => { setLine(""); setAt(-1); W.setUi({ command: false }); };
    return h("div.command", { role: "dialog", "aria-label": W.t("cmd.title") },
      h("form", { onSubmit: (event) => { event.preventDefault(); const text = at >= 0 && offered[at] ? word(offered[at]) : line; close(); if (text.trim()) W.obey(text); } },
        h("span.slash", null, "/"),
        h("input", { autoFocus: true, value: line, placeholder: W.t("cmd.hint"), "aria-label": W.t("cmd.title"), spellCheck: false, onChange: (event) => { setLine(event.target.value); setAt(-1); },
          onKeyDown: (event) => {
            if (event.key === "Escape") close();
            else if (event.key === "ArrowDown") { event.preventDefault(); setAt(Math.min(offered.length - 1, at + 1)); }
            else if (event.key === "ArrowUp") { event.preventDefault(); setAt(Math.max(-1, at - 1)); }
            else if (event.key === "Tab" && offered.length) { event.preventDefault(); setLine(word(offered[Math.max(0, at)]) + " "); setAt(-1); }
          } })),
      h("ul", { role: "listbox" }, offered.map((verb, n) => h("li", { key: verb.id, role: "option", "aria-selected": n === at, onMouseDown: (event) => { event.preventDefault(); setLine(word(verb) + " "); } }, h("b", null, word(verb)), h("span", null, W.t(`cmd.${verb.id}`))))),
      offered.length ? null : h("p.empty", null, W.t("cmd.search", { text: line })));
  };
})();
