// Intake: a telephone call becomes an incident by keyboard; what may be the same thing is offered while one types.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const NEAR_M = 5000, SINCE_MS = 3 * 3600000, ALARM_M = 3000, ALARM_MS = 3600000;
  const COUNTS = ["deaths", "serious_injuries", "trapped", "missing"];
  const KEEP = "intake", SUBMIT = "Enter";

  W.intake = () => W.setUi({ drawer: { kind: "intake" }, dialog: null });

  // Open incidents and unlinked alarms near in place and time, or of this county and kind: nearest first.
  W.alike = function (answers) {
    const place = answers.place || {}, at = place.lon === undefined ? null : [place.lon, place.lat], now = W.shown();
    const near = (lon, lat, most) => { const m = at && lon !== null && lon !== undefined ? W.away(at, [lon, lat]) : null; return m !== null && m <= most ? m : null; };
    const incidents = [...W.channels.incidents.values()].filter((one) => !W.OVER.includes(one.state) && now - one.opened_ms < SINCE_MS * 4).map((one) => {
      const m = near(one.place.lon, one.place.lat, NEAR_M), road = place.road && one.place.road === place.road;
      const same = place.adcode && one.jurisdiction === place.adcode && one.kind === answers.kind;
      return { kind: "incident", id: one.id, one, m, fits: (m !== null && now - one.opened_ms < SINCE_MS) || road || same };
    }).filter((one) => one.fits);
    const alarms = [...W.channels.alerts.values()].filter((one) => one.class === "alarm" && one.open && !one.incident && now - one.started_ms < ALARM_MS).map((one) => ({ kind: "alert", id: one.id, one, m: near(one.lon, one.lat, ALARM_M) })).filter((one) => one.m !== null);
    return [...incidents, ...alarms].sort((a, b) => (a.kind === "incident" ? 0 : 1) - (b.kind === "incident" ? 0 : 1) || (a.m ?? 1e9) - (b.m ?? 1e9) || (a.id < b.id ? -1 : 1)).slice(0, 6);
  };
  const saidOf = (answers) => [answers.reporter && `${W.t("report.reporter")} ${answers.reporter}`, ...COUNTS.filter((one) => answers[one]).map((one) => `${W.word("claim", one)} ${answers[one]}`), answers.remarks].filter(Boolean).join(W.t("word.comma"));

  function Same({ answers, put, done }) {
    W.use("alerts", "incidents", "tick");
    const found = W.alike(answers), linked = answers.linked || [];
    if (!found.length) return null;
    // The caller speaks of something known: what was said goes into its log, nothing is opened twice.
    const same = async (one) => {
      const text = `${W.t("intake.again")} ${saidOf(answers) || W.placeSaid(answers.place || {}) || W.t("intake.nothing_more")}`;
      if ((await W.send("incident.note", one.id, { text })).accepted) {
        for (const what of COUNTS) if (answers[what]) await W.send("incident.state_claim", one.id, { what, value: Number(answers[what]), source: answers.reporter || W.t("intake.caller") });
        done();
        W.open("incident", one.id);
      }
    };
    return h("section.alike", { "aria-label": W.t("intake.alike") }, h("h4", null, W.t("intake.alike")),
      h("ul", null, found.map(({ kind, id, one, m }, n) => h("li", { key: id, "data-alike": id },
        h(W.Sign, { severity: kind === "incident" ? "incident" : one.severity, size: "1.2rem", title: kind === "incident" ? W.t("word.incident") : undefined }),
        h("div", null, h("b", null, W.of(one.title)), h("span", null, [kind === "incident" ? one.number : W.message(one.message), m === null ? W.t("intake.same_county") : W.metres(m), W.ago(kind === "incident" ? one.opened_ms : one.started_ms)].join(" · "))),
        kind === "incident" ? h(W.CommandButton, { look: "small", keys: `Alt+${n + 1}`, onPress: () => same(one) }, W.t("intake.same"))
          : h(W.Button, { look: "small", keys: `Alt+${n + 1}`, pressed: linked.includes(id), onPress: () => put({ ...answers, linked: linked.includes(id) ? linked.filter((other) => other !== id) : [...linked, id] }) }, W.t(linked.includes(id) ? "intake.linked" : "alarm.link"))))));
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
    const latest = React.useRef(answers);
    latest.current = answers;
    React.useEffect(() => {
      const first = box.current.querySelector("input");
      if (first) first.focus();
      const aim = { put: (lon, lat) => { const place = { ...latest.current.place, lon: Math.round(lon * 1e6) / 1e6, lat: Math.round(lat * 1e6) / 1e6, adcode: W.countyAt(lon, lat) }; typed.put({ ...latest.current, place, place_text: latest.current.place_text || W.placeSaid(place) }); } };
      W.setUi({ aim });
      return () => { if (W.ui.aim === aim) W.setUi({ aim: null }); };
    }, []);
    const close = () => W.setUi({ drawer: null, aim: null });
    const kinds = W.kinds().map(([value, title]) => ({ value, text: W.of(title), words: [title.zh, title.en, value] }));
    const kind = kinds.find((one) => one.value === answers.kind);
    const go = async (event) => {
      event.preventDefault();
      const found = {};
      if (!answers.kind) found.kind = W.t("form.wrong.empty");
      if (!answers.place || !Object.values(W.placeArgs(answers.place)).length) found.place = W.t("form.wrong.place");
      for (const one of COUNTS) { const text = W.wrongOf({ kind: "integer", min: 0, max: 100000 }, answers[one]); if (text) found[one] = text; }
      setWrong(found);
      if (Object.keys(found).length) { const bad = box.current.querySelector(`[name="${Object.keys(found)[0]}"]`); if (bad) bad.focus(); return; }
      const casualties = Object.fromEntries(COUNTS.filter((one) => answers[one]).map((one) => [one, Number(answers[one])]));
      const args = W.filled({ kind: answers.kind, ...W.placeArgs(answers.place), reporter: answers.reporter, remarks: answers.remarks, casualties: Object.keys(casualties).length ? casualties : undefined });
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
      h("div.field.wide", null, label("place", W.t("intake.place"), true), h(W.Combo, { id: "intake-place", name: "place", required: true, free: true, invalid: Boolean(wrong.place), describedBy: wrong.place ? "intake-place-wrong" : "intake-place-read", placeholder: W.t("intake.place_hint"), options: W.placeOffers, text: answers.place_text || "",
        onText: (text) => put({ ...answers, place_text: text, place: W.readPlace(text) }), onPick: (one) => { put({ ...answers, place_text: one.text, place: one.place }); W.fly(one.place.lon, one.place.lat, 11); } }),
        error("place"), h("p.hint", { id: "intake-place-read" }, answers.place && W.placeSaid(answers.place) ? W.t("intake.read_as", { place: W.placeSaid(answers.place) }) : W.t("intake.click_map"))),
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
