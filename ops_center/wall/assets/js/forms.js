// Forms: what a task asks, drawn from its content file; a dialog for a reason, a time, a disposition.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;

  function Field({ field, value, onValue }) {
    const common = { id: `field-${field.name}`, name: field.name, required: field.required, value: value ?? "", onChange: (event) => onValue(event.target.value) };
    const label = h("label", { htmlFor: common.id }, W.of(field.label), field.unit ? ` (${W.word("unit", field.unit)})` : "", field.required ? h("i.need", { title: W.t("form.required") }, "*") : null);
    if (field.kind === "choice") {
      const choices = Array.isArray(field.choices) ? field.choices : Object.entries(field.choices || {});
      return h("div.field", null, label, h("select", common, h("option", { value: "" }, "—"), choices.map(([name, title]) => h("option", { key: name, value: name }, W.of(title)))));
    }
    if (field.kind === "boolean")
      return h("div.field", null, label, h("div.either", { role: "radiogroup" }, ["true", "false"].map((one) =>
        h("label", { key: one }, h("input", { type: "radio", name: field.name, required: field.required, checked: value === one, onChange: () => onValue(one) }), W.t(one === "true" ? "word.yes" : "word.no")))));
    if (field.kind === "integer" || field.kind === "number")
      return h("div.field", null, label, h("input", { ...common, type: "number", step: field.kind === "integer" ? 1 : "any", min: field.minimum ?? field.min, max: field.maximum ?? field.max }));
    const most = field.most || 2000;
    return h("div.field", null, label, field.most > 200
      ? h("textarea", { ...common, rows: 2, maxLength: most }) : h("input", { ...common, type: field.kind === "datetime" ? "datetime-local" : "text", maxLength: most, pattern: field.pattern || undefined }));
  }

  // `fields` as in a form file; `send` gets the answers and returns true when they were taken.
  W.Form = function ({ fields, send, submit, cancel, fixed }) {
    const [answers, setAnswers] = React.useState(fixed || {});
    const [busy, setBusy] = React.useState(false);
    const first = React.useRef(null);
    React.useEffect(() => { const box = first.current && first.current.querySelector("input, select, textarea"); if (box) box.focus(); }, []);
    const given = () => Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== "" && value !== undefined));
    return h("form.form", { ref: first, onSubmit: async (event) => { event.preventDefault(); setBusy(true); const taken = await send(given()); setBusy(false); if (taken && cancel) cancel(); } },
      fields.map((field) => h(Field, { key: field.name, field, value: answers[field.name], onValue: (value) => setAnswers({ ...answers, [field.name]: value }) })),
      h("div.form-foot", null,
        h("button.button.primary", { type: "submit", disabled: busy || !W.canCommand() }, submit || W.t("form.send")),
        cancel ? h(W.Button, { onPress: cancel }, W.t("form.cancel")) : null));
  };
  W.reasonField = (name, key) => [{ name, kind: "text", required: true, most: 200, label: W.t(key) }];

  function needsReceipt(task) { return (task.evidence || []).includes("receipt"); }
  W.TaskForm = function ({ task, cancel }) {
    const form = W.content.forms[task.form];
    const fields = [...(form ? form.fields : [])];
    if (needsReceipt(task) || task.form === "first_report") fields.push({ name: "receipt", kind: "text", most: 80, label: W.t("form.receipt") });
    return h(W.Form, { fields, submit: W.t("task.finish"), cancel, send: (answers) => W.command("task.done", task.id, { answers }) });
  };
  W.open_kinds = () => Object.entries(W.content.incident_kinds).map(([name, title]) => [name, title]);
  W.ReportForm = function () {
    const fields = [
      { name: "kind", kind: "choice", required: true, label: W.t("report.kind"), choices: W.open_kinds() },
      { name: "reporter", kind: "text", most: 80, label: W.t("report.reporter") },
      { name: "text", kind: "text", required: true, most: 300, label: W.t("report.place") },
      { name: "adcode", kind: "text", most: 6, pattern: "[0-9]{6}", label: W.t("report.adcode") },
      { name: "road", kind: "text", most: 80, label: W.t("report.road") },
      { name: "stake", kind: "text", most: 40, label: W.t("report.stake") },
      { name: "lon", kind: "number", min: -180, max: 180, label: W.t("report.lon") },
      { name: "lat", kind: "number", min: -90, max: 90, label: W.t("report.lat") },
    ];
    return h(W.Form, { fields, submit: W.t("incident.report"), cancel: () => W.setUi({ drawer: null }),
      send: (answers) => W.command("incident.open", "", { ...answers, lon: answers.lon === undefined ? undefined : Number(answers.lon), lat: answers.lat === undefined ? undefined : Number(answers.lat) }) });
  };
})();
