// Shift: who sits where, taking a post over, what changed and what is owed, the shift log and its exports.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  W.myShift = () => W.onDuty().find((shift) => W.session && shift.person === W.session.name) || null;
  const before = (post) => W.onDuty().find((shift) => shift.post === post) || null;
  const posts = () => [...new Set([...Object.keys(W.content.posts || {}), W.session ? W.session.post : "", ...[...W.channels.shifts.values()].map((shift) => shift.post)])].filter(Boolean);
  // What is owed and what changed is the server's: of my shift, of the one I would relieve, else of my jurisdiction.
  const LOOK_MS = 3000, MOST_OWED = 12, MOST_CHANGED = 100;
  const KINDS = ["report", "incident", "task", "alarm", "dispatch", "warning", "shelf", "aside"];
  const PARTS = { report: "reports", task: "tasks", dispatch: "units", warning: "warnings" };

  function useHandOver(shift) {
    const path = shift ? `/api/shifts/${encodeURIComponent(shift.id)}/handover` : "/api/handover";
    return W.useAsked(W.mode.replay ? W.query(path, { at_ms: Math.floor(W.shown() / 1000) * 1000 }) : path, { every: LOOK_MS });
  }
  function openOwed(one) {
    if (!one.incident || ["alarm", "shelf", "aside"].includes(one.kind)) { W.open(one.kind === "incident" ? "incident" : "alert", one.id); return; }
    W.open("incident", one.incident);
    if (PARTS[one.kind]) W.openTo(PARTS[one.kind]);
  }
  const dueSaid = (one) => (one.due_ms === null ? h("time", null, W.ago(one.since_ms)) : h("time", { className: one.late || one.due_ms < W.shown() ? "late" : "" }, one.due_ms < W.shown() ? W.t("task.late", { time: W.lasting(W.shown() - one.due_ms) }) : W.t("task.left", { time: W.lasting(one.due_ms - W.shown()) })));
  function OwedLine({ one }) {
    const alert = W.channels.alerts.get(one.id), incident = W.channels.incidents.get(one.incident), [, report] = one.kind === "report" ? one.id.split("/") : [];
    return h("li", null, h("button.plain", { type: "button", onClick: () => openOwed(one) },
      alert ? h(W.Sign, { severity: alert.severity, size: "1.1rem" }) : null, incident && one.kind !== "alarm" ? h("span.number", null, incident.number) : null,
      h("b.what", null, report ? W.t(`report.${report}`) : W.of(one.title)), alert && alert.claimed ? h(W.Chip, { look: "mine" }, alert.claimed.by) : null, dueSaid(one)));
  }
  function Owed({ owed }) {
    return KINDS.map((kind) => {
      const rows = owed.filter((one) => one.kind === kind);
      return h("section.section", { key: kind }, h("h3", null, W.t(`owed.${kind}`), h("span.count", null, rows.length)),
        rows.length ? h("ul.linked", null, rows.slice(0, MOST_OWED).map((one) => h(OwedLine, { key: one.id, one })), rows.length > MOST_OWED ? h("li.hint", { key: "more" }, W.t("owed.more", { n: rows.length - MOST_OWED })) : null) : h("p.hint", null, W.t("owed.none")));
    });
  }
  function SignOn() {
    const free = posts(), own = W.session.post;
    return h(W.Form, { keep: "sign-on", still: true, submit: W.t("shift.sign_on"), fixed: { post: own }, fields: [{ name: "post", kind: "choice", required: true, wide: true, label: W.t("shift.post"), choices: free.map((post) => { const held = before(post); return [post, held ? `${W.postName(post)} · ${W.t("shift.from", { name: held.person })}` : W.postName(post)]; }) }, { name: "remarks", kind: "text", most: 500, multi: true, rows: 2, label: W.t("shift.remarks") }],
      send: (given, id) => W.send("shift.sign_on", (before(given.post) || {}).id || "", given, id) });
  }
  W.ShiftDrawer = function () {
    W.use("shifts", "alerts", "incidents", "runs", "dispatches", "warnings", "tick", "session");
    const [part, setPart] = React.useState("owed"), last = React.useRef(null);
    const mine = W.myShift(), people = W.onDuty(), view = useHandOver(mine || before(W.session ? W.session.post : ""));
    if (!W.session) return null;
    // A form that is open stays, though the shift was ended in another window: nothing typed is lost.
    if (mine) last.current = mine;
    const shown = mine || (["shift-note", "sign-off"].includes(W.ui.dialog) ? last.current : null);
    const parts = ["owed", "changed", "log"], log = mine ? mine.log : [];
    const link = (format) => h("a.button.small", { key: format, href: `/api/shifts/${encodeURIComponent(mine.id)}/log.${format}?lang=${W.ui.language}`, target: "_blank", rel: "noopener" }, W.t("shift.export", { format: format.toUpperCase() }));
    return h(React.Fragment, null,
      h("div.drawer-top", null, h("div", null, h("span.number", null, W.t("shift.title")), h("h2", null, mine ? W.t("shift.mine", { post: W.postName(mine.post), time: W.hour(mine.began.at_ms) }) : W.t("shift.not_on_duty")))),
      h("table.posts", null, h("caption.sr", null, W.t("shift.posts")), h("thead", null, h("tr", null, ["post", "person", "since"].map((name) => h("th", { key: name, scope: "col" }, W.t(`shift.${name}`))))), h("tbody", null, people.map((shift) => h("tr", { key: shift.id, className: W.mine({ by: shift.person }) ? "own" : "" }, h("th", { scope: "row" }, W.postName(shift.post)), h("td", null, shift.person), h("td", null, `${W.hour(shift.began.at_ms)} · ${W.ago(shift.began.at_ms)}`))))),
      people.length ? null : h("p.hint", null, W.t("shift.nobody")),
      h(W.Refused, { target: shown ? shown.id : "" }),
      mine ? h("div.actions", null, h(W.CommandButton, { look: "primary", onPress: W.opens("shift-note") }, W.t("shift.note")), h(W.CommandButton, { onPress: W.opens("sign-off") }, W.t("shift.sign_off")), link("html"), link("pdf")) : h("section.section", null, h("h3", null, W.t("shift.take")), h("p.hint", null, W.t("shift.read_first")), h(SignOn)),
      shown ? h(W.Dialog, { name: "shift-note", title: W.t("shift.note"), target: shown.id, kind: "shift.note", submit: W.t("shift.note"), fields: [{ name: "text", kind: "text", required: true, most: 1000, multi: true, rows: 3, label: W.t("incident.note_text") }] }) : null,
      shown ? h(W.Dialog, { name: "sign-off", title: W.t("shift.sign_off"), target: shown.id, kind: "shift.sign_off", note: W.t("shift.off_note"), submit: W.t("shift.sign_off"), fields: [{ name: "remarks", kind: "text", most: 1000, multi: true, rows: 3, label: W.t("shift.remarks") }] }) : null,
      h("div.parts", { role: "tablist", "aria-label": W.t("shift.title") }, parts.map((one) => h("button", { key: one, type: "button", role: "tab", id: `shift-${one}`, "aria-controls": "shift-part", "aria-selected": part === one, tabIndex: part === one ? 0 : -1, onClick: () => setPart(one), onKeyDown: (event) => W.rove(event, parts, part, setPart) }, W.t(`shift.part.${one}`)))),
      h("div.part", { id: "shift-part", role: "tabpanel", "aria-labelledby": `shift-${part}` },
        part !== "log" && !view.body ? h(W.Empty, { text: view.failed ? W.reason(view.failed) : W.t("word.loading") }) : part === "owed" ? h(Owed, { owed: view.body.owed }) : part === "changed" ? h(Changed, { view: view.body }) : log.length ? h("ol.log", null, [...log].reverse().map((entry, n) => h("li", { key: n }, h("time", null, W.stamp(entry.at_ms)), h("span", null, W.message(entry.message)), h("i", null, entry.by)))) : h(W.Empty, { text: W.t(mine ? "shift.no_log" : "shift.log_of_whom") }),
        mine && part === "owed" && mine.remarks ? h(W.Section, { title: W.t("shift.remarks") }, h("p.report-text", null, mine.remarks)) : null));
  };
  function Changed({ view }) {
    const since = view.shift ? view.shift.began.at_ms : view.since_ms, lines = [...view.changed].reverse().slice(0, MOST_CHANGED);
    const open = (one) => (one.incident ? W.open("incident", one.incident) : one.kind === "alarm" ? W.open("alert", one.id) : null);
    const text = (one) => (one.kind === "remark" ? W.message(one.message) : W.t("shift.changed_line", { what: W.of(one.title), text: W.message(one.message) }));
    return h(React.Fragment, null, h("p.hint", null, W.t("shift.changed_since", { time: W.stamp(since) })), lines.length ? h("ol.log", null, lines.map((one, n) => h("li", { key: n }, h("time", null, W.stamp(one.at_ms)), h("button.plain", { type: "button", onClick: () => open(one) }, text(one)), h("i", null, one.by === "system" ? W.t("word.system") : one.by)))) : h(W.Empty, { text: W.t("shift.no_change") }));
  }
  W.OutboxDrawer = function () {
    const [sent, setSent] = React.useState(null), [failed, setFailed] = React.useState("");
    const load = () => W.ask("/api/outbox").then((found) => { setSent(found.messages); setFailed(""); }, (error) => setFailed(error.message || "lost"));
    React.useEffect(() => { load(); const again = setInterval(load, 5000); return () => clearInterval(again); }, []);
    return h(React.Fragment, null, h("h2", null, W.t("outbox.title")), h("p.hint", null, W.t("outbox.means")),
      failed ? h("p.refused", { role: "alert" }, W.reason(failed)) : null,
      sent === null ? (failed ? null : h(W.Empty, { text: W.t("word.loading") })) : sent.length ? h("ol.outbox", null, sent.slice(0, 200).map((one, n) => h("li", { key: one.intent || n }, h("div.sent-head", null, h("b", null, W.word("role", one.recipient)), h("span", null, W.of(one.title)), h(W.Mark, { status: one.status, always: true }), one.state ? h(W.Chip, { look: one.state === "failed" ? "call" : "good" }, W.word("delivery", one.state)) : null, h("time", null, W.stamp(one.at_ms))), h("p.report-text", null, W.of(one.text)), (one.tries || []).length ? h("p.hint", null, one.tries.map((go) => `${W.word("channel", go.channel)} ${W.time(go.at_ms)} ${W.word("delivery", go.state)}${go.reason ? ` (${go.reason})` : ""}`).join(" · ")) : null,
        one.state === "failed" ? h("p.hint.warn", null, W.t("delivery.by_telephone", { who: W.word("role", one.recipient) })) : null,
        ["failed", "sent", "delivered", "intended"].includes(one.state) ? h("div.actions", null, h(W.CommandButton, { look: `small ${one.state === "failed" ? "primary" : ""}`, onPress: () => W.command("notify.receipt", one.target, { recipient: one.recipient }) }, W.t("delivery.told_by_hand")), h(W.Button, { look: "small plain", onPress: () => W.open("incident", one.incident) }, W.t("alarm.to_incident"))) : null,
        h(W.Refused, { target: one.target })))) : h(W.Empty, { text: W.t("outbox.none") }));
  };
})();
