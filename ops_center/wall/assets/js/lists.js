// The other lists of the left side: incidents, tasks, vehicles; and the tabs above them.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  W.OVER = ["closed", "dismissed", "merged"];
  const OWED = ["ready", "acknowledged"];

  W.tasks = function () {
    const found = [];
    for (const run of W.channels.runs.values()) if (run.state === "running") for (const task of run.tasks) if (OWED.includes(task.state) && !["wait", "branch", "parallel", "for_each", "call"].includes(task.kind)) found.push(task);
    return found.sort((a, b) => b.late.length - a.late.length || (W.due(a) || Infinity) - (W.due(b) || Infinity) || (a.id < b.id ? -1 : 1));
  };
  W.due = (task) => (task.state === "ready" && task.ack_due_ms ? task.ack_due_ms : task.done_due_ms);
  W.Due = function ({ task }) {
    W.use("tick");
    const due = W.due(task);
    if (!due) return null;
    const left = due - W.shown();
    const over = left < 0 || task.late.length > 0;
    return h("span.due", { className: over ? "late" : left < 120000 ? "soon" : "", title: W.stamp(due) }, h(W.Icon, { name: "clock" }), left < 0 ? W.t("task.late", { time: W.lasting(-left) }) : W.t("task.left", { time: W.lasting(left) }));
  };

  function Incidents() {
    W.use("incidents", "runs", "ui", "tick", "mode");
    const all = [...W.channels.incidents.values()].sort((a, b) => W.OVER.includes(a.state) - W.OVER.includes(b.state) || b.opened_ms - a.opened_ms);
    return h(React.Fragment, null,
      h("div.list-tools", null, h(W.CommandButton, { look: "primary", onPress: () => W.intake() }, W.t("incident.report"), h("kbd", null, "N"))),
      all.length ? h("ul.rows", null, all.map((incident) => {
        const owed = W.tasks().filter((task) => task.incident === incident.id);
        return h("li.incident", { key: incident.id, className: `${W.OVER.includes(incident.state) ? "aside" : ""} ${W.ui.drawer && W.ui.drawer.id === incident.id ? "chosen" : ""}` },
          h("button", { type: "button", onClick: () => W.open("incident", incident.id) },
            h(W.Sign, { severity: "incident", title: W.t("word.incident") }),
            h("span.alarm-body", null, h("span.alarm-title", null, W.of(incident.title), h(W.Mark, { status: incident.status })),
              h("span.alarm-text.number", null, incident.number),
              h("span.alarm-foot", null, h("time", null, W.ago(incident.opened_ms)), h("span.where", null, W.place(incident.jurisdiction)),
                h(W.Chip, { look: incident.state === "open" ? "call" : incident.state === "verified" ? "good" : "quiet" }, W.t(`incident.${incident.state}`)),
                owed.length ? h(W.Chip, { look: owed.some((task) => task.late.length) ? "call" : "mine" }, W.t("incident.tasks", { n: owed.length })) : null),
              h(W.Clocks, { incident, still: true }))));
      })) : h(W.Empty, { text: W.t("incident.none") }));
  }
  function Tasks() {
    W.use("runs", "ui", "tick", "mode", "pending");
    const late = W.ui.filter && W.ui.filter.list === "tasks" && W.ui.filter.filter.late;
    const tasks = W.tasks().filter((task) => !late || task.late.length);
    return h(React.Fragment, null, late ? h(W.FilterLine) : null,
      tasks.length ? h("ul.rows", null, tasks.map((task) => {
        const incident = W.channels.incidents.get(task.incident);
        return h("li.task-row", { key: task.id, className: task.late.length ? "late" : "" },
          h("button", { type: "button", onClick: () => { W.open("incident", task.incident); W.openTo("tasks"); } },
            h("span.alarm-body", null, h("span.alarm-title", null, W.of(task.title), W.boundOf(task) ? h("span.bound", null, W.boundOf(task)) : null, h(W.Mark, { status: task.status })),
              h("span.alarm-text", null, incident ? W.of(incident.title) : ""),
              h("span.alarm-foot", null, h(W.Due, { task }), h("span.where", null, W.word("role", task.owner)), h(W.Chip, { look: task.late.length ? "call" : task.state === "ready" ? "mine" : "good" }, W.t(`task.${task.state}`))))));
      })) : h(W.Empty, { text: W.t("task.none") }));
  }
  function Vehicles() {
    W.use("vehicles", "ui", "tick");
    const counts = [0, 0, 0, 0, 0, 0, 0];
    const style = W.vehicles.style || [];
    for (const one of style) counts[Math.min(one, 6)]++;
    const worst = [...style].map((one, row) => [one, row]).filter(([one]) => one > 2).sort((a, b) => b[0] - a[0]).slice(0, 100);
    return h(React.Fragment, null,
      W.ui.filter && W.ui.filter.list === "vehicles" ? h(W.FilterLine) : null,
      h("ul.vehicle-counts", null, counts.map((n, one) => h("li", { key: one }, h("i.swatch", { style: { background: `rgb(${W.VEHICLE[one].slice(0, 3)})` } }), W.t(`vehicle.style${one}`), h("b", null, W.figure(n))))),
      worst.length ? h("ul.rows", null, worst.map(([one, row]) => h("li", { key: row }, h("button.vehicle-row", { type: "button", onClick: () => { W.open("vehicle", W.vehicles.ids[row]); W.fly(W.vehicles.place[2 * row], W.vehicles.place[2 * row + 1]); } },
        h("i.swatch", { style: { background: `rgb(${W.VEHICLE[one].slice(0, 3)})` } }), h("span", null, W.vehicles.ids[row].slice(0, 8)), h("span.where", null, W.lonlat(W.vehicles.place[2 * row], W.vehicles.place[2 * row + 1])))))) : h(W.Empty, { text: W.t("vehicle.none") }));
  }
  W.Lists = function () {
    W.use("ui", "alerts", "incidents", "runs", "mode");
    const alerts = [...W.channels.alerts.values()];
    const counts = {
      alarms: alerts.filter((one) => one.class === "alarm" && W.listed(one) && !W.aside(one)).length, notices: alerts.filter((one) => one.class === "notice" && W.listed(one)).length,
      incidents: [...W.channels.incidents.values()].filter((one) => !W.OVER.includes(one.state)).length, tasks: W.tasks().length, vehicles: W.vehicles.n,
    };
    const panels = { alarms: () => h(W.AlarmList, { key: "a", kind: "alarm" }), notices: () => h(W.AlarmList, { key: "n", kind: "notice" }), incidents: () => h(Incidents), tasks: () => h(Tasks), vehicles: () => h(Vehicles) };
    return h("aside.lists", { "aria-label": W.t("lists.title") },
      h("div.tabs", { role: "tablist", "aria-label": W.t("lists.title") }, Object.keys(counts).map((tab) =>
        h("button", { key: tab, type: "button", role: "tab", id: `tab-${tab}`, "data-tab": tab, "aria-controls": "list", "aria-selected": W.ui.tab === tab, tabIndex: W.ui.tab === tab ? 0 : -1, onClick: () => W.setUi({ tab, filter: null }), onKeyDown: (event) => W.rove(event, Object.keys(counts), W.ui.tab, (one) => W.setUi({ tab: one, filter: null })) }, W.t(`tab.${tab}`), h("b", null, W.figure(counts[tab]))))),
      h("div.list-body", { id: "list", role: "tabpanel", "aria-labelledby": `tab-${W.ui.tab}` }, (panels[W.ui.tab] || panels.alarms)()));
  };
})();
