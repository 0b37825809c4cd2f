// Units of an incident: the recommended ones with travel time and reason, one key each; what became of those sent.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  W.GONE = ["released", "declined", "cancelled"];
  const NEXT = { requested: ["accept", "accepted"], accepted: ["en_route", "en_route"], en_route: ["on_scene", "on_scene"], on_scene: ["release", "released"] };
  const MOST = 9;
  const state = { incident: "", capability: "", offers: null, failed: false, asked: 0 };

  W.dispatchesOf = (incident) => [...W.channels.dispatches.values()].filter((one) => one.incident === incident).sort((a, b) => W.GONE.includes(a.state) - W.GONE.includes(b.state) || ((a.marks[0] || [])[1] || {}).at_ms - ((b.marks[0] || [])[1] || {}).at_ms || (a.id < b.id ? -1 : 1));
  W.unitName = (resource) => { const unit = W.channels.resources.get(resource); return unit ? W.of(unit.name) : String(resource).split("/").pop(); };
  W.metres = (m) => (m === null || m === undefined ? "—" : m < 1000 ? W.t("length.m", { n: String(Math.round(m)) }) : W.t("length.km", { n: (m / 1000).toFixed(m < 10000 ? 1 : 0) }));
  W.away = function (a, b) {
    const rad = Math.PI / 180, x = (b[0] - a[0]) * rad * Math.cos(((a[1] + b[1]) / 2) * rad), y = (b[1] - a[1]) * rad;
    return 6371008.8 * Math.hypot(x, y);
  };
  // What teams can do first, then vehicles, then stocks: people are sent before things.
  const RANKS = { team: 0, vehicle: 1, stock: 2 };
  W.capabilities = function () {
    const found = new Map();
    for (const unit of W.channels.resources.values()) for (const one of unit.capability) found.set(one, Math.min(found.get(one) ?? 9, RANKS[unit.kind] ?? 3));
    return [...found.keys()].sort((a, b) => found.get(a) - found.get(b) || (a < b ? -1 : 1));
  };
  W.capability = (name) => W.of((W.content.capabilities || {})[name]) || W.word("role", name);

  // What the officer chose last, else what a waiting step wants, else what fits the kind of incident, else the first.
  W.FITS = [[/hazmat|gas|leak|tanker|chem/, /hazmat_team/], [/fire/, /^fire$/], [/flood|typhoon|rain/, /flood/], [/accident|road|tunnel|congestion/, /road_rescue/], [/quake|collapse/, /rescue|^fire$/]];
  function wanted(incident) {
    const all = W.capabilities();
    if (state.incident === incident.id && all.includes(state.capability)) return state.capability;
    const step = W.tasks().find((task) => task.incident === incident.id && task.kind === "dispatch");
    const asked = step && step.dispatches.map((id) => (W.channels.dispatches.get(id) || {}).capability).find((one) => all.includes(one));
    const fit = W.FITS.filter(([kind]) => kind.test(incident.kind)).map(([, one]) => all.find((name) => one.test(name))).find(Boolean);
    return asked || fit || all[0] || "";
  }
  async function ask(incident, capability, again) {
    const key = `${incident.id}/${capability}`;
    if (!again && state.key === key && performance.now() - state.asked < 15000) return;
    const fresh = state.key !== key;
    Object.assign(state, { incident: incident.id, capability, key, asked: performance.now(), failed: false, offers: fresh ? null : state.offers });
    try {
      const found = await W.ask(`/api/recommend?incident=${encodeURIComponent(incident.id)}&capability=${encodeURIComponent(capability)}`);
      if (state.key === key) state.offers = (found.candidates || found).slice(0, MOST);
    } catch (lost) {
      if (state.key === key) Object.assign(state, { failed: true, offers: straight(incident, capability) });
    }
    W.changed("resources");
  }
  // Without the server's roads: straight lines, said so.
  function straight(incident, capability) {
    const to = [incident.place.lon, incident.place.lat];
    return [...W.channels.resources.values()].filter((unit) => unit.state === "available" && unit.capability.includes(capability) && unit.lon !== null)
      .map((unit) => ({ resource: unit.id, length_m: to[0] === null ? null : W.away([unit.lon, unit.lat], to), travel_s: null, straight: true }))
      .sort((a, b) => (a.length_m ?? Infinity) - (b.length_m ?? Infinity) || (a.resource < b.resource ? -1 : 1)).slice(0, MOST);
  }
  const offers = () => (state.offers || []).filter((one) => { const unit = W.channels.resources.get(one.resource); return unit && unit.state === "available" && !W.isPending(one.resource) && ![...W.pending.values()].some((sent) => sent.kind === "dispatch.request" && sent.args.resource === one.resource); });
  function send(incident, offer) {
    const unit = W.channels.resources.get(offer.resource);
    if (unit && unit.kind === "stock") { W.setUi({ dialog: `stock ${offer.resource}` }); return; }
    W.command("dispatch.request", incident.id, W.filled({ resource: offer.resource, capability: state.capability, task: W.ui.task || "" }));
  }
  // A digit while the units are shown sends that unit; true where it did.
  W.dispatchNumber = function (n) {
    const incident = W.incidentNow(), offer = incident && W.ui.part === "units" ? offers()[n - 1] : null;
    if (!offer || W.OVER.includes(incident.state)) return false;
    send(incident, offer);
    return true;
  };
  W.dispatchNamed = function (incident, name) {
    const unit = [...W.channels.resources.values()].find((one) => one.state === "available" && [one.id, one.name.zh, one.name.en].some((word) => String(word || "").toLowerCase().includes(name.toLowerCase())));
    if (unit) W.command("dispatch.request", incident.id, W.filled({ resource: unit.id, capability: unit.capability[0] })); else W.toast("warn", W.t("cmd.not_found", { text: name }));
  };
  // The unit named, or the only one under way, one step on: accepted, en route, on scene, released.
  W.stepUnit = function (incident, name) {
    const going = W.dispatchesOf(incident.id).filter((one) => NEXT[one.state] && (!name || W.unitName(one.resource).toLowerCase().includes(name.toLowerCase())));
    if (going.length) W.command(`dispatch.${NEXT[going[0].state][0]}`, going[0].id, {}); else W.toast("warn", W.t("unit.none_sent"));
  };
  function reason(offer) {
    const parts = [offer.travel_s === null || offer.travel_s === undefined ? null : offer.length_m === undefined ? null : W.t("unit.by_road", { time: W.lasting(offer.travel_s * 1000), length: W.metres(offer.length_m) }),
      offer.straight ? W.t("unit.straight", { length: W.metres(offer.length_m) }) : null, 
      offer.closures ? W.t("unit.around", { n: offer.closures }) : null].filter(Boolean);
    return parts.join(" · ");
  }
  function Offer({ incident, offer, n }) {
    const unit = W.channels.resources.get(offer.resource);
    return h("li.offer", { "data-unit": unit.id },
      h("kbd", null, n), h("div", null, h("b", null, W.of(unit.name)), h(W.Mark, { status: unit.status }), h("span.offer-why", null, n === 1 && !offer.straight ? h("i.best", null, W.t("unit.nearest")) : null, reason(offer), unit.quantity !== null && unit.quantity !== undefined ? ` · ${W.figure(unit.quantity)} ${unit.unit}` : "", unit.roster ? ` · ${W.t("unit.people", { n: unit.roster })}` : "")),
      h("span.eta", null, offer.travel_s === null || offer.travel_s === undefined ? "—" : W.t("unit.minutes", { n: Math.max(1, Math.round(offer.travel_s / 60)) })),
      h(W.CommandButton, { look: "small primary", label: W.t("unit.send_named", { name: W.of(unit.name) }), onPress: () => send(incident, offer) }, W.t("unit.send")),
      h(W.Dialog, { name: `stock ${unit.id}`, title: W.t("unit.send_named", { name: W.of(unit.name) }), target: incident.id, kind: "dispatch.request", submit: W.t("unit.send"), fields: [{ name: "quantity", kind: "integer", required: true, min: 1, max: unit.quantity || undefined, label: W.t("unit.quantity"), unit: unit.unit }],
        args: (given) => W.filled({ resource: unit.id, capability: state.capability, quantity: Number(given.quantity), task: W.ui.task || "" }) }));
  }
  W.DispatchChip = function ({ id }) {
    const one = W.channels.dispatches.get(id);
    return one ? h(W.Chip, { look: W.GONE.includes(one.state) ? "quiet" : one.state === "on_scene" ? "good" : "mine" }, `${W.unitName(one.resource)} · ${W.word("dispatch", one.state)}`) : null;
  };
  function Sent({ one }) {
    const steps = ["requested", "accepted", "en_route", "on_scene", "released"], gone = W.GONE.includes(one.state);
    const at = Object.fromEntries(one.marks.map(([name, mark]) => [name, mark])), next = NEXT[one.state], left = one.eta_ms ? one.eta_ms - W.shown() : null;
    const position = W.unitPlace && W.unitPlace(one);
    return h("li.sent", { className: `${one.state} ${gone ? "gone" : ""}`, "data-dispatch": one.id, "data-state": one.state },
      h("div.sent-head", null, h("b", null, W.unitName(one.resource)), one.quantity ? h("span", null, `×${one.quantity}`) : null, h(W.Chip, { look: gone ? "quiet" : one.state === "requested" ? "call" : one.state === "on_scene" ? "good" : "mine" }, W.word("dispatch", one.state)),
        left !== null && ["accepted", "en_route", "requested"].includes(one.state) ? h("span.eta", { className: left < 0 ? "late" : "" }, left < 0 ? W.t("unit.overdue", { time: W.lasting(-left) }) : W.t("unit.arrives", { time: W.hour(one.eta_ms), left: W.lasting(left) })) : null,
        position && position.reckoned && one.state === "en_route" ? h(W.Chip, { look: "quiet" }, W.t("unit.reckoned")) : null),
      h("details", null, h("summary", null, W.t("unit.details")), h("ol.steps", null, steps.map((step) => h("li", { key: step, className: at[step] ? "reached" : "", title: at[step] ? W.history(at[step]) : "" }, W.word("dispatch", step), at[step] ? h("time", null, W.hour(at[step].at_ms)) : null))),
        one.reason ? h("p.task-message", null, one.reason) : null,
        one.why && one.why.travel_s ? h("p.task-message", null, W.t("unit.why", { rank: one.why.rank || 1, time: W.lasting(one.why.travel_s * 1000), length: W.metres(one.why.length_m), n: one.why.of || (one.why.considered || []).length })) : null),
      h(W.Refused, { target: one.id }),
      gone ? null : h("div.actions", null,
        next ? h(W.CommandButton, { look: `small ${one.state === "on_scene" ? "" : "primary"}`, off: W.isPending(one.id) ? W.t("command.sent") : "", onPress: () => W.command(`dispatch.${next[0]}`, one.id, {}) }, W.t(`unit.${next[0]}`)) : null,
        ["requested", "accepted"].includes(one.state) ? h(W.CommandButton, { look: "small plain", onPress: W.opens(`decline ${one.id}`) }, W.t("unit.decline")) : null,
        one.state !== "on_scene" ? h(W.CommandButton, { look: "small plain", onPress: W.opens(`cancel ${one.id}`) }, W.t("unit.cancel")) : null),
      ["decline", "cancel"].map((what) => h(W.Dialog, { key: what, name: `${what} ${one.id}`, title: W.t(`unit.${what}`), target: one.id, kind: `dispatch.${what}`, fields: W.reasonField("reason", "form.reason"), submit: W.t(`unit.${what}`) })));
  }
  W.UnitsPart = function ({ incident }) {
    W.use("resources", "dispatches", "tick", "pending");
    const capability = wanted(incident), over = W.OVER.includes(incident.state), sent = W.dispatchesOf(incident.id);
    React.useEffect(() => { if (capability && !over && !W.mode.replay) ask(incident, capability); });
    const shown = state.incident === incident.id && state.capability === capability ? offers() : [];
    const all = W.capabilities();
    return h(React.Fragment, null,
      h(W.Section, { title: W.t("unit.sent"), count: sent.filter((one) => !W.GONE.includes(one.state)).length }, sent.length ? h("ul.sents", null, sent.map((one) => h(Sent, { key: one.id, one }))) : h(W.Empty, { text: W.t("unit.none_sent") })),
      over ? null : h(W.Section, { title: W.t("unit.offered") },
        all.length ? h("div.capabilities", { role: "group", "aria-label": W.t("unit.capability") }, all.map((one) => h(W.Button, { key: one, look: "small", pressed: one === capability, onPress: () => ask(incident, one) }, W.capability(one)))) : null,
        state.failed ? h("p.hint.warn", { role: "status" }, W.t("unit.no_roads")) : null,
        shown.length ? h(React.Fragment, null, h("p.hint", null, W.t("unit.digits")), h("ul.offers-list", null, shown.map((offer, n) => h(Offer, { key: offer.resource, incident, offer, n: n + 1 })))) : h(W.Empty, { text: state.offers === null && all.length && state.key ? W.t("word.loading") : W.t("unit.none") })));
  };
})();
