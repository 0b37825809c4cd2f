// Reports upwards: what is owed by which law, the clock that runs, the text begun from what the desk knows.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const KINDS = ["first", "follow_up", "final"];
  W.owedReports = (incident) => incident.reports.filter((one) => !one.sent);

  // What R sends: what is owed soonest, else the first report, else one more follow-up.
  W.nextReport = function (incident) {
    const [owed] = W.owedReports(incident).sort((a, b) => (a.due_ms || Infinity) - (b.due_ms || Infinity));
    return owed ? owed.kind : incident.reports.some((one) => one.kind === "first") ? "follow_up" : "first";
  };
  // The nearest legal clock, always in sight while the incident is open.
  W.Clocks = function ({ incident, still }) {
    W.use("tick");
    const owed = W.owedReports(incident).filter((one) => one.due_ms).sort((a, b) => a.due_ms - b.due_ms);
    if (!owed.length || W.OVER.includes(incident.state)) return null;
    return h(still ? "span.clocks" : "ul.clocks", null, owed.slice(0, still ? 1 : 2).map((one) => h(still ? "span" : "li", { key: `${one.kind}${one.number}` }, h(Clock, { report: one, still }))));
  };
  // Inside a list's own button it is text; elsewhere it opens the report.
  function Clock({ report, still }) {
    const left = report.due_ms - W.shown();
    return h(still ? "span.clock-chip" : "button.clock-chip", { type: still ? undefined : "button", className: left < 0 ? "late" : left < 600000 ? "soon" : "", title: `${W.stamp(report.due_ms)} ${W.of(report.basis)}`, onClick: still ? undefined : () => W.openTo("reports", `${report.kind}-report`) },
      h(W.Icon, { name: "clock" }), h("b", null, W.t(`report.${report.kind}`)), h("span", null, left < 0 ? W.t("task.late", { time: W.lasting(-left) }) : W.t("task.left", { time: W.lasting(left) })));
  }
  // What the desk knows, as the first lines of the text; the officer reads, mends and sends.
  W.reportText = function (incident) {
    const zh = W.ui.language === "zh", stop = zh ? "。" : ". ";
    const latest = new Map(incident.claims.map((claim) => [claim.what, claim]));
    const claims = [...latest.values()].map((claim) => W.t("report.claim_line", { what: W.word("claim", claim.what), value: W.counted(claim.what, claim.value), source: claim.source }));
    const sent = W.dispatchesOf(incident.id).filter((one) => !["declined", "cancelled"].includes(one.state)).map((one) => `${W.unitName(one.resource)} ${W.word("dispatch", one.state)}`);
    return [W.t("report.opening", { time: W.stamp(incident.opened_ms), place: W.whereOf(incident.place), title: W.of(incident.title) }),
      incident.verified ? W.t("report.verified", { time: W.stamp(incident.verified.at_ms) }) : W.t("report.unverified"),
      claims.length ? claims.join(W.t("word.comma")) : W.t("report.no_claims"), sent.length ? W.t("report.units", { units: sent.join(W.t("word.comma")) }) : ""].filter(Boolean).join(stop) + (zh ? "。" : ".");
  };
  function SendForm({ incident, kind }) {
    return h(W.Dialog, { name: `${kind}-report`, title: W.t("report.send_kind", { kind: W.t(`report.${kind}`) }), target: incident.id, kind: "incident.report", submit: W.t("report.send"), args: (given) => ({ report: kind, ...given }),
      fixed: { text: W.reportText(incident), reported_to: W.t("report.default_to") },
      fields: [{ name: "reported_to", kind: "text", required: true, most: 120, label: W.t("report.to") }, { name: "receipt", kind: "text", most: 80, label: W.t("form.receipt") }, { name: "text", kind: "text", required: true, most: 3000, rows: 6, multi: true, label: W.t("report.text") }] });
  }
  W.ReportsPart = function ({ incident }) {
    W.use("tick");
    const over = W.OVER.includes(incident.state), owed = W.owedReports(incident), sent = incident.reports.filter((one) => one.sent), next = W.nextReport(incident);
    const link = (format) => h("a.button.small", { key: format, href: `/api/incidents/${encodeURIComponent(incident.id)}/report.${format}?lang=${W.ui.language}`, target: "_blank", rel: "noopener" }, W.t("report.timeline", { format: format.toUpperCase() }));
    return h(React.Fragment, null,
      over ? null : h("div.actions", null, KINDS.map((kind) => h(W.CommandButton, { key: kind, look: `small ${kind === next ? "primary" : ""}`, keys: kind === next ? "R" : null, off: kind !== "follow_up" && sent.some((one) => one.kind === kind) ? W.t("report.sent") : "", label: W.t("report.send_kind", { kind: W.t(`report.${kind}`) }), onPress: W.opens(`${kind}-report`) }, W.t(`report.${kind}`)))),
      KINDS.map((kind) => h(SendForm, { key: kind, incident, kind })),
      h(W.Section, { title: W.t("report.owed"), count: owed.length }, owed.length ? h("ul.owed", null, owed.map((one) => h("li", { key: `${one.kind}${one.number}`, className: one.late ? "late" : "" },
        h("div.sent-head", null, one.due_ms ? h(Clock, { report: one }) : [h("b", { key: "k" }, W.t(`report.${one.kind}`)), h("span", { key: "n" }, W.t("report.no_clock"))]), one.basis ? h("p.task-message", null, W.t("report.basis", { basis: W.of(one.basis) })) : null))) : h(W.Empty, { text: W.t("report.none_owed") })),
      h(W.Section, { title: W.t("report.sent"), count: sent.length }, sent.length ? h("ul.owed", null, [...sent].reverse().map((one) => h("li", { key: `${one.kind}${one.number}` }, h("div.sent-head", null, h("b", null, W.t(`report.${one.kind}`), one.number > 1 ? ` ${one.number}` : ""), h("span", null, W.history(one.sent)), one.late ? h(W.Chip, { look: "call" }, W.t("task.was_late")) : h(W.Chip, { look: "good" }, W.t("report.in_time"))),
        h("p.task-message", null, [one.reported_to, one.receipt && `${W.t("form.receipt")} ${one.receipt}`].filter(Boolean).join(" · ")), h("p.report-text", null, one.text)))) : h(W.Empty, { text: W.t("report.none_sent") })),
      h(W.Section, { title: W.t("report.after") }, h("div.actions", null, link("html"), link("pdf"), h("a.button.small", { href: `/api/incidents/${encodeURIComponent(incident.id)}/evidence.zip`, download: `${incident.number}-evidence.zip` }, W.t("report.evidence"))), h("p.hint", null, W.t("report.evidence_means"))));
  };
})();
