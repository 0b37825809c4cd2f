// One alarm: what it says, who has it, what may be done about it, how it came to this.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  W.history = (mark) => (mark ? `${mark.by} · ${W.stamp(mark.at_ms)}` : "—");
  W.SUPPRESSIONS = ["maintenance", "duplicate", "nuisance", "exercise", "parent_active"];

  // Whom one can hand a thing to: everybody on duty but oneself; without shifts, a name and a post.
  W.onDuty = () => [...W.channels.shifts.values()].filter((shift) => shift.state === "on_duty").sort((a, b) => (a.post < b.post ? -1 : 1));
  function handOverFields() {
    const people = W.onDuty().filter((shift) => shift.person !== W.session.name);
    return people.length ? [{ name: "to", kind: "choice", required: true, wide: true, label: W.t("alarm.hand_to"), choices: people.map((shift) => [shift.id, `${shift.person} · ${W.postName(shift.post)}`]) }]
      : [{ name: "by", kind: "text", required: true, most: 40, label: W.t("alarm.hand_to") }, { name: "post", kind: "text", required: true, most: 40, label: W.t("shift.post") }];
  }
  function handedTo(given) {
    const shift = given.to && W.channels.shifts.get(given.to);
    return { to: shift ? { by: shift.person, post: shift.post } : { by: given.by, post: given.post } };
  }
  function Dialogs({ alert }) {
    const id = alert.id, dialog = (name, title, kind, fields, args, more) => h(W.Dialog, { name, title, submit: title, target: id, kind, fields, args, ...more });
    const incidents = [...W.channels.incidents.values()].filter((one) => !W.OVER.includes(one.state)).map((one) => [one.id, `${one.number} ${W.of(one.title)}`]);
    return h(React.Fragment, null,
      dialog("escalate", W.t("alarm.escalate"), "incident.open", [{ name: "kind", kind: "choice", required: true, wide: true, label: W.t("report.kind"), choices: W.kinds() }], undefined, { fixed: { kind: W.kindOf(alert) } }),
      dialog("link", W.t("alarm.link"), "incident.link", [{ name: "incident", kind: "choice", required: true, wide: true, label: W.t("word.incident"), choices: incidents }], undefined, { send: (given, command) => W.send("incident.link", given.incident, { alert: id }, command) }),
      dialog("hand", W.t("alarm.hand_over"), "alert.hand_over", handOverFields(), handedTo),
      dialog("shelve", W.t("alarm.shelve"), "alert.shelve", [{ name: "minutes", kind: "integer", required: true, min: 1, max: 1440, label: W.t("alarm.shelve_minutes") }, ...W.reasonField("reason", "form.reason")], (given) => ({ for_ms: Number(given.minutes) * 60000, reason: given.reason }), { fixed: { minutes: "30" } }),
      dialog("suppress", W.t("alarm.suppress"), "alert.suppress", [{ name: "reason", kind: "choice", required: true, wide: true, label: W.t("form.reason"), choices: W.SUPPRESSIONS.map((one) => [one, W.word("suppression", one)]) }, { name: "incident", kind: "choice", wide: true, label: W.t("alarm.under"), choices: incidents }]),
      dialog("out", W.t("alarm.take_out"), "alert.out_of_service", W.reasonField("reason", "form.reason")),
      dialog("close", W.t("alarm.close"), "alert.close", W.dispositionFields("alarm")));
  }
  // The kind most like the alarm's rule; the officer sees it filled in and may change it.
  W.kindOf = function (alert) {
    const names = Object.keys(W.content.incident_kinds || {});
    const stated = alert.incident_kind && names.includes(alert.incident_kind) ? alert.incident_kind : "";
    const words = String(alert.rule).split(/[-_]/);
    const likely = (name) => name.split(/[-_]/).filter((word) => words.includes(word)).length;
    return stated || names.filter((name) => likely(name)).sort((a, b) => likely(b) - likely(a))[0] || "";
  };
  function Severities({ alert }) {
    const past = alert.occurrences || [{ id: alert.occurrence, started_ms: alert.started_ms, severities: alert.severities || [[alert.raised_ms, alert.severity]], condition: alert.condition, resolved_ms: alert.resolved_ms, acknowledged: alert.acknowledged }];
    return h(W.Section, { title: W.t("alarm.history"), count: alert.count },
      alert.count > past.length ? h("p.hint", null, W.t("alarm.newest_of", { n: past.length, all: alert.count })) : null,
      h("ol.occurrences", null, [...past].reverse().map((one) => h("li", { key: one.id },
        h("div", null, h("time", null, W.stamp(one.started_ms)), h("span", null, W.t(`condition.${one.condition}`), one.resolved_ms ? ` ${W.hour(one.resolved_ms)}` : ""), one.acknowledged ? h("span", null, W.t("alarm.acknowledged_by", { name: one.acknowledged.by }), ` ${W.hour(one.acknowledged.at_ms)}`) : alert.class === "alarm" ? h("b", null, W.t("alarm.unacknowledged")) : null),
        h("div.severities", null, one.severities.map(([at, severity], n) => h("span", { key: n, title: W.stamp(at) }, n ? h("i.to", { "aria-hidden": true }, "→") : null, h(W.Sign, { severity, size: "0.95rem" }), W.t(`severity.${severity}`), " ", h("time", null, W.hour(at)))))))));
  }
  function Actions({ alert }) {
    const id = alert.id, press = (kind, args) => () => W.command(kind, id, args || {});
    const mine = W.mine(alert.claimed), other = alert.claimed && !mine;
    return h(React.Fragment, null,
      h("div.actions", null,
        alert.class === "alarm" ? h(W.CommandButton, { look: "acknowledge", keys: "A", off: alert.acknowledged ? W.t("alarm.acknowledged_already") : "", onPress: () => W.acknowledge(alert) }, W.t("alarm.acknowledge")) : null,
        alert.incident ? h(W.Button, { look: "primary", keys: "E", onPress: () => W.open("incident", alert.incident) }, W.t("alarm.to_incident")) : h(W.CommandButton, { look: "primary", keys: "E", onPress: W.opens("escalate") }, W.t("alarm.escalate")),
        mine ? h(W.CommandButton, { keys: "G", onPress: W.opens("hand") }, W.t("alarm.hand_over")) : h(W.CommandButton, { keys: "C", off: other ? W.t("alarm.claimed_by", { name: alert.claimed.by }) : "", onPress: press("alert.claim") }, W.t("alarm.claim"))),
      h("div.actions.minor-actions", null,
        alert.shelf ? h(W.CommandButton, { look: "small", keys: "Z", onPress: press("alert.unshelve") }, W.t("alarm.unshelve")) : h(W.CommandButton, { look: "small", keys: "Z", onPress: W.opens("shelve") }, W.t("alarm.shelve")),
        alert.suppressed.map((reason) => h(W.CommandButton, { key: reason, look: "small", onPress: press("alert.release", { reason }) }, W.t("alarm.release", { reason: W.word("suppression", reason) }))),
        h(W.CommandButton, { look: "small", keys: "U", onPress: W.opens("suppress") }, W.t("alarm.suppress")),
        alert.out_of_service ? h(W.CommandButton, { look: "small", keys: "T", onPress: press("alert.return_to_service") }, W.t("alarm.bring_back")) : h(W.CommandButton, { look: "small", keys: "T", onPress: W.opens("out") }, W.t("alarm.take_out")),
        alert.incident ? null : h(W.CommandButton, { look: "small", keys: "I", onPress: W.opens("link") }, W.t("alarm.link")),
        h(W.CommandButton, { look: "small", keys: "X", onPress: W.opens("close"), off: alert.disposition ? W.t("alarm.closed_already") : "" }, W.t("alarm.close"))));
  }
  W.AlertDrawer = function ({ id }) {
    const alert = W.channels.alerts.get(id);
    if (!alert) return h(W.Empty, { text: W.t("drawer.gone") });
    const vehicle = alert.subject && W.vehicles.row.has(alert.subject);
    return h(React.Fragment, null,
      h("div.drawer-top", null, h(W.Sign, { severity: alert.severity, size: "2.2rem" }), h("div", null, h("span.word", { className: alert.severity }, W.t(`severity.${alert.severity}`)), h("h2", null, W.of(alert.title), h(W.Mark, { status: alert.status })))),
      h("p.lead", null, W.message(alert.message)),
      h("p.means", null, W.t(`severity.${alert.severity}.means`)),
      h(W.AlarmState, { alert }),
      h(W.Refused, { target: id }),
      h(Actions, { alert }),
      h(Dialogs, { alert }),
      h(W.Facts, { rows: [
        [W.t("fact.started"), W.stamp(alert.started_ms)], [W.t("fact.age"), W.ago(alert.started_ms)],
        [W.t("fact.condition"), W.t(`condition.${alert.condition}`)], [W.t("fact.occurrences"), W.figure(alert.count)],
        alert.resolved_ms ? [W.t("fact.resolved"), `${W.stamp(alert.resolved_ms)} ${alert.resolution ? W.word("resolution", alert.resolution) : ""}`, true] : null,
        [W.t("fact.place"), W.place(alert.jurisdiction)], [W.t("fact.lonlat"), W.lonlat(alert.lon, alert.lat)],
        alert.class !== "alarm" ? null : [W.t("fact.acknowledged"), alert.acknowledged ? W.history(alert.acknowledged) : W.t("fact.not_yet"), true], [W.t("fact.claimed"), alert.claimed ? `${W.history(alert.claimed)} · ${W.postName(alert.claimed.post)}` : W.t("alarm.nobody"), true],
        alert.shelf ? [W.t("fact.shelf"), `${W.hour(alert.shelf.until_ms)} · ${alert.shelf.reason} · ${alert.shelf.mark.by}`, true] : null, alert.out_of_service ? [W.t("alarm.out_of_service"), `${alert.out_of_service.reason} · ${W.history(alert.out_of_service.mark)}`, true] : null,
        ...(alert.suppressions || []).map((one) => [W.t("alarm.suppressed", { reason: W.word("suppression", one.reason) }), W.history(one.mark), true]),
        alert.disposition ? [W.t("fact.disposition"), [W.disposition(alert), alert.closed ? W.history(alert.closed) : ""].filter(Boolean).join(" · "), true] : null,
      ] }),
      vehicle ? h("div.actions", null, h(W.Button, { onPress: () => { W.open("vehicle", alert.subject); const row = W.vehicles.row.get(alert.subject); W.fly(W.vehicles.place[2 * row], W.vehicles.place[2 * row + 1], 12); } }, W.t("alarm.to_vehicle"))) : null,
      h(Severities, { alert }),
      h(W.Why, { id }));
  };
})();
