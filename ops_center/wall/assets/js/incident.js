// One incident: its head never scrolls away; under it a part each for facts, tasks, units, warnings, reports, record.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  W.GRADES = ["IV", "III", "II", "I"];
  W.COMMAND_LEVELS = ["county", "city", "province", "state"];
  W.CLAIMS = ["deaths", "serious_injuries", "minor_injuries", "poisoned", "missing", "trapped", "evacuated", "loss_cny"];
  W.PARTS = ["overview", "tasks", "units", "warnings", "reports", "record"];
  // A stated figure with its unit; the loss has its own in its name.
  W.counted = (what, value) => (what === "loss_cny" ? W.figure(value) : W.t("claim.people", { n: W.figure(value) }));
  W.gradeOf = (incident) => (incident.grades.length ? incident.grades[incident.grades.length - 1] : null); // earlier ones stay
  W.whereOf = (place) => [place.text, place.road, place.stake].filter(Boolean).join(" ") || W.place(place.adcode);
  W.incidentNow = () => (W.ui.drawer && W.ui.drawer.kind === "incident" ? W.channels.incidents.get(W.ui.drawer.id) || null : null);
  W.runsOf = (id) => [...W.channels.runs.values()].filter((run) => run.incident === id).sort((a, b) => a.started_ms - b.started_ms || (a.id < b.id ? -1 : 1));
  W.openTo = (part, dialog) => W.setUi({ part, dialog: dialog === undefined ? null : dialog });

  function Chips({ incident }) {
    const graded = W.gradeOf(incident);
    return h("span.chips", null, h(W.Chip, { look: incident.state === "open" ? "call" : incident.state === "verified" ? "good" : "quiet" }, W.t(`incident.${incident.state}`)),
      graded ? h(W.Chip, { look: "mine" }, `${W.t("fact.grade")} ${W.t(`grade.${graded.grade}`)}`) : h(W.Chip, { look: "quiet" }, W.t("incident.ungraded")),
      incident.command_level ? h(W.Chip, { look: "mine" }, W.t("incident.commanded", { level: W.word("level", incident.command_level) })) : null,
      incident.responses.filter((one) => !one.ended).map((one) => h(W.Chip, { key: one.jurisdiction, look: "mine" }, W.t("incident.response", { place: W.place(one.jurisdiction), level: one.level }))),
      incident.merged_into ? h(W.Chip, { look: "link" }, W.t("incident.merged_to", { number: (W.channels.incidents.get(incident.merged_into) || {}).number || "—" })) : null);
  }
  function Dialogs({ incident }) {
    const id = incident.id, place = incident.place;
    const dialog = (name, title, kind, fields, args, more) => h(W.Dialog, { name, title, submit: title, target: id, kind, fields, args, ...more });
    const others = [...W.channels.incidents.values()].filter((one) => one.id !== id && !W.OVER.includes(one.state)).map((one) => [one.id, `${one.number} ${W.of(one.title)}`]);
    const counties = W.countyChoices(), here = incident.jurisdiction;
    const grades = W.GRADES.map((one) => [one, { zh: `${one} ${W.both(`grade.${one}`)[0]}`, en: W.both(`grade.${one}`)[1] }]), advised = W.advised(incident);
    return h(React.Fragment, null,
      dialog("update", W.t("incident.update"), "incident.update", [
        { name: "text", kind: "text", most: 200, wide: true, label: W.t("report.place") }, { name: "adcode", kind: "choice", label: W.t("fact.place"), choices: counties }, { name: "reporter", kind: "text", most: 120, label: W.t("report.reporter") },
        { name: "road", kind: "text", most: 80, label: W.t("report.road") }, { name: "stake", kind: "text", most: 40, label: W.t("report.stake") },
        { name: "lon", kind: "number", min: -180, max: 180, label: W.t("report.lon") }, { name: "lat", kind: "number", min: -90, max: 90, label: W.t("report.lat") }],
        (given) => ({ ...given, seen_ms: W.ui.seen_ms, lon: given.lon === undefined ? undefined : Number(given.lon), lat: given.lat === undefined ? undefined : Number(given.lat) }),
        { fixed: W.filled({ text: place.text, adcode: place.adcode, reporter: incident.reporter, road: place.road, stake: place.stake, lon: place.lon === null ? "" : String(place.lon), lat: place.lat === null ? "" : String(place.lat) }) }),
      dialog("grade", W.t("incident.grade"), "incident.grade", [{ name: "grade", kind: "choice", required: true, label: W.t("fact.grade"), choices: grades }, ...W.reasonField("reason", "form.reason")], undefined,
        { note: advised ? advised.text : W.t("grade.none_advised"), fixed: advised ? { grade: advised.grade, reason: advised.reason } : {} }),
      dialog("respond", W.t("incident.respond"), "incident.respond", [{ name: "level", kind: "choice", required: true, label: W.t("response.level"), choices: W.GRADES.map((one) => [one, W.t("response.level_n", { level: one })]) }, { name: "jurisdiction", kind: "choice", required: true, label: W.t("fact.place"), choices: counties }], undefined, { fixed: { jurisdiction: here }, note: W.t("response.by_person") }),
      dialog("command", W.t("incident.command"), "incident.command_level", [{ name: "level", kind: "choice", required: true, label: W.t("incident.command"), choices: W.COMMAND_LEVELS.map((one) => [one, W.word("level", one)]) }, ...W.reasonField("reason", "form.reason")]),
      dialog("claim", W.t("incident.claim"), "incident.state_claim", [{ name: "what", kind: "choice", required: true, label: W.t("claim.what"), choices: W.CLAIMS.map((one) => [one, W.word("claim", one)]) }, { name: "value", kind: "integer", required: true, min: 0, label: W.t("claim.value") }, { name: "source", kind: "text", required: true, most: 120, wide: true, label: W.t("claim.source") }], (given) => ({ ...given, value: Number(given.value) })),
      dialog("parent", W.t("incident.parent"), "incident.set_parent", [{ name: "parent", kind: "choice", required: true, wide: true, label: W.t("incident.parent"), choices: others }]),
      dialog("merge", W.t("incident.merge"), "incident.merge", [{ name: "into", kind: "choice", required: true, wide: true, label: W.t("incident.merge_into"), choices: others }]),
      dialog("start", W.t("incident.start"), "run.start", [{ name: "playbook", kind: "choice", required: true, wide: true, label: W.t("why.playbook"), choices: Object.entries(W.content.playbooks || {}) }], undefined, { submit: W.t("run.start"), done: () => W.openTo("tasks") }),
      dialog("close", W.t("incident.close"), "incident.close", W.dispositionFields("incident")),
      dialog("dismiss", W.t("incident.dismiss"), "incident.dismiss", W.reasonField("reason", "form.reason")),
      dialog("reopen", W.t("incident.reopen"), "incident.reopen", W.reasonField("reason", "form.reason")));
  }
  // The grade that the stated figures call for by law, with its basis; a person sets it.
  W.advised = function (incident) {
    const one = incident.suggested_grade;
    if (!one || !one.grade) return null;
    const basis = W.of(one.basis), why = one.figures.map(([what, value]) => `${W.word("claim", what)} ${W.counted(what, value)}`).join(W.t("word.comma"));
    return { grade: one.grade, basis, reason: [why, basis].filter(Boolean).join(" · ").slice(0, 200) || W.t(`grade.${one.grade}`), text: W.t("grade.advised", { grade: W.t(`grade.${one.grade}`), basis: [why, basis].filter(Boolean).join(" · ") }) };
  };
  function Head({ incident }) {
    const id = incident.id, over = W.OVER.includes(incident.state), off = over ? W.t("incident.over") : "";
    return h("div.incident-head", null,
      h("div.drawer-top", null, h(W.Sign, { severity: "incident", size: "2.2rem", title: W.t("word.incident") }), h("div", null, h("span.number", null, incident.number), h("h2", null, W.of(incident.title), h(W.Mark, { status: incident.status })))),
      h(Chips, { incident }), h(W.Clocks, { incident }), h(W.Refused, { target: id }),
      h("div.actions", null,
        incident.state === "open" ? h(W.CommandButton, { look: "primary", keys: "V", off: W.isPending(id) ? W.t("command.sent") : "", onPress: () => W.command("incident.verify", id, {}) }, W.t("incident.verify")) : null,
        over && incident.state !== "merged" ? h(W.CommandButton, { look: "primary", onPress: W.opens("reopen") }, W.t("incident.reopen")) : null,
        h(W.CommandButton, { keys: "D", off, onPress: () => W.openTo("units") }, W.t("unit.dispatch")),
        h(W.CommandButton, { keys: "R", off, onPress: () => W.openTo("reports", `${W.nextReport(incident)}-report`) }, W.t("report.send")),
        h(W.CommandButton, { keys: "W", off, onPress: () => W.openTo("warnings", "draft") }, W.t("warning.draft")),
        h(W.CommandButton, { keys: "P", off, onPress: W.opens("start") }, W.t("incident.start"))),
      h("div.parts", { role: "tablist", "aria-label": W.t("drawer.parts") }, W.PARTS.map((part) =>
        h("button", { key: part, type: "button", role: "tab", id: `part-${part}`, "aria-controls": "part", "aria-selected": W.ui.part === part, tabIndex: W.ui.part === part ? 0 : -1, onClick: () => W.openTo(part), onKeyDown: (event) => W.rove(event, W.PARTS, W.ui.part, (one) => W.openTo(one)) },
          W.t(`part.${part}`), h(Count, { part, incident })))));
  }
  function Count({ part, incident }) {
    const owed = W.tasks().filter((task) => task.incident === incident.id);
    const count = { tasks: owed.length, units: W.dispatchesOf(incident.id).filter((one) => !W.GONE.includes(one.state)).length, warnings: W.warningsOf(incident.id).length, reports: incident.reports.filter((one) => !one.sent).length, record: incident.log.length }[part];
    const late = part === "tasks" ? owed.some((task) => task.late.length) : part === "reports" ? incident.reports.some((one) => !one.sent && one.late) : false;
    return count ? h("b", { className: late ? "late" : "" }, count) : null;
  }
  function Overview({ incident }) {
    const id = incident.id, place = incident.place, over = W.OVER.includes(incident.state), off = over ? W.t("incident.over") : "", advised = W.advised(incident), graded = W.gradeOf(incident);
    const fields = Object.entries(incident.fields).filter(([name, value]) => W.has(`field.${name}`) && value !== null && typeof value !== "object");
    const parent = W.channels.incidents.get(incident.parent), children = [...W.channels.incidents.values()].filter((one) => one.parent === id);
    const press = (dialog) => W.opens(dialog);
    return h(React.Fragment, null,
      h("div.actions", null,
        h(W.CommandButton, { look: "small", keys: "U", off, onPress: press("update") }, W.t("incident.update")), h(W.CommandButton, { look: "small", keys: "C", off, onPress: press("claim") }, W.t("incident.claim")), h(W.CommandButton, { look: "small", keys: "G", off, onPress: press("grade") }, W.t("incident.grade")),
        h(W.CommandButton, { look: "small", keys: "Y", off, onPress: press("respond") }, W.t("incident.respond")), h(W.CommandButton, { look: "small", off, onPress: press("command") }, W.t("incident.command")), h(W.CommandButton, { look: "small", off, onPress: press("parent") }, W.t("incident.parent")),
        h(W.CommandButton, { look: "small", off, onPress: press("merge") }, W.t("incident.merge")), h(W.CommandButton, { look: "small", off, onPress: press("dismiss") }, W.t("incident.dismiss")), h(W.CommandButton, { look: "small", keys: "X", off, onPress: press("close") }, W.t("incident.close"))),
      advised && advised.grade !== (graded || {}).grade ? h("p.advice", null, h("b", null, advised.text), h(W.CommandButton, { look: "small", off, onPress: press("grade") }, W.t("incident.grade"))) : null,
      h(W.Facts, { rows: [
        [W.t("fact.kind"), W.of(W.content.incident_kinds[incident.kind]) || incident.kind], [W.t("fact.opened"), W.stamp(incident.opened_ms)],
        [W.t("fact.where"), W.whereOf(place), true], [W.t("fact.place"), W.place(incident.jurisdiction)], [W.t("fact.lonlat"), W.lonlat(place.lon, place.lat)],
        incident.reporter ? [W.t("report.reporter"), incident.reporter] : null, [W.t("fact.verified"), incident.verified ? W.history(incident.verified) : W.t("fact.not_yet"), true],
        graded ? [W.t("fact.grade"), `${W.t(`grade.${graded.grade}`)} · ${graded.reason} · ${W.history(graded.mark)}`, true] : null,
        incident.disposition ? [W.t("fact.disposition"), W.disposition(incident), true] : null, ...fields.map(([name, value]) => [W.t(`field.${name}`), W.value(value)]),
      ] }),
      h(W.Section, { title: W.t("claim.title"), count: incident.claims.length }, incident.claims.length ? h("table.claims", null, h("tbody", null, [...incident.claims].reverse().map((claim, n) =>
        h("tr", { key: n, className: incident.claims.slice(incident.claims.length - n).some((later) => later.what === claim.what) ? "older" : "" }, h("th", { scope: "row" }, W.word("claim", claim.what)), h("td", null, W.counted(claim.what, claim.value)), h("td", null, claim.source), h("td", null, h("time", null, W.stamp(claim.at_ms))))))) : h(W.Empty, { text: W.t("claim.none") })),
      incident.responses.length ? h(W.Section, { title: W.t("response.title"), count: incident.responses.length }, h("ul.linked", null, incident.responses.map((one, n) => h("li", { key: n }, h("b", null, W.t("incident.response", { place: W.place(one.jurisdiction), level: one.level })), h("span", null, `${W.history(one.started)}${one.ended ? ` – ${W.history(one.ended)}` : ""}`),
        one.ended ? null : h(W.CommandButton, { look: "small", onPress: () => W.command("incident.end_response", id, { jurisdiction: one.jurisdiction }) }, W.t("response.end")))))) : null,
      parent || children.length ? h(W.Section, { title: W.t("incident.family") }, h("ul.linked", null, parent ? h("li", null, h("span", null, W.t("incident.parent_is")), h(Other, { incident: parent }), h(W.CommandButton, { look: "small plain", onPress: () => W.command("incident.set_parent", id, { parent: "" }) }, W.t("incident.unparent"))) : null, children.map((one) => h("li", { key: one.id }, h(Other, { incident: one }))))) : null,
      h(W.Section, { title: W.t("incident.alerts"), count: incident.alerts.length }, h("ul.linked", null, incident.alerts.map((one) => {
        const alert = W.channels.alerts.get(one);
        return h("li", { key: one }, alert ? h("button.plain", { type: "button", onClick: () => W.open("alert", one) }, h(W.Sign, { severity: alert.severity, size: "1.1rem" }), W.of(alert.title), h("time", null, W.hour(alert.started_ms))) : h("span", null, W.t("incident.alert_past")),
          alert && !over ? h(W.CommandButton, { look: "small plain", onPress: () => W.command("incident.unlink", id, { alert: one }) }, W.t("incident.unlink")) : null);
      }))),
      h(W.Why, { id }));
  }
  const Other = ({ incident }) => h("button.plain", { type: "button", onClick: () => W.open("incident", incident.id) }, h(W.Sign, { severity: "incident", size: "1.1rem", title: W.t("word.incident") }), h("span.number", null, incident.number), W.of(incident.title), h(W.Chip, { look: "quiet" }, W.t(`incident.${incident.state}`)));

  W.IncidentDrawer = function ({ id }) {
    const incident = W.channels.incidents.get(id);
    if (!incident) return h(W.Empty, { text: W.t("drawer.gone") });
    const parts = { overview: Overview, tasks: W.TasksPart, units: W.UnitsPart, warnings: W.WarningsPart, reports: W.ReportsPart, record: W.RecordPart };
    return h(React.Fragment, null, h(Head, { incident }), h(Dialogs, { incident }), h("div.part", { id: "part", role: "tabpanel", "aria-labelledby": `part-${W.ui.part}` }, h(parts[W.ui.part] || Overview, { key: W.ui.part, incident })));
  };
})();
