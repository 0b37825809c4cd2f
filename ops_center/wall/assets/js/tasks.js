// Tasks of an incident's playbook runs: every kind of step, late shown but not as failed, many items folded.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const OVER = ["done", "skipped", "cancelled"], OWED = ["ready", "acknowledged"];
  const MACHINE = ["wait", "branch", "parallel", "notify", "for_each", "call", "act"]; // not finished by a person's "done"
  const FOLD = 6;

  const field = (form, name) => form && form.fields.find((one) => one.name === name);
  const fieldName = (form, name) => (field(form, name) ? W.of(field(form, name).label) : name === "receipt" ? W.t("form.receipt") : name);
  function fieldValue(form, name, value) {
    const one = field(form, name), choices = one && (one.kind || one.type) === "choice" ? (Array.isArray(one.choices) ? Object.fromEntries(one.choices) : one.choices) : null;
    return choices && choices[value] ? W.of(choices[value]) : W.value(value);
  }
  function TaskForm({ task, cancel }) {
    const form = W.content.forms[task.form];
    const fields = [...(form ? form.fields : [])];
    if ((task.evidence || []).includes("receipt") || task.form === "first_report") fields.push({ name: "receipt", kind: "text", most: 80, label: W.t("form.receipt") });
    return h(W.Form, { keep: `task/${task.id}`, fields, submit: W.t("task.finish"), cancel, send: (answers, id) => W.send("task.done", task.id, { answers }, id) });
  }
  function Deliveries({ task }) {
    if (!task.deliveries.length) return null;
    const failed = task.deliveries.filter(([, state]) => state === "failed");
    return h(React.Fragment, null,
      h("ul.deliveries", null, task.deliveries.map(([to, state]) => h("li", { key: to }, W.word("role", to), h(W.Chip, { look: state === "failed" ? "call" : state === "intended" ? "quiet" : state === "sent" ? "mine" : "good" }, W.word("delivery", state))))),
      failed.length ? h("div.manual", { role: "note" }, h("b", null, W.t("delivery.by_hand")), h("p", null, W.t("delivery.call", { who: failed.map(([to]) => W.word("role", to)).join(W.t("word.comma")) })), task.message ? h("blockquote", null, W.message(task.message)) : null,
        failed.map(([to]) => h(W.CommandButton, { key: to, look: "small primary", label: `${W.t("delivery.told_by_hand")} ${W.word("role", to)}`, onPress: () => W.command("notify.receipt", task.id, { recipient: to }) }, W.t("delivery.told_by_hand"), failed.length > 1 ? ` · ${W.word("role", to)}` : ""))) : null);
  }
  // What the step asked other parts of the desk to do, and the way there.
  function Ways({ task }) {
    const ways = [];
    if (task.kind === "dispatch") ways.push(h(W.Button, { key: "u", look: "small primary", onPress: () => W.setUi({ part: "units", dialog: null, task: task.id }) }, W.t("unit.dispatch")), ...task.dispatches.map((id) => h(W.DispatchChip, { key: id, id })), task.short ? h(W.Chip, { key: "s", look: "call" }, W.t("task.short", { n: task.short })) : null);
    if (task.kind === "warn" || task.warning) ways.push(h(W.Button, { key: "w", look: "small primary", onPress: () => W.setUi({ part: "warnings", dialog: null }) }, W.t(task.warning ? "warning.see" : "warning.draft")));
    if (task.child) { const run = W.channels.runs.get(task.child); ways.push(h(W.Chip, { key: "c", look: "link" }, run ? `${W.of(run.title)} · ${W.t(`run.${run.state}`)}` : W.t("task.child"))); }
    if (task.approvals.length) ways.push(...task.approvals.map((mark, n) => h(W.Chip, { key: `a${n}`, look: "good" }, W.t("task.approved_by", { name: mark.by }))));
    if (task.chosen) ways.push(h(W.Chip, { key: "b", look: "quiet" }, W.t("task.chosen", { arm: task.chosen })));
    if (task.until_ms && !OVER.includes(task.state)) ways.push(h(W.Chip, { key: "t", look: "quiet" }, W.t("task.until", { time: W.hour(task.until_ms) })));
    if (task.undone) ways.push(h(W.Chip, { key: "z", look: "quiet" }, W.t("task.undone", { name: task.undone.by })));
    return ways.length ? h("div.task-ways", null, ways) : null;
  }
  function Buttons({ task, form, asking, setAsking }) {
    const off = W.isPending(task.id) ? W.t("command.sent") : "", needed = task.kind === "warn" ? 0 : (task.wanted || {}).approvals || 0, approve = needed > task.approvals.length; // a warning's approval is the warning's own
    const mine = task.approvals.some((mark) => W.mine(mark));
    return h("div.task-buttons", null,
      task.state === "ready" && !approve && (task.ack_due_ms || form) ? h(W.CommandButton, { look: "small", off, onPress: () => W.command("task.acknowledge", task.id) }, W.t("task.acknowledge")) : null,
      approve ? [h(W.CommandButton, { key: "y", look: "small acknowledge", off: off || (mine ? W.t("task.two_people") : ""), onPress: () => W.command("task.approve", task.id, { decision: "approve" }) }, W.t("task.approve"), needed > 1 ? ` ${task.approvals.length}/${needed}` : ""), h(W.CommandButton, { key: "n", look: "small", off, onPress: () => setAsking(asking === "refuse" ? "" : "refuse") }, W.t("task.refuse"))]
        : MACHINE.includes(task.kind) || task.kind === "dispatch" || task.kind === "warn" ? null
        : h(W.CommandButton, { look: "small primary", off, onPress: () => (form ? setAsking(asking === "done" ? "" : "done") : W.command("task.done", task.id, { answers: {} })) }, W.t(form ? "task.fill" : "task.finish")),
      h(W.CommandButton, { look: "small plain", onPress: () => setAsking(asking === "skip" ? "" : "skip") }, W.t("task.skip")));
  }
  // What an item of a for_each is about: which school, which hospital.
  W.boundOf = (task) => Object.values(task.bound || {}).map((item) => (item && typeof item === "object" ? W.of(item.name || item.title) || item.key : item)).filter(Boolean).join(" ");
  W.TaskRow = function ({ task }) {
    const [asking, setAsking] = React.useState("");
    const done = OVER.includes(task.state), owed = OWED.includes(task.state), form = W.content.forms[task.form];
    const inner = ["parallel", "branch"].includes(task.kind);
    const bound = W.boundOf(task);
    return h("li.task", { className: `${task.state} ${task.late.length ? "late" : ""} ${inner ? "inner" : ""}`, "data-task": task.id, "data-state": task.state },
      h("div.task-head", null,
        h("i.task-state", { "aria-hidden": true }, task.state === "done" ? h(W.Icon, { name: "tick" }) : null),
        h("div.task-name", null, h("b", null, W.of(task.title), bound ? h("span.bound", null, bound) : null),
          h("span.task-foot", null, h("span", null, W.t(`task.${task.state}`)), h("span", null, W.word("role", task.owner)), task.kind !== "task" ? h("span", null, W.word("step", task.kind)) : null, owed ? h(W.Due, { task }) : null,
            task.late.length && done ? h("span.was-late", null, W.t("task.was_late")) : null,
            task.escalated_to.length ? h("span.up", null, h(W.Icon, { name: "up" }), W.t("task.escalated", { to: task.escalated_to.map((one) => W.word("role", one)).join(W.t("word.comma")) })) : null,
            task.finished ? h("span", null, W.history(task.finished)) : null)),
        owed && !inner && !(task.kind === "for_each") ? h(Buttons, { task, form, asking, setAsking }) : null),
      h(Ways, { task }), h(Deliveries, { task }),
      task.message && !done && !task.deliveries.some(([, state]) => state === "failed") ? h("p.task-message", null, W.message(task.message)) : null,
      task.reason ? h("p.task-message", null, task.state === "skipped" ? W.t("task.skipped_because", { reason: task.reason }) : task.reason) : null,
      h(W.Refused, { target: task.id }),
      done && Object.keys(task.answers).length ? h(W.Facts, { rows: Object.entries(task.answers).map(([name, value]) => [fieldName(form, name), fieldValue(form, name, value)]) }) : null,
      asking === "done" ? h(TaskForm, { task, cancel: () => setAsking("") }) : null,
      asking === "skip" ? h(W.Form, { keep: `skip/${task.id}`, fields: W.reasonField("reason", "form.reason"), submit: W.t("task.skip"), cancel: () => setAsking(""), send: (given, id) => W.send("task.skip", task.id, given, id) }) : null,
      asking === "refuse" ? h(W.Form, { keep: `refuse/${task.id}`, fields: W.reasonField("reason", "form.reason"), submit: W.t("task.refuse"), cancel: () => setAsking(""), send: (given, id) => W.send("task.approve", task.id, { decision: "refuse", ...given }, id) }) : null);
  };
  // Items of one for_each with the same step stand together: how many are done, the owed ones first, the rest on demand.
  function Items({ name, tasks, run }) {
    const open = W.ui.expanded.has(name), done = tasks.filter((task) => OVER.includes(task.state)).length, late = tasks.filter((task) => task.late.length && !OVER.includes(task.state)).length;
    const owed = [...tasks].sort((a, b) => OVER.includes(a.state) - OVER.includes(b.state) || b.late.length - a.late.length);
    return h("li.items", null, h("button.items-head", { type: "button", "aria-expanded": open, onClick: () => W.toggleGroup(name) }, h("i.turn", { className: open ? "down" : "" }), h("b", null, W.of(tasks[0].title)), h("span", null, W.t("task.items", { done, all: tasks.length })), late ? h(W.Chip, { look: "call" }, W.t("task.items_late", { n: late })) : null),
      open ? h("ol.tasks", null, owed.slice(0, 60).map((task) => h(W.TaskRow, { key: task.id, task }))) : null);
  }
  function grouped(tasks) {
    const sets = new Map();
    for (const task of tasks) {
      const name = Object.keys(task.bound || {}).length ? `${task.run}/${task.step}` : task.id;
      if (!sets.has(name)) sets.set(name, []);
      sets.get(name).push(task);
    }
    return [...sets].flatMap(([name, members]) => (members.length >= FOLD ? [{ name: `items/${name}`, members }] : members.map((task) => ({ name: task.id, task }))));
  }
  function Run({ run }) {
    const steps = run.tasks.filter((task) => !["parallel", "branch", "for_each"].includes(task.kind)), finished = steps.filter((task) => OVER.includes(task.state)).length;
    return h("section.run-card", { className: run.state, "data-run": run.id },
      h("h3", null, W.of(run.title), h(W.Chip, { look: run.state === "suggested" ? "call" : run.state === "running" ? "mine" : "quiet" }, W.t(`run.${run.state}`))),
      run.state === "suggested" ? h("div.actions", null, h(W.CommandButton, { look: "primary", keys: "P", off: W.isPending(run.id) ? W.t("command.sent") : "", onPress: () => W.command("run.start", run.id) }, W.t("run.start")), h("span.hint", null, W.t("run.why_suggested")))
        : h("div.progress", { role: "progressbar", "aria-valuenow": finished, "aria-valuemin": 0, "aria-valuemax": steps.length, "aria-label": W.of(run.title) }, h("i", { style: { width: `${steps.length ? (100 * finished) / steps.length : 0}%` } }), h("span", null, `${finished}/${steps.length}`)),
      h(W.Refused, { target: run.id }),
      h("ol.tasks", null, grouped(run.tasks).map((one) => (one.task ? h(W.TaskRow, { key: one.name, task: one.task }) : h(Items, { key: one.name, name: one.name, tasks: one.members, run })))),
      run.state === "running" ? h("div.actions", null, h(W.CommandButton, { look: "small plain", onPress: W.opens(`stand ${run.id}`) }, W.t("run.stand_down"))) : null,
      h(W.Dialog, { name: `stand ${run.id}`, title: W.t("run.stand_down"), target: run.id, kind: "run.stand_down", fields: W.reasonField("reason", "form.reason"), submit: W.t("run.stand_down") }),
      h(W.Why, { id: run.id }));
  }
  W.TasksPart = function ({ incident }) {
    const runs = W.runsOf(incident.id);
    return h(React.Fragment, null, runs.length ? runs.map((run) => h(Run, { key: run.id, run })) : h(W.Empty, { text: W.t("run.none") }),
      h("div.actions", null, h(W.CommandButton, { look: "small", keys: "P", off: W.OVER.includes(incident.state) ? W.t("incident.over") : "", onPress: W.opens("start") }, W.t("incident.start"))));
  };
  // T: to the next thing that is owed here, so that Enter does it.
  W.nextTask = function () {
    W.openTo("tasks");
    let tries = 0;
    const go = () => {
      const buttons = [...document.querySelectorAll(".part .task-buttons .button:not(:disabled), .part .task-ways .primary, .run-card.suggested .primary:not(:disabled)")].filter((one) => one.matches(".primary, .acknowledge"));
      if (!buttons.length) { if (tries++ < 20) setTimeout(go, 50); return; }
      const next = buttons[(buttons.indexOf(document.activeElement) + 1) % buttons.length];
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    };
    go();
  };
})();
