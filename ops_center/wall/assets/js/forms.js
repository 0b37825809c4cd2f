// Forms: fields drawn from content or from here; what is wrong stands beside its field, in the screen's language.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const pairs = (choices) => (Array.isArray(choices) ? choices : Object.entries(choices || {}));

  function Input({ field, value, onValue, id, wrong }) {
    const common = { id, name: field.name, value: value ?? "", "aria-required": Boolean(field.required), "aria-invalid": wrong ? true : undefined, "aria-describedby": wrong ? `${id}-wrong` : undefined, onChange: (event) => onValue(event.target.value) };
    const kind = field.kind || field.type;
    if (kind === "choice") return h(Choice, { field, value, onValue, id, wrong });
    if (kind === "boolean")
      return h("div.either", { role: "radiogroup", "aria-labelledby": `${id}-label` }, ["true", "false"].map((one) =>
        h("label", { key: one }, h("input", { type: "radio", name: field.name, checked: value === one, onChange: () => onValue(one) }), W.t(one === "true" ? "word.yes" : "word.no"))));
    if (kind === "integer" || kind === "number") return h("input", { ...common, type: "text", inputMode: kind === "integer" ? "numeric" : "decimal", autoComplete: "off" });
    if (kind === "datetime") return h("input", { ...common, type: "datetime-local" });
    if (field.multi || field.most > 200) return h("textarea", { ...common, rows: field.rows || 3, maxLength: field.most || 2000, onKeyDown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit(); } });
    return h("input", { ...common, type: "text", maxLength: field.most || 2000, autoComplete: "off" });
  }
  function Choice({ field, value, onValue, id, wrong }) {
    const options = pairs(field.choices).map(([name, title]) => ({ value: String(name), text: W.of(title) || String(name), words: typeof title === "object" && title ? [title.zh, title.en] : [] }));
    const chosen = options.find((one) => one.value === value);
    const [typed, setTyped] = React.useState(null);
    return h(W.Combo, { id, name: field.name, required: field.required, invalid: wrong, describedBy: wrong ? `${id}-wrong` : undefined, options: (text) => (chosen && typed === null ? options : options.filter((one) => W.fits(one, text))), most: 30,
      text: typed !== null ? typed : chosen ? chosen.text : value || "", onText: (text) => { setTyped(text); onValue(""); }, onPick: (one) => { setTyped(null); onValue(one.value); } });
  }
  W.Field = function ({ field, value, onValue, wrong, form }) {
    const id = `field-${form || "form"}-${field.name}`;
    return h("div.field", { className: field.wide || field.most > 200 ? "wide" : "" },
      h("label", { htmlFor: id, id: `${id}-label` }, W.of(field.label), field.unit ? ` (${W.word("unit", field.unit)})` : "", field.required ? h("i.need", { title: W.t("form.required") }, "*") : null),
      h(Input, { field, value, onValue, id, wrong }),
      wrong ? h("p.wrong-text", { id: `${id}-wrong`, role: "alert" }, wrong) : field.hint ? h("p.hint", null, field.hint) : null);
  };
  // What is wrong with an answer, "" where nothing is.
  W.wrongOf = function (field, value) {
    const kind = field.kind || field.type, empty = value === undefined || value === null || String(value).trim() === "";
    if (empty) return field.required ? W.t("form.wrong.empty") : "";
    const least = field.minimum ?? field.min, most = field.maximum ?? field.max;
    if (kind === "integer" && !/^-?\d{1,15}$/.test(String(value).trim())) return W.t("form.wrong.integer");
    if (kind === "number" && !Number.isFinite(Number(value))) return W.t("form.wrong.number");
    if ((kind === "integer" || kind === "number") && ((least !== undefined && least !== null && Number(value) < least) || (most !== undefined && most !== null && Number(value) > most)))
      return W.t("form.wrong.range", { least: least ?? "—", most: most ?? "—" });
    if (field.pattern && !new RegExp(`^(?:${field.pattern})$`, "u").test(value)) return field.patternText || W.t("form.wrong.pattern");
    if (kind === "choice" && !pairs(field.choices).some(([name]) => String(name) === String(value))) return W.t("form.wrong.choice");
    return "";
  };
  W.filled = (answers) => Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== "" && value !== undefined && value !== null));

  // `keep` names what was typed; `send(answers, commandId)` resolves to the desk's decision; `done` follows an accepted one.
  W.Form = function ({ keep, fields, send, submit, cancel, done, fixed, children, onAnswers, look, still }) {
    const typed = W.useTyped(keep, fixed);
    const [busy, setBusy] = React.useState(false);
    const [wrong, setWrong] = React.useState({});
    const [refused, setRefused] = React.useState(null);
    const box = React.useRef(null);
    W.use("pending", "mode");
    React.useEffect(() => { const first = !still && box.current && box.current.querySelector("input:not([type=hidden]), select, textarea"); if (first) first.focus(); }, []);
    const put = (name, value) => { const next = { ...typed.answers, [name]: value }; typed.put(next); setWrong({ ...wrong, [name]: "" }); if (onAnswers) onAnswers(next); };
    const go = async (event) => {
      event.preventDefault();
      const found = Object.fromEntries(fields.map((field) => [field.name, W.wrongOf(field, typed.answers[field.name])]).filter(([, text]) => text));
      setWrong(found);
      if (Object.keys(found).length) {
        const bad = box.current.querySelector(`[name="${Object.keys(found)[0]}"]`);
        if (bad) bad.focus();
        return;
      }
      const content = W.filled(typed.answers);
      setBusy(true);
      setRefused(null);
      const result = await send(content, typed.command(content));
      setBusy(false);
      const accepted = result === true || (result && result.accepted);
      if (accepted) { typed.clear(); if (done) done(result); else if (cancel) cancel(); return; }
      if (result && result.reason !== "lost") typed.forget(); // the next try is another command
      if (result) {
        const field = fields.find((one) => result.field === one.name || new RegExp(`^${one.name}: `).test(result.reason || ""));
        if (field) setWrong({ [field.name]: W.refusal(result) });
        setRefused(result);
      }
    };
    return h("form.form", { ref: box, noValidate: true, className: look, onSubmit: go },
      typed.restored ? h("p.restored", { role: "status" }, W.t("form.restored"), h(W.Button, { look: "small plain", onPress: () => typed.clear(fixed) }, W.t("form.clear"))) : null,
      fields.map((field) => h(W.Field, { key: field.name, field, form: keep, value: typed.answers[field.name], wrong: wrong[field.name], onValue: (value) => put(field.name, value) })),
      typeof children === "function" ? children(typed.answers, put) : children,
      refused ? h("p.refused", { role: "alert" }, W.refusal(refused), refused.reason === "lost" ? "" : ` ${W.t("form.kept")}`) : null,
      busy && W.isLost() ? h("p.refused", { role: "status" }, W.t("form.waiting_line")) : null,
      h("div.form-foot", null,
        h("button.button.primary", { type: "submit", disabled: busy || !W.canCommand(), title: W.whyDisabled() || undefined }, busy ? W.t("command.sent") : submit || W.t("form.send"), h("kbd", null, fields.some((field) => field.multi || field.most > 200) ? "Ctrl+Enter" : "Enter")),
        cancel ? h(W.Button, { onPress: cancel, keys: "Esc" }, W.t("form.cancel")) : null));
  };
  W.reasonField = (name, key) => [{ name, kind: "text", required: true, most: 200, wide: true, label: W.t(key) }];

  // How a thing came out: the content's closed list; where it keeps none, words.
  W.dispositions = (of) => Object.entries(W.content.dispositions || {}).filter(([, one]) => one.of.includes(of));
  W.dispositionFields = function (of) {
    const known = W.dispositions(of).map(([id, one]) => [id, one.remarks ? { zh: `${one.title.zh}${W.both("form.with_remarks")[0]}`, en: `${one.title.en}${W.both("form.with_remarks")[1]}` } : one.title]);
    const remarks = { name: "remarks", kind: "text", most: 200, wide: true, label: W.t("form.remarks") };
    return known.length ? [{ name: "disposition", kind: "choice", required: true, wide: true, label: W.t("form.disposition"), choices: known }, remarks] : W.reasonField("disposition", "form.disposition");
  };
  W.disposition = (thing) => [W.of(((W.content.dispositions || {})[thing.disposition] || {}).title) || thing.disposition, thing.remarks].filter(Boolean).join(W.t("word.comma"));

  // A form under a name, shown while `ui.dialog` is that name.
  W.Dialog = function ({ name, title, keep, target, fields, submit, kind, args, send, fixed, children, note, done }) {
    if (W.ui.dialog !== name) return null;
    // Gone before the next key, which is another's; what was opened while this one was being sent stays.
    const close = () => { if (W.ui.dialog === name) W.setUiNow({ dialog: null }); };
    return h("div.dialog", { role: "group", "aria-label": title }, h("h4", null, title), note ? h("p.hint", null, note) : null,
      h(W.Form, { keep: keep || `${name}/${target}`, fields, fixed, submit, cancel: close, done: done || close, children, send: send || ((given, id) => W.send(kind, target, args ? args(given) : given, id)) }));
  };
  // What the officer saw when the form was opened: the desk refuses to write over a later change.
  W.opens = (name) => () => W.setUi({ dialog: W.ui.dialog === name ? null : name, seen_ms: Math.round(W.shown()) });
  W.kinds = () => Object.entries(W.content.incident_kinds || {});
})();
