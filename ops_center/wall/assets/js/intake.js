// Intake: a telephone call becomes an incident by keyboard; what may be the same thing is offered while one types.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const ASK_MS = 300, AGAIN_MS = 5000, MOST_ALIKE = 6;
  const COUNTS = ["deaths", "serious_injuries", "trapped", "missing"];
  const KEEP = "intake", SUBMIT = "Enter";

  W.intake = () => W.setUi({ drawer: { kind: "intake" }, dialog: null });

  const saidOf = (answers) => [answers.reporter && `${W.t("report.reporter")} ${answers.reporter}`, ...COUNTS.filter((one) => answers[one]).map((one) => `${W.word("claim", one)} ${W.counted(one, Number(answers[one]))}`), answers.remarks].filter(Boolean).join(W.t("word.comma"));

  const told = (answers) => Boolean(answers.place && Object.keys(W.filled(answers.place)).length);

  function Same({ answers, put, done }) {
    W.use("tick");
    const asked = W.useAsked(answers.kind && told(answers) ? W.query("/api/duplicates", { kind: answers.kind, ...answers.place }) : "", { wait: ASK_MS, every: AGAIN_MS });
    const found = asked.body ? asked.body.duplicates.slice(0, MOST_ALIKE) : [], linked = answers.linked || [];
    if (!found.length) return null;
    // The caller speaks of something known: what was said goes into its log, nothing is opened twice.
    const same = async (one) => {
      const text = `${W.t("intake.again")} ${saidOf(answers) || answers.place_text || W.t("intake.nothing_more")}`;
      if ((await W.send("incident.note", one.id, { text })).accepted) {
        for (const what of COUNTS) if (answers[what]) await W.send("incident.state_claim", one.id, { what, value: Number(answers[what]), source: answers.reporter || W.t("intake.caller") });
        done();
        W.open("incident", one.id);
      }
    };
    return h("section.alike", { "aria-label": W.t("intake.alike") }, h("h4", null, W.t("intake.alike")),
      h("ul", null, found.map((one, n) => h("li", { key: one.id, "data-alike": one.id },
        h(W.Sign, { severity: one.what === "incident" ? "incident" : one.severity, size: "1.2rem", title: one.what === "incident" ? W.t("word.incident") : undefined }),
        h("div", null, h("b", null, W.of(one.title)), h("span.known", null, [one.what === "incident" ? one.number : W.message(one.message), one.distance_m === null ? W.t("intake.same_county") : W.metres(one.distance_m), W.ago(one.opened_ms || one.started_ms)].map((said, k) => h("i", { key: k }, said)))),
        one.what === "incident" ? h(W.CommandButton, { look: "small", keys: `Alt+${n + 1}`, onPress: () => same(one) }, W.t("intake.same"))
          : h(W.Button, { look: "small", keys: `Alt+${n + 1}`, pressed: linked.includes(one.id), onPress: () => put({ ...answers, linked: linked.includes(one.id) ? linked.filter((other) => other !== one.id) : [...linked, one.id] }) }, W.t(linked.includes(one.id) ? "intake.linked" : "alarm.link"))))));
  }
  // What the server makes of the place; without a point there are no times by road, so that is said.
  function Read({ told, read }) {
    const found = told && read.body ? read.body.place : null, field = { id: "intake-place-read", role: "status" };
    if (told && read.failed) return h("p.hint.warn", field, W.reason(read.failed));
    if (!found || !W.placeSaid(found)) return h("p.hint", field, W.t("intake.click_map"));
    if (!read.body.inside) return h("p.hint.warn", field, W.t("intake.outside", { place: W.placeSaid(found) }));
    return h("p.hint", { ...field, className: found.lon === null ? "warn" : "" }, W.t(found.lon === null ? "intake.no_point" : read.body.exercise ? "intake.read_exercise" : "intake.read_as", { place: W.placeSaid(found) }));
  }
  // The opened incident's row comes with the next picture; the chosen alarms are linked to it then.
  async function link(command, alarms) {
    if (!alarms.length) return;
    for (let tries = 0; tries < 60; tries++) {
      const opened = [...W.channels.incidents.values()].find((one) => one.opened_by === command);
      if (opened) { for (const alert of alarms) await W.send("incident.link", opened.id, { alert }); return; }
      await new Promise((go) => setTimeout(go, 250));
    }
    W.toast("bad", W.t("intake.not_linked"));
  }
  W.IntakeForm = function () {
    const typed = W.useTyped(KEEP, {}), box = React.useRef(null);
    const [busy, setBusy] = React.useState(false), [wrong, setWrong] = React.useState({}), [refused, setRefused] = React.useState(null), [began] = React.useState(performance.now());
    W.use("pending", "mode", "layers", "ui");
    const answers = typed.answers, put = (next) => { typed.put(next); setWrong({}); }, set = (name) => (value) => put({ ...answers, [name]: value });
    const latest = React.useRef(answers), aim = React.useRef(null);
    latest.current = answers;
    React.useEffect(() => {
      const first = box.current.querySelector("input");
      if (first) first.focus();
      const mark = (lon, lat) => {
        const place = { ...latest.current.place, lon: Math.round(lon * 1e6) / 1e6, lat: Math.round(lat * 1e6) / 1e6 };
        typed.put({ ...latest.current, place, place_text: latest.current.place_text || W.lonlat(place.lon, place.lat) });
      };
      aim.current = { put: mark, at: null };
      W.setUi({ aim: aim.current });
      return () => { if (W.ui.aim === aim.current) W.setUi({ aim: null }); };
    }, []);
    const text = answers.place_text || "", offered = W.usePlaces(text), read = W.usePlace(told(answers) ? answers.place : null), found = told(answers) && read.body ? read.body.place : null;
    const where = found && found.lon !== null ? `${found.lon} ${found.lat}` : "";
    React.useEffect(() => { if (where && !answers.place.lon) W.fly(found.lon, found.lat, 11); }, [where]);
    React.useEffect(() => { if (aim.current) { aim.current.at = found && found.lon !== null ? [found.lon, found.lat] : null; W.changed("ui"); } }, [found]);
    const close = () => W.setUi({ drawer: null, aim: null });
    const kinds = W.kinds().map(([value, title]) => ({ value, text: W.of(title), words: [title.zh, title.en, value] }));
    const kind = kinds.find((one) => one.value === answers.kind);
    const go = async (event) => {
      event.preventDefault();
      const wrongs = {};
      if (!answers.kind) wrongs.kind = W.t("form.wrong.empty");
      if (!told(answers)) wrongs.place = W.t("form.wrong.place");
      for (const one of COUNTS) { const text = W.wrongOf({ kind: "integer", min: 0, max: 100000 }, answers[one]); if (text) wrongs[one] = text; }
      setWrong(wrongs);
      if (Object.keys(wrongs).length) { const bad = box.current.querySelector(`[name="${Object.keys(wrongs)[0]}"]`); if (bad) bad.focus(); return; }
      const casualties = Object.fromEntries(COUNTS.filter((one) => answers[one]).map((one) => [one, Number(answers[one])]));
      const args = W.filled({ kind: answers.kind, ...answers.place, reporter: answers.reporter, remarks: answers.remarks, casualties: Object.keys(casualties).length ? casualties : undefined });
      const command = typed.command(args), alarms = answers.linked || [];
      setBusy(true);
      setRefused(null);
      const result = await W.send("incident.open", "", args, command);
      setBusy(false);
      if (result.accepted) { typed.clear({}); link(command, alarms); return; }
      if (result.reason !== "lost") typed.forget();
      setRefused(result);
      if (result.field) setWrong({ [["lon", "lat", "adcode", "road", "stake", "text", "place", "county"].includes(result.field) ? "place" : result.field]: W.refusal(result) });
    };
    const error = (name) => (wrong[name] ? h("p.wrong-text", { id: `intake-${name}-wrong`, role: "alert" }, wrong[name]) : null);
    const label = (name, text, need) => h("label", { htmlFor: `intake-${name}` }, text, need ? h("i.need", { title: W.t("form.required") }, "*") : null);
    const plain = (name, text, more) => h("div.field", { className: (more || {}).wide ? "wide" : "" }, label(name, text), h("input", { id: `intake-${name}`, name, value: answers[name] || "", autoComplete: "off", inputMode: (more || {}).figure ? "numeric" : undefined, maxLength: (more || {}).most || 200, "aria-invalid": wrong[name] ? true : undefined, "aria-describedby": wrong[name] ? `intake-${name}-wrong` : undefined, onChange: (event) => set(name)(event.target.value) }), error(name));
    return h("form.form.intake", { ref: box, noValidate: true, onSubmit: go, onKeyDown: (event) => { if (event.altKey && /^[1-6]$/.test(event.key)) { const one = box.current.querySelectorAll(".alike li .button")[Number(event.key) - 1]; if (one) { event.preventDefault(); one.click(); } } } },
      typed.restored ? h("p.restored", { role: "status" }, W.t("form.restored"), h(W.Button, { look: "small plain", onPress: () => typed.clear({}) }, W.t("form.clear"))) : null,
      h("div.field.wide", null, label("kind", W.t("report.kind"), true), h(W.Combo, { id: "intake-kind", name: "kind", required: true, most: 20, invalid: Boolean(wrong.kind), describedBy: wrong.kind ? "intake-kind-wrong" : undefined, options: kinds, text: kind ? kind.text : answers.kind_text || "", onText: (text) => put({ ...answers, kind: "", kind_text: text }), onPick: (one) => put({ ...answers, kind: one.value, kind_text: "" }) }), error("kind")),
      h("div.field.wide", null, label("place", W.t("intake.place"), true), h(W.Combo, { id: "intake-place", name: "place", required: true, free: true, invalid: Boolean(wrong.place), describedBy: wrong.place ? "intake-place-wrong" : "intake-place-read", placeholder: W.t("intake.place_hint"), options: () => offered.offers, waiting: offered.waiting, text,
        onText: (said) => put({ ...answers, place_text: said, place: { place: said.trim() } }), onPick: (one) => { put({ ...answers, place_text: one.text, place: { place: one.value } }); W.flyToPlace(one.place); } }),
        error("place"), h(Read, { told: told(answers), read })),
      plain("reporter", W.t("intake.reporter"), { wide: true }),
      h("div.counts", { role: "group", "aria-label": W.t("intake.casualties") }, COUNTS.map((one) => h(React.Fragment, { key: one }, plain(one, W.word("claim", one), { figure: true, most: 6 })))),
      plain("remarks", W.t("intake.remarks"), { wide: true, most: 1000 }),
      h(Same, { answers, put, done: () => { typed.clear({}); } }),
      refused ? h("p.refused", { role: "alert" }, W.refusal(refused), ` ${W.t("form.kept")}`) : null,
      busy && W.isLost() ? h("p.refused", { role: "status" }, W.t("form.waiting_line")) : null,
      h("div.form-foot", null, h("button.button.primary", { type: "submit", disabled: busy || !W.canCommand(), title: W.whyDisabled() || undefined }, busy ? W.t("command.sent") : W.t("incident.report"), h("kbd", null, SUBMIT)),
        h(W.Button, { onPress: close, keys: "Esc" }, W.t("form.cancel")), h("span.hint", null, W.t("intake.since", { time: W.lasting(performance.now() - began) }))));
  };
})();
