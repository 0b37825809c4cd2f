// The command line: everything the mouse does, by words of either language, with completion of words and things.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const warn = (key) => W.toast("warn", W.t(key));
  const onAlert = (found) => (rest) => { const alert = W.selectedAlert(); if (alert) found(alert, rest); else warn("cmd.no_selection"); };
  const onIncident = (found) => (rest) => { const incident = W.incidentNow(); if (incident) found(incident, rest); else warn("cmd.no_incident"); };
  const onEither = (incident, alert) => (rest) => (W.incidentNow() ? onIncident(incident)(rest) : onAlert(alert)(rest));
  const show = (name) => (alert) => W.setUi({ drawer: { kind: "alert", id: alert.id }, dialog: name });
  const open = (name, part) => () => (part ? W.openTo(part, name) : W.setUi({ dialog: name }));
  // With words behind the verb it is done at once; without, its form opens.
  const alertText = (kind, arg, form) => onAlert((alert, rest) => (rest ? W.command(kind, alert.id, { [arg]: rest }) : show(form)(alert)));
  const incidentText = (kind, arg, form, part) => (incident, rest) => (rest ? W.command(kind, incident.id, { [arg]: rest }) : open(form, part)());

  function find(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return false;
    for (const incident of W.channels.incidents.values()) if (incident.number.includes(wanted) || W.of(incident.title).toLowerCase().includes(wanted)) { W.open("incident", incident.id); return true; }
    for (const alert of W.channels.alerts.values()) if (W.of(alert.title).toLowerCase().includes(wanted) || W.message(alert.message).toLowerCase().includes(wanted)) { W.open("alert", alert.id); return true; }
    W.placesNamed(text).then((places) => {
      const place = places.find((one) => one.lon !== null || one.adcode);
      if (place) W.flyToPlace(place);
      else W.toast("warn", W.t("cmd.not_found", { text }));
    }, () => W.toast("warn", W.t("refused.lost")));
    return true;
  }
  const options = {
    kinds: () => W.kinds(), playbooks: () => Object.entries(W.content.playbooks || {}), counties: () => W.countyChoices(), levels: () => W.COMMAND_LEVELS.map((one) => [one, { zh: W.t(`level.${one}`), en: one }]),
    grades: () => W.GRADES.map((one) => [one, one]), suppressions: () => W.SUPPRESSIONS.map((one) => [one, W.word("suppression", one)]),
    incidents: () => [...W.channels.incidents.values()].filter((one) => !W.OVER.includes(one.state)).map((one) => [one.number, W.of(one.title)]),
    units: () => [...W.channels.resources.values()].filter((one) => one.state === "available").slice(0, 400).map((one) => [W.of(one.name), one.capability.map(W.capability).join(" ")]),
    resting: () => [...W.channels.resources.values()].filter((one) => one.state === "out_of_service").map((one) => [W.of(one.name), one.capability.map(W.capability).join(" ")]),
    layers: () => W.layers.map((one) => [W.of(one.title), one.id]), tabs: () => ["alarms", "notices", "incidents", "tasks", "vehicles"].map((one) => [W.t(`tab.${one}`), one]),
    shelves: () => W.SHELVES.map((one) => [W.t(`shelf.${one || "open"}`), one || "open"]), parts: () => W.PARTS.map((one) => [W.t(`part.${one}`), one]), dispositions: () => W.dispositions(W.incidentNow() ? "incident" : "alarm").map(([, one]) => [one.title, ""]), people: () => W.onDuty().map((one) => [one.person, one.post]),
  };
  const meant = (list, said) => { const found = options[list]().find(([name, title]) => [name, ...(typeof title === "string" ? [title] : [title.zh, title.en])].some((word) => String(word).toLowerCase() === said.toLowerCase())); return found ? found[0] : ""; };
  // The unit whose name the words begin with, and what is said behind it.
  function unitSaid(rest) {
    const low = rest.toLowerCase();
    const [found] = [...W.channels.resources.values()].flatMap((unit) => [unit.id, unit.name.zh, unit.name.en].filter((name) => name && low.startsWith(name.toLowerCase())).map((name) => ({ unit, name }))).sort((a, b) => b.name.length - a.name.length);
    return found ? { unit: found.unit, more: rest.slice(found.name.length).trim() } : null;
  }
  // A word of the list closes with it; other words are the remarks of "other".
  const closing = (of, rest) => { const known = W.dispositions(of).find(([id, one]) => [id, one.title.zh, one.title.en].some((word) => word.toLowerCase() === rest.toLowerCase())); return known ? { disposition: known[0] } : { disposition: W.dispositions(of).length ? "other" : rest, remarks: rest }; };
  const numbered = (said) => [...W.channels.incidents.values()].find((one) => one.number === said || one.number.endsWith(`-${said}`));

  // What each verb does with the rest of the line; its words in both languages are in the catalogue. `of` names what completes it.
  W.VERBS = [
    { id: "ack", run: () => W.acknowledgeSelected() }, { id: "escalate", of: "kinds", run: onAlert((alert, rest) => (meant("kinds", rest) ? W.command("incident.open", alert.id, { kind: meant("kinds", rest) }) : W.escalate(alert))) },
    { id: "claim", run: onAlert((alert) => W.command("alert.claim", alert.id)) },
    { id: "hand", of: "people", run: onAlert((alert, rest) => { const to = W.onDuty().find((one) => one.person === rest); if (to) W.command("alert.hand_over", alert.id, { to: { by: to.person, post: to.post } }); else show("hand")(alert); }) },
    { id: "shelve", run: onAlert((alert, rest) => { const said = /^(\d+)\s+(.+)$/.exec(rest); if (said) W.command("alert.shelve", alert.id, { for_ms: Number(said[1]) * 60000, reason: said[2] }); else show("shelve")(alert); }) },
    { id: "unshelve", run: onAlert((alert) => W.command("alert.unshelve", alert.id)) }, { id: "suppress", of: "suppressions", run: onAlert((alert, rest) => (meant("suppressions", rest) ? W.command("alert.suppress", alert.id, { reason: meant("suppressions", rest) }) : show("suppress")(alert))) },
    { id: "unsuppress", of: "suppressions", run: onAlert((alert, rest) => { const reason = meant("suppressions", rest) || alert.suppressed[0]; if (reason) W.command("alert.release", alert.id, { reason }); else warn("cmd.not_suppressed"); }) },
    { id: "out_of", run: alertText("alert.out_of_service", "reason", "out") }, { id: "back_to", run: onAlert((alert) => W.command("alert.return_to_service", alert.id)) },
    { id: "close", of: "dispositions", run: onEither((incident, rest) => (rest ? W.command("incident.close", incident.id, closing("incident", rest)) : open("close")()), (alert, rest) => (rest ? W.command("alert.close", alert.id, closing("alarm", rest)) : show("close")(alert))) },
    { id: "shelf_to", of: "shelves", run: (rest) => { const said = options.shelves().find((one) => one.includes(rest)); if (said) W.setUi({ tab: "alarms", filter: null, shelf: said[1] === "open" ? "" : said[1] }); else warn("cmd.shelf"); } },
    { id: "report", run: () => W.intake() }, { id: "verify", run: onIncident((incident) => W.command("incident.verify", incident.id, {})) }, { id: "update", run: onIncident(open("update")) }, { id: "note", run: onIncident(incidentText("incident.note", "text", "note", "record")) },
    { id: "grade", of: "grades", run: onIncident((incident, rest) => { const said = /^(I{1,3}|IV)\s+(.+)$/i.exec(rest); if (said) W.command("incident.grade", incident.id, { grade: said[1].toUpperCase(), reason: said[2] }); else open("grade")(); }) },
    { id: "respond", of: "grades", run: onIncident((incident, rest) => (meant("grades", rest.toUpperCase()) ? W.command("incident.respond", incident.id, { level: rest.toUpperCase() }) : open("respond")())) },
    { id: "end_response", run: onIncident((incident) => { const on = incident.responses.filter((one) => !one.ended); if (on.length) W.command("incident.end_response", incident.id, { jurisdiction: on[on.length - 1].jurisdiction }); else warn("cmd.no_response"); }) },
    { id: "command_level", of: "levels", run: onIncident(open("command")) }, { id: "figure", run: onIncident(open("claim")) },
    { id: "first", run: onIncident(open("first-report", "reports")) }, { id: "follow", run: onIncident(open("follow_up-report", "reports")) }, { id: "final", run: onIncident(open("final-report", "reports")) },
    { id: "link", of: "incidents", run: onAlert((alert, rest) => { const to = numbered(rest); if (to) W.command("incident.link", to.id, { alert: alert.id }); else show("link")(alert); }) },
    { id: "merge", of: "incidents", run: onIncident((incident, rest) => { const into = numbered(rest); if (into) W.command("incident.merge", incident.id, { into: into.id }); else open("merge")(); }) },
    { id: "parent", of: "incidents", run: onIncident((incident, rest) => { const parent = numbered(rest); if (parent) W.command("incident.set_parent", incident.id, { parent: parent.id }); else open("parent")(); }) },
    { id: "dismiss", run: onIncident(incidentText("incident.dismiss", "reason", "dismiss")) }, { id: "reopen", run: onIncident(incidentText("incident.reopen", "reason", "reopen")) },
    { id: "start", of: "playbooks", run: onIncident((incident, rest) => (meant("playbooks", rest) ? W.command("run.start", incident.id, { playbook: meant("playbooks", rest) }) : open("start")())) },
    { id: "stand_down", run: onIncident((incident, rest) => { const run = W.runsOf(incident.id).find((one) => one.state === "running"); if (!run) warn("run.none"); else if (rest) W.command("run.stand_down", run.id, { reason: rest }); else open(`stand ${run.id}`, "tasks")(); }) },
    { id: "tasks", run: onIncident(() => W.nextTask()) },
    { id: "dispatch", of: "units", run: onIncident((incident, rest) => { W.openTo("units"); if (/^[1-9]$/.test(rest)) W.dispatchNumber(Number(rest)); else if (rest) W.dispatchNamed(incident, rest); }) },
    { id: "unit_out", of: "units", run: (rest) => { const said = unitSaid(rest); if (said && said.more) W.command("resource.out_of_service", said.unit.id, { reason: said.more }); else warn("cmd.unit_out"); } },
    { id: "unit_back", of: "resting", run: (rest) => { const said = unitSaid(rest); if (said) W.command("resource.return_to_service", said.unit.id, {}); else warn("cmd.unit_back"); } },
    { id: "unit", run: onIncident((incident, rest) => W.stepUnit(incident, rest)) }, { id: "warn", run: onIncident(open("draft", "warnings")) },
    { id: "approve", run: onIncident((incident) => { const draft = W.warningsOf(incident.id).find((one) => W.lastOf(one).state === "draft"); if (draft) W.command("warning.approve", draft.id, { edits: W.lastOf(draft).edits || 0 }); else warn("cmd.no_draft"); }) },
    { id: "publish", run: onIncident((incident) => { const ready = W.warningsOf(incident.id).find((one) => W.lastOf(one).state === "approved"); if (ready) W.command("warning.publish", ready.id, {}); else warn("cmd.no_approved"); }) },
    { id: "part", of: "parts", run: onIncident((_, rest) => { const said = options.parts().find((one) => one.includes(rest)); if (said) W.openTo(said[1]); else warn("cmd.part"); }) },
    { id: "shift", run: () => W.setUi({ drawer: { kind: "shift" }, dialog: null }) }, { id: "sign_off", run: () => W.setUi({ drawer: { kind: "shift" }, dialog: "sign-off" }) },
    { id: "jot", run: (rest) => { const mine = W.myShift(); if (!mine) warn("shift.not_on_duty"); else if (rest) W.command("shift.note", mine.id, { text: rest }); else W.setUi({ drawer: { kind: "shift" }, dialog: "shift-note" }); } },
    { id: "outbox", run: () => W.setUi({ drawer: { kind: "outbox" }, dialog: null }) },
    { id: "find", run: find }, { id: "goto", run: (rest) => { const at = W.readTime(rest); if (at === null) warn("time.seek_hint"); else W.seek(at); } },
    { id: "live", run: () => W.goLive() }, { id: "play", run: () => W.replay({ playing: true }) }, { id: "pause", run: () => W.replay({ playing: false }) },
    { id: "speed_to", run: (rest) => { const speed = Number(rest); if (speed > 0) W.setSpeed(speed); else warn("cmd.speed"); } },
    { id: "layer", of: "layers", run: (rest) => { const layer = W.layers.find((one) => one.id === rest || one.title.zh === rest || one.title.en.toLowerCase() === rest.toLowerCase()); if (layer) W.toggleLayer(layer.id); else W.setUi({ panel: "layers" }); } },
    { id: "feeds", run: () => W.setUi({ panel: "feeds" }) },
    { id: "list_to", of: "tabs", run: (rest) => { const said = options.tabs().find((one) => one.includes(rest)); if (said) W.setUi({ tab: said[1], filter: null }); else warn("cmd.list"); } },
    { id: "home", run: () => W.home() }, { id: "mute", run: () => W.toggleMute() }, { id: "lang", run: () => W.setLanguage(W.ui.language === "zh" ? "en" : "zh") }, { id: "help", run: () => W.setUi({ help: true }) }, { id: "out", run: () => W.signOut() },
  ];
  const verbOf = (head) => W.VERBS.find((one) => W.both(`verb.${one.id}`).includes(head.toLowerCase()));
  // A verb of two words ("shift log") is found before one of one word.
  function split(line) {
    const text = line.trim(), lower = text.toLowerCase();
    for (const verb of W.VERBS) for (const word of W.both(`verb.${verb.id}`)) if (word.includes(" ") && (lower === word || lower.startsWith(`${word} `))) return [verb, text.slice(word.length).trim()];
    const [head, ...more] = text.split(/\s+/);
    return [verbOf(head), more.join(" ")];
  }
  W.obey = function (line) {
    const [verb, rest] = split(line);
    if (verb) verb.run(rest);
    else find(line);
  };
  function offersFor(line) {
    const word = (verb) => W.t(`verb.${verb.id}`), [verb, rest] = split(line);
    if (verb && /\s/.test(line)) {
      if (!verb.of) return [];
      const wanted = rest.toLowerCase();
      return options[verb.of]().map(([name, title]) => ({ key: String(name), fill: `${word(verb)} ${W.of(name)}`, text: W.of(name), note: W.of(title) })).filter((one) => `${one.text} ${one.note}`.toLowerCase().includes(wanted)).slice(0, 12);
    }
    const head = line.trim().toLowerCase();
    return W.VERBS.filter((one) => !head || W.both(`verb.${one.id}`).some((text) => text.startsWith(head))).map((one) => ({ key: one.id, fill: word(one) + " ", text: word(one), note: W.t(`cmd.${one.id}`) }));
  }
  W.CommandLine = function () {
    W.use("ui");
    const [line, setLine] = React.useState(""), [at, setAt] = React.useState(-1), box = React.useRef(null);
    W.useTrap(W.ui.command, box);
    if (!W.ui.command) return null;
    const offered = offersFor(line);
    const close = () => { setLine(""); setAt(-1); W.setUi({ command: false }); };
    const type = (text) => { setLine(text); setAt(-1); };
    return h("div.command", { ref: box, role: "dialog", "aria-modal": true, "aria-label": W.t("cmd.title") },
      h("form", { onSubmit: (event) => { event.preventDefault(); const text = at >= 0 && offered[at] ? offered[at].fill : line; close(); if (text.trim()) W.obey(text); } },
        h("span.slash", { "aria-hidden": true }, "/"),
        h("input", { autoFocus: true, value: line, role: "combobox", "aria-expanded": offered.length > 0, "aria-controls": "cmd-list", "aria-autocomplete": "list", "aria-activedescendant": at >= 0 ? `cmd-${at}` : undefined, placeholder: W.t("cmd.hint"), "aria-label": W.t("cmd.title"), spellCheck: false, autoComplete: "off", onChange: (event) => type(event.target.value),
          onKeyDown: (event) => {
            if (event.key === "Escape") { event.stopPropagation(); close(); }
            else if (event.key === "ArrowDown") { event.preventDefault(); setAt(Math.min(offered.length - 1, at + 1)); }
            else if (event.key === "ArrowUp") { event.preventDefault(); setAt(Math.max(-1, at - 1)); }
            else if (event.key === "Tab" && offered.length) { event.preventDefault(); event.stopPropagation(); type(offered[Math.max(0, at)].fill); }
          } })),
      h("ul", { id: "cmd-list", role: "listbox", "aria-label": W.t("help.commands") }, offered.map((one, n) => h("li", { key: one.key, id: `cmd-${n}`, role: "option", "aria-selected": n === at, ref: n === at ? (row) => row && row.scrollIntoView({ block: "nearest" }) : undefined, onMouseDown: (event) => { event.preventDefault(); type(one.fill); } }, h("b", null, one.text), h("span", null, one.note)))),
      line.trim() && !offered.length && !split(line)[0] ? h("p.empty", null, W.t("cmd.search", { text: line.trim() })) : null);
  };
})();
