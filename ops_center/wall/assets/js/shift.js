// Shift: who sits where, taking a post over, what changed and what is owed, the shift log and its exports.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  W.myShift = () => W.onDuty().find((shift) => W.session && shift.person === W.session.name) || null;
  const before = (post) => W.onDuty().find((shift) => shift.post === post) || null;
  const posts = () => [...new Set([...Object.keys(W.content.posts || {}), W.session ? W.session.post : "", ...[...W.channels.shifts.values()].map((shift) => shift.post)])].filter(Boolean);
  

  // What the next person takes over, from the same rows as the lists.
  W.owed = function () {
    const alarms = [...W.channels.alerts.values()].filter((alert) => alert.class === "alarm" && W.listed(alert) && !W.aside(alert));
    const incidents = [...W.channels.incidents.values()].filter((one) => !W.OVER.includes(one.state));
    const reports = incidents.flatMap((incident) => W.owedReports(incident).map((report) => ({ incident, report }))).sort((a, b) => (a.report.due_ms || 9e15) - (b.report.due_ms || 9e15));
    const aside = [...W.channels.alerts.values()].filter((alert) => alert.class === "alarm" && W.aside(alert));
    const warnings = [...W.channels.warnings.values()].filter((one) => ["draft", "approved", "published"].includes(W.lastOf(one).state));
    return { alarms: alarms.sort((a, b) => W.rank(b.severity) - W.rank(a.severity) || b.raised_ms - a.raised_ms), incidents, tasks: W.tasks(), reports, aside, warnings, units: [...W.channels.dispatches.values()].filter((one) => !W.GONE.includes(one.state)) };
  };
  // What changed since a time: opened, closed, graded, published; from the things themselves.
  W.changedSince = function (since) {
    const lines = [];
    const add = (at, text, open) => { if (at && at >= since) lines.push({ at, text, open }); };
    for (const one of W.channels.incidents.values()) {
      const name = `${one.number} ${W.of(one.title)}`, open = () => W.open("incident", one.id);
      add(one.opened_ms, W.t("change.opened", { name }), open);
      if (one.verified) add(one.verified.at_ms, W.t("change.verified", { name, by: one.verified.by }), open);
      one.grades.forEach((grade) => add(grade.mark.at_ms, W.t("change.graded", { name, grade: W.t(`grade.${grade.grade}`), by: grade.mark.by }), open));
      one.reports.forEach((report) => report.sent && add(report.sent.at_ms, W.t("change.reported", { name, kind: W.t(`report.${report.kind}`), by: report.sent.by }), open));
      if (one.closed) add(one.closed.at_ms, W.t("change.over", { name, state: W.t(`incident.${one.state}`), by: one.closed.by }), open);
    }
    for (const one of W.channels.dispatches.values()) { const [name, mark] = one.marks[one.marks.length - 1] || []; if (mark) add(mark.at_ms, W.t("change.unit", { name: W.unitName(one.resource), state: W.word("dispatch", name) }), () => W.open("incident", one.incident)); }
    for (const one of W.channels.warnings.values()) { const last = W.lastOf(one); if (last.published) add(last.published.at_ms, W.t("change.warned", { name: W.of(last.headline) }), () => W.open("incident", one.incident)); }
    return lines.sort((a, b) => b.at - a.at);
  };
  function Owed() {
    const owed = W.owed();
    const list = (key, rows, line) => h("section.section", { key }, h("h3", null, W.t(`owed.${key}`), h("span.count", null, rows.length)), rows.length ? h("ul.linked", null, rows.slice(0, 12).map(line), rows.length > 12 ? h("li.hint", { key: "more" }, W.t("owed.more", { n: rows.length - 12 })) : null) : h("p.hint", null, W.t("owed.none")));
    const go = (id, open, ...inner) => h("li", { key: id }, h("button.plain", { type: "button", onClick: open }, ...inner));
    return h(React.Fragment, null,
      list("reports", owed.reports, ({ incident, report }) => go(`${incident.id}${report.kind}${report.number}`, () => { W.open("incident", incident.id); W.openTo("reports"); }, h("b", null, W.t(`report.${report.kind}`)), `${incident.number}`, report.due_ms ? h("time", { className: report.due_ms < W.shown() ? "late" : "" }, report.due_ms < W.shown() ? W.t("task.late", { time: W.lasting(W.shown() - report.due_ms) }) : W.t("task.left", { time: W.lasting(report.due_ms - W.shown()) })) : null)),
      list("incidents", owed.incidents, (one) => go(one.id, () => W.open("incident", one.id), h("span.number", null, one.number), W.of(one.title), h(W.Chip, { look: one.state === "open" ? "call" : "good" }, W.t(`incident.${one.state}`)))),
      list("tasks", owed.tasks, (task) => go(task.id, () => { W.open("incident", task.incident); W.openTo("tasks"); }, h("b", null, W.of(task.title)), h(W.Due, { task }))),
      list("alarms", owed.alarms, (alert) => go(alert.id, () => W.open("alert", alert.id), h(W.Sign, { severity: alert.severity, size: "1.1rem" }), W.of(alert.title), alert.claimed ? h(W.Chip, { look: "mine" }, alert.claimed.by) : null, h("time", null, W.ago(alert.raised_ms)))),
      list("units", owed.units, (one) => go(one.id, () => { W.open("incident", one.incident); W.openTo("units"); }, W.unitName(one.resource), h(W.DispatchChip, { id: one.id }))),
      list("warnings", owed.warnings, (one) => go(one.id, () => { W.open("incident", one.incident); W.openTo("warnings"); }, h(W.Colour, { colour: W.lastOf(one).colour }), W.of(W.lastOf(one).headline), h(W.Chip, { look: "mine" }, W.word("warning.state", W.lastOf(one).state)))),
      list("aside", owed.aside, (alert) => go(alert.id, () => W.open("alert", alert.id), W.of(alert.title), h(W.AlarmState, { alert }))));
  }
  function SignOn() {
    const free = posts(), own = W.session.post;
    return h(W.Form, { keep: "sign-on", still: true, submit: W.t("shift.sign_on"), fixed: { post: own }, fields: [{ name: "post", kind: "choice", required: true, wide: true, label: W.t("shift.post"), choices: free.map((post) => { const held = before(post); return [post, held ? `${W.postName(post)} · ${W.t("shift.from", { name: held.person })}` : W.postName(post)]; }) }, { name: "remarks", kind: "text", most: 500, multi: true, rows: 2, label: W.t("shift.remarks") }],
      send: (given, id) => W.send("shift.sign_on", (before(given.post) || {}).id || "", given, id) });
  }
  W.ShiftDrawer = function () {
    W.use("shifts", "alerts", "incidents", "runs", "dispatches", "warnings", "tick", "session");
    const [part, setPart] = React.useState("owed");
    if (!W.session) return null;
    const mine = W.myShift(), people = W.onDuty(), since = mine ? mine.began.at_ms : W.shown() - 12 * 3600000;
    const parts = ["owed", "changed", "log"], log = mine ? mine.log : [];
    const link = (format) => h("a.button.small", { key: format, href: `/api/shifts/${encodeURIComponent(mine.id)}/log.${format}?lang=${W.ui.language}`, target: "_blank", rel: "noopener" }, W.t("shift.export", { format: format.toUpperCase() }));
    return h(React.Fragment, null,
      h("div.drawer-top", null, h("div", null, h("span.number", null, W.t("shift.title")), h("h2", null, mine ? W.t("shift.mine", { post: W.postName(mine.post), time: W.hour(mine.began.at_ms) }) : W.t("shift.not_on_duty")))),
      h("table.posts", null, h("caption.sr", null, W.t("shift.posts")), h("thead", null, h("tr", null, ["post", "person", "since"].map((name) => h("th", { key: name, scope: "col" }, W.t(`shift.${name}`))))), h("tbody", null, people.map((shift) => h("tr", { key: shift.id, className: W.mine({ by: shift.person }) ? "own" : "" }, h("th", { scope: "row" }, W.postName(shift.post)), h("td", null, shift.person), h("td", null, `${W.hour(shift.began.at_ms)} · ${W.ago(shift.began.at_ms)}`))))),
      people.length ? null : h("p.hint", null, W.t("shift.nobody")),
      h(W.Refused, { target: mine ? mine.id : "" }),
      mine ? h("div.actions", null, h(W.CommandButton, { look: "primary", onPress: W.opens("shift-note") }, W.t("shift.note")), h(W.CommandButton, { onPress: W.opens("sign-off") }, W.t("shift.sign_off")), link("html"), link("pdf")) : h("section.section", null, h("h3", null, W.t("shift.take")), h("p.hint", null, W.t("shift.read_first")), h(SignOn)),
      mine ? h(W.Dialog, { name: "shift-note", title: W.t("shift.note"), target: mine.id, kind: "shift.note", submit: W.t("shift.note"), fields: [{ name: "text", kind: "text", required: true, most: 1000, multi: true, rows: 3, label: W.t("incident.note_text") }] }) : null,
      mine ? h(W.Dialog, { name: "sign-off", title: W.t("shift.sign_off"), target: mine.id, kind: "shift.sign_off", note: W.t("shift.off_note"), submit: W.t("shift.sign_off"), fields: [{ name: "remarks", kind: "text", most: 1000, multi: true, rows: 3, label: W.t("shift.remarks") }] }) : null,
      h("div.parts", { role: "tablist", "aria-label": W.t("shift.title") }, parts.map((one) => h("button", { key: one, type: "button", role: "tab", id: `shift-${one}`, "aria-controls": "shift-part", "aria-selected": part === one, tabIndex: part === one ? 0 : -1, onClick: () => setPart(one), onKeyDown: (event) => W.rove(event, parts, part, setPart) }, W.t(`shift.part.${one}`)))),
      h("div.part", { id: "shift-part", role: "tabpanel", "aria-labelledby": `shift-${part}` },
        part === "owed" ? h(Owed) : part === "changed" ? h(Changed, { since }) : log.length ? h("ol.log", null, [...log].reverse().map((entry, n) => h("li", { key: n }, h("time", null, W.stamp(entry.at_ms)), h("span", null, W.message(entry.message)), h("i", null, entry.by)))) : h(W.Empty, { text: W.t("shift.no_log") }),
        mine && part === "owed" && mine.remarks ? h(W.Section, { title: W.t("shift.remarks") }, h("p.report-text", null, mine.remarks)) : null));
  };
  function Changed({ since }) {
    const lines = W.changedSince(since);
    return h(React.Fragment, null, h("p.hint", null, W.t("shift.changed_since", { time: W.stamp(since) })), lines.length ? h("ol.log", null, lines.slice(0, 100).map((line, n) => h("li", { key: n }, h("time", null, W.stamp(line.at)), h("button.plain", { type: "button", onClick: line.open }, line.text), h("i")))) : h(W.Empty, { text: W.t("shift.no_change") }));
  }
  W.OutboxDrawer = function () {
    const [sent, setSent] = React.useState(null), [failed, setFailed] = React.useState("");
    const load = () => W.ask("/api/outbox").then((found) => { setSent(found.messages); setFailed(""); }, (error) => setFailed(error.message || "lost"));
    React.useEffect(() => { load(); const again = setInterval(load, 5000); return () => clearInterval(again); }, []);
    return h(React.Fragment, null, h("h2", null, W.t("outbox.title")), h("p.hint", null, W.t("outbox.means")),
      failed ? h("p.refused", { role: "alert" }, W.reason(failed)) : null,
      sent === null ? h(W.Empty, { text: W.t("word.loading") }) : sent.length ? h("ol.outbox", null, sent.slice(0, 200).map((one, n) => h("li", { key: one.intent || n }, h("div.sent-head", null, h("b", null, W.word("role", one.recipient)), h("span", null, W.of(one.title)), h(W.Mark, { status: one.status, always: true }), one.state ? h(W.Chip, { look: one.state === "failed" ? "call" : "good" }, W.word("delivery", one.state)) : null, h("time", null, W.stamp(one.at_ms))), h("p.report-text", null, W.of(one.text)), (one.tries || []).length ? h("p.hint", null, one.tries.map((go) => `${W.word("channel", go.channel)} ${W.time(go.at_ms)} ${W.word("delivery", go.state)}${go.reason ? ` (${go.reason})` : ""}`).join(" · ")) : null,
        one.state === "failed" ? h("p.hint.warn", null, W.t("delivery.call", { who: W.word("role", one.recipient) })) : null,
        ["failed", "sent", "delivered", "intended"].includes(one.state) ? h("div.actions", null, h(W.CommandButton, { look: `small ${one.state === "failed" ? "primary" : ""}`, onPress: () => W.command("notify.receipt", one.target, { recipient: one.recipient }) }, W.t("delivery.told_by_hand")), h(W.Button, { look: "small plain", onPress: () => W.open("incident", one.incident) }, W.t("alarm.to_incident"))) : null,
        h(W.Refused, { target: one.target })))) : h(W.Empty, { text: W.t("outbox.none") }));
  };
})();
