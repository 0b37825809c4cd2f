// Warnings to the public: drafted from a template, read in both languages, approved, published, updated, cancelled.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  W.COLOURS = ["blue", "yellow", "orange", "red"];
  const PARTS = ["headline", "description", "instruction"];
  W.warningsOf = (incident) => [...W.channels.warnings.values()].filter((one) => one.incident === incident).sort((a, b) => (a.id < b.id ? -1 : 1));
  W.lastOf = (warning) => warning.revisions[warning.revisions.length - 1];
  W.inForce = (warning) => [...warning.revisions].reverse().find((one) => one.state === "published") || null;
  const templates = () => W.content.warning_templates || {};
  const titleOf = (id) => { const one = templates()[id]; return one ? W.of(one.title) : id; };
  function fitting(incident) {
    const named = Object.entries(templates());
    const like = W.FITS.filter(([kind]) => kind.test(incident.kind)).map(([kind]) => kind);
    const stated = named.filter(([, one]) => (one.incident_kinds || []).includes(incident.kind));
    const fit = stated.length ? stated : named.filter(([id]) => like.some((kind) => kind.test(id)));
    const choices = [...fit, ...named.filter((one) => !fit.includes(one))].map(([id, one]) => [id, one.title]);
    return { choices, first: fit.length ? fit[0][0] : "" }; // a wrong template filled in is worse than none
  }
  const coloursOf = (template) => { const one = templates()[template]; return one ? W.COLOURS.filter((colour) => one.colours.includes(colour)) : W.COLOURS; };
  W.Colour = ({ colour }) => h("span.colour", { className: colour }, h("svg", { viewBox: "0 0 16 16", width: "1em", height: "1em", "aria-hidden": true }, h("path", { d: { blue: "M2 2h12v12H2z", yellow: "M8 1l7 7-7 7-7-7z", orange: "M8 1l7 13H1z", red: "M5 1h6l4 4v6l-4 4H5l-4-4V5z" }[colour], fill: "currentColor" })), W.word("value", colour));

  function Area({ incident, answers, put }) {
    const drawn = W.ui.aim && W.ui.aim.polygon ? W.ui.aim.points : null;
    return h(React.Fragment, null,
      h("div.field.wide", null, h("span.label", null, W.t("warning.area")),
        h("div.actions", null, ["buffer", "counties", "drawn"].map((kind) => h(W.Button, { key: kind, look: "small", pressed: (answers.by || "buffer") === kind, onPress: () => { put("by", kind); W.setUi({ aim: kind === "drawn" ? { polygon: true, points: answers.points || [], put: (points) => put("points", points) } : null }); } }, W.t(`warning.area_${kind}`))))),
      (answers.by || "buffer") === "buffer" ? h(W.Field, { field: { name: "buffer_km", kind: "number", min: 0.1, max: 500, label: W.t("warning.buffer_km") }, form: "warning", value: answers.buffer_km, onValue: (value) => put("buffer_km", value) }) : null,
      answers.by === "counties" ? h("div.field.wide", null, h("label", { htmlFor: "warning-county" }, W.t("warning.counties")), h(Counties, { answers, put, incident })) : null,
      answers.by === "drawn" ? h("p.hint.wide", { role: "status" }, W.t("warning.draw_hint", { n: (drawn || answers.points || []).length }), h(W.Button, { look: "small plain", onPress: () => { put("points", []); W.setUi({ aim: { polygon: true, points: [], put: (points) => put("points", points) } }); } }, W.t("form.clear"))) : null);
  }
  function Counties({ answers, put, incident }) {
    const [text, setText] = React.useState(""), chosen = answers.adcodes || [];
    return h(React.Fragment, null,
      h(W.Combo, { id: "warning-county", text, options: (typed) => W.countyChoices().filter(([code, name]) => !chosen.includes(code) && W.fits({ value: code, text: W.of(name), words: [name.zh, name.en] }, typed)).map(([code, name]) => ({ value: code, text: W.of(name), note: code })), onText: setText, onPick: (one) => { setText(""); put("adcodes", [...chosen, one.value]); } }),
      h("span.chips", null, chosen.map((code) => h("button.chip.mine", { key: code, type: "button", "aria-label": W.t("warning.without", { name: W.place(code) }), onClick: () => put("adcodes", chosen.filter((one) => one !== code)) }, W.place(code), " ×"))));
  }
  function argsOf(given) {
    const args = {};
    if (given.template) args.template = given.template;
    if (given.colour) args.colour = given.colour;
    if (given.by === "counties" && (given.adcodes || []).length) args.adcodes = given.adcodes;
    else if (given.by === "drawn" && (given.points || []).length > 2) args.area = { type: "Polygon", coordinates: [[...given.points, given.points[0]]] };
    else if (given.buffer_km) args.buffer_m = Math.round(Number(given.buffer_km) * 1000);
    if (given.hours) args.for_ms = Math.round(Number(given.hours) * 3600000);
    const texts = {};
    for (const part of PARTS) if (given[`${part}_zh`] || given[`${part}_en`]) texts[part] = { zh: given[`${part}_zh`] || "", en: given[`${part}_en`] || "" };
    if (Object.keys(texts).length) args.texts = texts;
    return args;
  }
  const textFields = () => PARTS.flatMap((part) => ["zh", "en"].map((language) => ({ name: `${part}_${language}`, kind: "text", most: part === "headline" ? 120 : 1000, multi: part !== "headline", rows: 3, wide: true, label: `${W.t(`warning.${part}`)} (${W.t(`language.of_${language}`)})` })));
  function DraftForm({ incident }) {
    const { choices, first } = fitting(incident);
    const [template, setTemplate] = React.useState(((W.stash.read(`warning/${incident.id}`) || {}).answers || {}).template || first);
    const colours = coloursOf(template);
    return h(W.Dialog, { name: "draft", title: W.t("warning.draft"), target: incident.id, keep: `warning/${incident.id}`, kind: "warning.draft", args: argsOf, submit: W.t("warning.draft"), note: W.t("warning.draft_note"),
      fixed: { template: first, colour: colours[0], by: "buffer", buffer_km: String(((templates()[first] || {}).buffer_m || 3000) / 1000) },
      fields: [{ name: "template", kind: "choice", required: true, label: W.t("warning.template"), choices }, { name: "colour", kind: "choice", required: true, label: W.t("warning.colour"), choices: colours.map((one) => [one, W.word("value", one)]) }, { name: "hours", kind: "number", min: 0.1, max: 240, label: W.t("warning.hours"), hint: W.t("warning.hours_hint") }],
      done: () => { if (W.ui.dialog === "draft") W.setUiNow({ dialog: null, aim: null }); }, children: (answers, put) => h(React.Fragment, null, h(Follow, { value: answers.template, onValue: setTemplate }), h(Area, { incident, answers, put })) });
  }
  function Follow({ value, onValue }) { React.useEffect(() => { if (value) onValue(value); }, [value]); return null; }
  const answersOf = (revision) => ({ colour: revision.colour, ...Object.fromEntries(PARTS.flatMap((part) => ["zh", "en"].map((language) => [`${part}_${language}`, (revision[part] || {})[language] || ""]))) });
  function EditForm({ warning, revision, name, kind }) {
    return h(W.Dialog, { name: `${name} ${warning.id}`, title: W.t(`warning.${name}`), target: warning.id, keep: `${name}/${warning.id}/${revision.number}/${revision.edits || 0}`, kind, args: (given) => argsOf(given), submit: W.t("warning.save"), fixed: answersOf(revision),
      fields: [{ name: "colour", kind: "choice", required: true, label: W.t("warning.colour"), choices: coloursOf(warning.template).map((one) => [one, W.word("value", one)]) }, { name: "hours", kind: "number", min: 0.1, max: 240, label: W.t("warning.hours"), hint: W.t("warning.hours_hint") }, ...textFields()],
      children: (answers, put) => h(Area, { incident: { id: warning.incident }, answers: { by: "", ...answers }, put }) });
  }
  // Both languages at once: what is approved has been read as it will go out.
  function Preview({ revision, status }) {
    const [zh, en] = status === "actual" ? ["", ""] : W.both(`status.${status}.mark`), mark = { zh: zh && `【${zh}】`, en: en && `[${en}] ` };
    return h("div.preview", null, ["zh", "en"].map((language) => h("article", { key: language, lang: language === "zh" ? "zh-CN" : "en" },
      h("h4", null, mark[language] + ((revision.headline || {})[language] || "—")), h("p", null, (revision.description || {})[language] || "—"), h("p", null, (revision.instruction || {})[language] || "—"),
      (revision.measures || []).length ? h("ul.measures", null, revision.measures.map((one, n) => h("li", { key: n }, (one.text || {})[language], h("i", null, ` ${W.cited(one.law, language)}`)))) : null)));
  }
  function Revision({ warning, revision, live }) {
    const draft = revision.state === "draft", enough = revision.approvals.length >= warning.approvals_needed, id = warning.id;
    return h("div.revision", { className: revision.state, "data-warning": id, "data-state": revision.state },
      h("div.sent-head", null, h(W.Colour, { colour: revision.colour }), h("b", null, W.t("warning.revision", { n: revision.number })), revision.action && revision.action !== "alert" && revision.action !== { cancelled: "cancel" }[revision.state] ? h(W.Chip, { look: "link" }, W.word("value", revision.action)) : null, h(W.Chip, { look: draft ? "call" : revision.state === "published" ? "good" : "quiet" }, W.word("warning.state", revision.state)),
        h("span.eta", null, W.span(revision.onset_ms, revision.expires_ms))),
      h("p.task-message", null, W.of(revision.area_text) || revision.adcodes.map(W.place).join(W.t("word.comma")) || W.t("warning.area_drawn"), h(W.Button, { look: "small plain", onPress: () => W.showArea(revision) }, W.t("warning.on_map"))),
      live && (warning.faults || []).length ? h("ul.faults", { "aria-label": W.t("warning.faults") }, warning.faults.map((one, n) => h("li", { key: n }, W.of(one)))) : null,
      live ? h(Preview, { revision, status: warning.status }) : h("p.task-message", null, W.of(revision.headline)),
      h("p.task-message", null, [W.t("warning.drafted_by", { who: W.history(revision.drafted) }), ...revision.approvals.map((mark) => W.t("warning.approved_by", { who: W.history(mark) })), revision.published ? W.t("warning.published_by", { who: W.history(revision.published) }) : "", revision.ended ? W.t("warning.ended_by", { who: W.history(revision.ended) }) : "", revision.reason].filter(Boolean).join(" · ")),
      revision.deliveries.length ? h("ul.deliveries", null, revision.deliveries.map(([to, state]) => h("li", { key: to }, W.word("role", to), h(W.Chip, { look: state === "failed" ? "call" : state === "intended" ? "quiet" : "good" }, W.word("delivery", state)), state === "failed" ? h(W.CommandButton, { look: "small", onPress: () => W.command("notify.receipt", id, { recipient: to }) }, W.t("delivery.told_by_hand")) : null))) : null,
      live ? h("div.actions", null,
        draft ? h(W.CommandButton, { look: "small acknowledge", off: enough ? "" : revision.approvals.some(W.mine) ? W.t("task.two_people") : "", onPress: () => W.command("warning.approve", id, { edits: revision.edits || 0 }) }, W.t("warning.approve"), ` ${revision.approvals.length}/${warning.approvals_needed}`) : null,
        revision.state === "approved" ? h(W.CommandButton, { look: "small primary", onPress: () => W.command("warning.publish", id, {}) }, W.t("warning.publish")) : null,
        draft || revision.state === "approved" ? [h(W.CommandButton, { key: "e", look: "small", onPress: W.opens(`edit ${id}`) }, W.t("warning.edit")), h(W.CommandButton, { key: "d", look: "small plain", onPress: W.opens(`discard ${id}`) }, W.t("warning.discard"))] : null,
        revision.state === "published" ? [h(W.CommandButton, { key: "u", look: "small", onPress: W.opens(`update ${id}`) }, W.t("warning.update")), h(W.CommandButton, { key: "c", look: "small", onPress: W.opens(`recall ${id}`) }, W.t("warning.cancel"))] : null) : null);
  }
  function Warning({ warning }) {
    const last = W.lastOf(warning), force = W.inForce(warning), id = warning.id, older = warning.revisions.filter((one) => one !== last && one !== force);
    return h("section.run-card", null, h("h3", null, titleOf(warning.template), h(W.Mark, { status: warning.status, always: true })),
      h(W.Refused, { target: id }),
      h(Revision, { warning, revision: last, live: true }), force && force !== last ? h(Revision, { warning, revision: force, live: false }) : null,
      // A form that is open stays, whatever becomes of the warning meanwhile: nothing typed is lost.
      last.state === "draft" || last.state === "approved" || W.ui.dialog === `edit ${id}` ? h(EditForm, { warning, revision: last, name: "edit", kind: "warning.edit" }) : null, last.state === "published" || W.ui.dialog === `update ${id}` ? h(EditForm, { warning, revision: last, name: "update", kind: "warning.update" }) : null,
      h(W.Dialog, { name: `discard ${id}`, title: W.t("warning.discard"), target: id, kind: "warning.discard", fields: W.reasonField("reason", "form.reason"), submit: W.t("warning.discard") }),
      h(W.Dialog, { name: `recall ${id}`, title: W.t("warning.cancel"), target: id, kind: "warning.cancel", fields: W.reasonField("reason", "form.reason"), submit: W.t("warning.cancel") }),
      older.length ? h("details", null, h("summary", null, W.t("warning.older", { n: older.length })), older.map((one) => h(Revision, { key: one.number, warning, revision: one, live: false }))) : null,
      h(W.Why, { id }));
  }
  W.WarningsPart = function ({ incident }) {
    W.use("warnings");
    const found = W.warningsOf(incident.id), over = W.OVER.includes(incident.state);
    return h(React.Fragment, null,
      over ? null : h("div.actions", null, h(W.CommandButton, { look: found.length ? "small" : "small primary", keys: "W", onPress: W.opens("draft") }, W.t("warning.draft"))),
      h(DraftForm, { incident }), found.length ? found.map((warning) => h(Warning, { key: warning.id, warning })) : W.ui.dialog === "draft" ? null : h(W.Empty, { text: W.t("warning.none") }));
  };
})();
