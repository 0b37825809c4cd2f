// Drawer: one alarm, incident, vehicle or feature, with all that may be done about it.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;

  const history = (mark) => (mark ? `${mark.by} · ${W.stamp(mark.at_ms)}` : "—");
  function Dialog({ name, title, fields, submit, send }) {
    if (W.ui.dialog !== name) return null;
    return h("div.dialog", { role: "dialog", "aria-label": title }, h("h4", null, title), h(W.Form, { fields, submit, send, cancel: () => W.setUi({ dialog: null }) }));
  }
  const opens = (name) => () => W.setUi({ dialog: W.ui.dialog === name ? null : name });

  function AlertDrawer({ id }) {
    const alert = W.channels.alerts.get(id);
    if (!alert) return h(W.Empty, { text: W.t("drawer.gone") });
    const vehicle = alert.subject && W.vehicles.row.has(alert.subject);
    return h(React.Fragment, null,
      h("div.drawer-top", null, h(W.Sign, { severity: alert.severity, size: "2.2rem" }), h("div", null, h("span.word", { className: alert.severity }, W.t(`severity.${alert.severity}`)), h("h2", null, W.of(alert.title), h(W.Mark, { status: alert.status })))),
      h("p.lead", null, W.message(alert.message)),
      h("p.means", null, W.t(`severity.${alert.severity}.means`)),
      h(W.AlarmState, { alert }),
      h("div.actions", null,
        alert.class === "alarm" ? h(W.CommandButton, { look: "acknowledge", keys: "A", off: alert.acknowledged ? W.t("alarm.acknowledged_already") : "", onPress: () => W.acknowledge(alert) }, W.t("alarm.acknowledge")) : null,
        alert.incident ? h(W.Button, { look: "primary", onPress: () => W.open("incident", alert.incident) }, W.t("alarm.to_incident"))
          : h(W.CommandButton, { look: "primary", keys: "E", onPress: opens("escalate") }, W.t("alarm.escalate")),
        alert.claimed ? null : h(W.CommandButton, { onPress: () => W.command("alert.claim", alert.id) }, W.t("alarm.claim")),
        alert.shelf ? h(W.CommandButton, { onPress: () => W.command("alert.unshelve", alert.id) }, W.t("alarm.unshelve")) : h(W.CommandButton, { onPress: opens("shelve") }, W.t("alarm.shelve")),
        h(W.CommandButton, { onPress: opens("close"), off: alert.disposition ? W.t("alarm.closed_already") : "" }, W.t("alarm.close")),
        vehicle ? h(W.Button, { onPress: () => { W.open("vehicle", alert.subject); const row = W.vehicles.row.get(alert.subject); W.fly(W.vehicles.place[2 * row], W.vehicles.place[2 * row + 1], 12); } }, W.t("alarm.to_vehicle")) : null),
      h(Dialog, { name: "escalate", title: W.t("alarm.escalate"), fields: [{ name: "kind", kind: "choice", required: true, label: W.t("report.kind"), choices: W.open_kinds() }], submit: W.t("alarm.escalate"), send: (given) => W.command("incident.open", alert.id, given) }),
      h(Dialog, { name: "shelve", title: W.t("alarm.shelve"), submit: W.t("alarm.shelve"), send: (given) => W.command("alert.shelve", alert.id, { for_ms: Number(given.minutes) * 60000, reason: given.reason }),
        fields: [{ name: "minutes", kind: "integer", required: true, min: 1, max: 1440, label: W.t("alarm.shelve_minutes") }, ...W.reasonField("reason", "form.reason")] }),
      h(Dialog, { name: "close", title: W.t("alarm.close"), fields: W.reasonField("disposition", "form.disposition"), submit: W.t("alarm.close"), send: (given) => W.command("alert.close", alert.id, given) }),
      h(W.Facts, { rows: [
        [W.t("fact.started"), W.stamp(alert.started_ms)], [W.t("fact.age"), W.ago(alert.started_ms)],
        [W.t("fact.condition"), W.t(`condition.${alert.condition}`)], [W.t("fact.occurrences"), W.figure(alert.count)],
        alert.resolved_ms ? [W.t("fact.resolved"), `${W.stamp(alert.resolved_ms)} ${alert.resolution ? W.word("resolution", alert.resolution) : ""}`, true] : null,
        [W.t("fact.place"), W.place(alert.jurisdiction)], [W.t("fact.lonlat"), W.lonlat(alert.lon, alert.lat)],
        [W.t("fact.acknowledged"), history(alert.acknowledged), true], alert.claimed ? [W.t("fact.claimed"), history(alert.claimed), true] : null,
        alert.shelf ? [W.t("fact.shelf"), `${W.hour(alert.shelf.until_ms)} · ${alert.shelf.reason}`, true] : null, alert.disposition ? [W.t("fact.disposition"), alert.disposition, true] : null,
      ] }),
      h(W.Why, { id: alert.id }));
  }

  function TaskRow({ task }) {
    const [asking, setAsking] = React.useState("");
    const done = ["done", "skipped", "cancelled"].includes(task.state);
    const owed = ["ready", "acknowledged"].includes(task.state);
    const inner = ["wait", "branch", "parallel", "notify"].includes(task.kind);
    const form = W.content.forms[task.form];
    return h("li.task", { className: `${task.state} ${task.late.length ? "late" : ""}`, "data-task": task.id, "data-state": task.state },
      h("div.task-head", null,
        h("i.task-state", null, done && task.state === "done" ? h(W.Icon, { name: "tick" }) : null),
        h("div.task-name", null, h("b", null, W.of(task.title)),
          h("span.task-foot", null, h("span", null, W.t(`task.${task.state}`)), h("span", null, W.word("role", task.owner)), inner ? h("span", null, W.word("step", task.kind)) : null, owed ? h(W.Due, { task }) : null,
            task.escalated_to.length ? h("span.up", null, h(W.Icon, { name: "up" }), W.t("task.escalated", { to: task.escalated_to.map((one) => W.word("role", one)).join(W.t("word.comma")) })) : null,
            task.finished ? h("span", null, history(task.finished)) : null)),
        owed && !inner ? h("div.task-buttons", null,
          task.state === "ready" && (task.ack_due_ms || form) ? h(W.CommandButton, { look: "small", off: W.isPending(task.id) ? W.t("command.sent") : "", onPress: () => W.command("task.acknowledge", task.id) }, W.t("task.acknowledge")) : null,
          h(W.CommandButton, { look: "small primary", off: W.isPending(task.id) ? W.t("command.sent") : "", onPress: () => (form ? setAsking(asking === "done" ? "" : "done") : W.command("task.done", task.id, { answers: {} })) }, W.t("task.finish")),
          h(W.CommandButton, { look: "small plain", onPress: () => setAsking(asking === "skip" ? "" : "skip") }, W.t("task.skip"))) : null),
      task.deliveries.length ? h("ul.deliveries", null, task.deliveries.map(([to, state]) => h("li", { key: to }, W.word("role", to), h(W.Chip, { look: state === "failed" ? "call" : state === "intended" ? "quiet" : "good" }, W.word("delivery", state))))) : null,
      task.message && !done ? h("p.task-message", null, W.message(task.message)) : null,
      task.reason ? h("p.task-message", null, task.reason) : null,
      done && Object.keys(task.answers).length ? h(W.Facts, { rows: Object.entries(task.answers).map(([name, value]) => [fieldName(form, name), fieldValue(form, name, value)]) }) : null,
      asking === "done" ? h(W.TaskForm, { task, cancel: () => setAsking("") }) : null,
      asking === "skip" ? h(W.Form, { fields: W.reasonField("reason", "form.reason"), submit: W.t("task.skip"), cancel: () => setAsking(""), send: (given) => W.command("task.skip", task.id, given) }) : null);
  }
  const field = (form, name) => form && form.fields.find((one) => one.name === name);
  const fieldName = (form, name) => (field(form, name) ? W.of(field(form, name).label) : name === "receipt" ? W.t("form.receipt") : name);
  function fieldValue(form, name, value) {
    const one = field(form, name), choices = one && one.kind === "choice" ? (Array.isArray(one.choices) ? Object.fromEntries(one.choices) : one.choices) : null;
    return choices && choices[value] ? W.of(choices[value]) : W.value(value);
  }
  function Run({ run }) {
    const finished = run.tasks.filter((task) => ["done", "skipped", "cancelled"].includes(task.state)).length;
    return h("section.run-card", { className: run.state },
      h("h3", null, W.of(run.title), h(W.Chip, { look: run.state === "suggested" ? "call" : run.state === "running" ? "mine" : "quiet" }, W.t(`run.${run.state}`))),
      h("div.progress", { role: "progressbar", "aria-valuenow": finished, "aria-valuemax": run.tasks.length, "aria-label": W.of(run.title) }, h("i", { style: { width: `${run.tasks.length ? (100 * finished) / run.tasks.length : 0}%` } }), h("span", null, `${finished}/${run.tasks.length}`)),
      run.state === "suggested" ? h("div.actions", null, h(W.CommandButton, { look: "primary", onPress: () => W.command("run.start", run.id) }, W.t("run.start"))) : null,
      h("ol.tasks", null, run.tasks.map((task) => h(TaskRow, { key: task.id, task }))),
      run.state === "running" ? h("div.actions", null, h(W.CommandButton, { look: "small plain", onPress: opens(`stand ${run.id}`) }, W.t("run.stand_down"))) : null,
      h(Dialog, { name: `stand ${run.id}`, title: W.t("run.stand_down"), fields: W.reasonField("reason", "form.reason"), submit: W.t("run.stand_down"), send: (given) => W.command("run.stand_down", run.id, given) }));
  }
  function IncidentDrawer({ id }) {
    const incident = W.channels.incidents.get(id);
    if (!incident) return h(W.Empty, { text: W.t("drawer.gone") });
    const over = W.OVER.includes(incident.state), place = incident.place;
    const runs = [...W.channels.runs.values()].filter((run) => run.incident === id).sort((a, b) => a.started_ms - b.started_ms);
    const where = [place.text, place.road, place.stake].filter(Boolean).join(" ") || W.place(place.adcode);
    const fields = Object.entries(incident.fields).filter(([name, value]) => W.has(`field.${name}`) && value !== null && typeof value !== "object");
    return h(React.Fragment, null,
      h("div.drawer-top", null, h(W.Sign, { severity: "incident", size: "2.2rem", title: W.t("word.incident") }), h("div", null, h("span.number", null, incident.number), h("h2", null, W.of(incident.title), h(W.Mark, { status: incident.status })))),
      h("span.chips", null, h(W.Chip, { look: incident.state === "open" ? "call" : incident.state === "verified" ? "good" : "quiet" }, W.t(`incident.${incident.state}`)), incident.grade ? h(W.Chip, { look: "mine" }, `${W.t("fact.grade")} ${W.t(`grade.${incident.grade}`)}`) : null,
        incident.responses.filter((one) => !one.ended).map((one) => h(W.Chip, { key: one.jurisdiction, look: "mine" }, W.t("incident.response", { place: W.place(one.jurisdiction), level: one.level })))),
      h("div.actions", null,
        incident.state === "open" ? h(W.CommandButton, { look: "primary", onPress: () => W.command("incident.verify", id, {}) }, W.t("incident.verify")) : null,
        h(W.CommandButton, { keys: "D", onPress: opens("start"), off: over ? W.t("incident.over") : "" }, W.t("incident.start")),
        over ? h(W.CommandButton, { onPress: opens("reopen") }, W.t("incident.reopen")) : h(W.CommandButton, { onPress: opens("close") }, W.t("incident.close")),
        over ? null : h(W.CommandButton, { onPress: opens("dismiss") }, W.t("incident.dismiss"))),
      h(Dialog, { name: "start", title: W.t("incident.start"), submit: W.t("run.start"), send: (given) => W.command("run.start", id, given), fields: [{ name: "playbook", kind: "choice", required: true, label: W.t("why.playbook"), choices: Object.entries(W.content.playbooks) }] }),
      h(Dialog, { name: "close", title: W.t("incident.close"), fields: W.reasonField("disposition", "form.disposition"), submit: W.t("incident.close"), send: (given) => W.command("incident.close", id, given) }),
      h(Dialog, { name: "dismiss", title: W.t("incident.dismiss"), fields: W.reasonField("reason", "form.reason"), submit: W.t("incident.dismiss"), send: (given) => W.command("incident.dismiss", id, given) }),
      h(Dialog, { name: "reopen", title: W.t("incident.reopen"), fields: W.reasonField("reason", "form.reason"), submit: W.t("incident.reopen"), send: (given) => W.command("incident.reopen", id, given) }),
      h(W.Facts, { rows: [
        [W.t("fact.kind"), W.of(W.content.incident_kinds[incident.kind]) || incident.kind], [W.t("fact.opened"), W.stamp(incident.opened_ms)],
        [W.t("fact.where"), where, true], [W.t("fact.place"), W.place(incident.jurisdiction)], [W.t("fact.lonlat"), W.lonlat(place.lon, place.lat)],
        incident.reporter ? [W.t("report.reporter"), incident.reporter] : null, [W.t("fact.verified"), history(incident.verified), true],
        incident.disposition ? [W.t("fact.disposition"), incident.disposition, true] : null, ...fields.map(([name, value]) => [W.t(`field.${name}`), W.value(value)]),
        ...incident.claims.map((claim) => [W.word("claim", claim.what), `${W.figure(claim.value)} · ${claim.source} · ${W.hour(claim.at_ms)}`]),
      ] }),
      runs.length ? runs.map((run) => h(Run, { key: run.id, run })) : h(W.Section, { title: W.t("run.title") }, h(W.Empty, { text: W.t("run.none") })),
      h(W.Section, { title: W.t("incident.alerts"), count: incident.alerts.length }, h("ul.linked", null, incident.alerts.map((one) => {
        const alert = W.channels.alerts.get(one);
        return h("li", { key: one }, alert ? h("button.plain", { type: "button", onClick: () => W.open("alert", one) }, h(W.Sign, { severity: alert.severity, size: "1.1rem" }), W.of(alert.title), h("time", null, W.hour(alert.started_ms))) : h("span", null, W.t("incident.alert_past")));
      }))),
      h(W.Section, { title: W.t("incident.log"), count: incident.log.length }, h("ol.log", null, [...incident.log].reverse().map((entry, n) => h("li", { key: n }, h("time", null, W.stamp(entry.at_ms)), h("span", null, W.logText(entry)), h("i", null, entry.by === "system" ? W.t("word.system") : entry.by))))),
      h(W.Why, { id }));
  }
  function VehicleDrawer({ id }) {
    const [facts, setFacts] = React.useState(null);
    const second = Math.floor(W.shown() / 5000);
    React.useEffect(() => {
      const at = W.mode.replay ? `?at_ms=${Math.floor(W.shown())}` : "";
      W.ask(`/api/vehicles/${id}${at}`).then(setFacts, () => setFacts({ gone: true }));
    }, [id, second, W.mode.replay]);
    if (!facts) return h(W.Empty, { text: W.t("word.loading") });
    if (facts.gone) return h(W.Empty, { text: W.t("drawer.gone") });
    const labels = Object.entries(facts.labels).filter(([, value]) => value !== null);
    return h(React.Fragment, null,
      h("div.drawer-top", null, h("i.swatch.big", { style: { background: `rgb(${W.VEHICLE[Math.min(facts.style, 6)].slice(0, 3)})` } }), h("div", null, h("span.number", null, W.t(`vehicle.style${Math.min(facts.style, 6)}`)), h("h2", null, facts.labels["vehicle.plate"] || id.slice(0, 8)))),
      h(W.Facts, { rows: [[W.t("fact.speed"), facts.speed_kph === null ? "—" : `${W.figure(facts.speed_kph)} km/h`], [W.t("fact.heading"), facts.heading_deg === null ? "—" : `${facts.heading_deg}°`],
        [W.t("fact.lonlat"), W.lonlat(facts.lon, facts.lat)], [W.t("fact.fix"), `${W.time(facts.event_ms)} · ${W.ago(facts.event_ms)}`],
        ...labels.filter(([name]) => W.has(`field.${name}`)).map(([name, value]) => [W.t(`field.${name}`), name.startsWith("admin.") ? W.place(String(value).split("/").pop()) : value])] }),
      h(W.Section, { title: W.t("vehicle.alerts"), count: facts.alerts.length }, h("ul.linked", null, facts.alerts.map((one) => {
        const alert = W.channels.alerts.get(one);
        return alert ? h("li", { key: one }, h("button.plain", { type: "button", onClick: () => W.open("alert", one) }, h(W.Sign, { severity: alert.severity, size: "1.1rem" }), W.of(alert.title))) : null;
      }))));
  }
  function FeatureDrawer({ feature, layer }) {
    const listed = W.layers.find((one) => one.id === (feature.layer || layer));
    const properties = feature.properties || feature.fields || feature;
    const rows = Object.entries(properties).filter(([, value]) => value !== null && (typeof value !== "object" || value.zh !== undefined)).slice(0, 24);
    return h(React.Fragment, null, h("div.drawer-top", null, h("div", null, h("span.number", null, listed ? W.of(listed.title) : ""), h("h2", null, W.of(feature.title || properties.title || properties.name) || (listed ? W.of(listed.title) : "")))),
      h(W.Facts, { rows: rows.map(([name, value]) => [W.word("field", name), /_ms$/.test(name) ? W.stamp(value) : W.word("value", W.value(value))]) }));
  }
  W.Drawer = function () {
    W.use("ui", "alerts", "incidents", "runs", "vehicles", "mode", "pending", "content", "tick");
    const drawer = W.ui.drawer;
    if (!drawer) return null;
    const inner = { alert: () => h(AlertDrawer, { key: drawer.id, id: drawer.id }), incident: () => h(IncidentDrawer, { key: drawer.id, id: drawer.id }), vehicle: () => h(VehicleDrawer, { key: drawer.id, id: drawer.id }),
      feature: () => h(FeatureDrawer, { feature: drawer.feature, layer: drawer.layer }), report: () => h(React.Fragment, null, h("h2", null, W.t("incident.report")), h(W.ReportForm)) };
    return h("aside.drawer", { "aria-label": W.t("drawer.title"), "data-kind": drawer.kind },
      h(W.Button, { look: "icon-button drawer-close", onPress: () => W.setUi({ drawer: null, dialog: null }), label: W.t("drawer.close"), hint: `${W.t("drawer.close")} (Esc)` }, h(W.Icon, { name: "close" })), h("div.drawer-body", null, inner[drawer.kind]()));
  };
})();
