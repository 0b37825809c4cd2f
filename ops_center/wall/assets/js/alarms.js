// The alarm list: what calls first; one key acknowledges; a flood is grouped by cause and place.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const MOST = 150;
  const FLOOD = 10, FLOOD_MS = 600000; // EEMUA 191: more than ten alarms in ten minutes is a flood

  const band = (alert) => (W.calling(alert) ? 0 : alert.shelf || alert.suppressed.length || alert.out_of_service ? 3 : alert.acknowledged ? 2 : 1);
  const order = (a, b) => band(a) - band(b) || W.rank(b.severity) - W.rank(a.severity) || b.raised_ms - a.raised_ms || (a.id < b.id ? -1 : 1);

  W.alarmRows = function (kind) {
    const filter = W.ui.filter && W.ui.filter.list === "alerts" ? W.ui.filter.filter : {};
    const rows = [];
    for (const alert of W.channels.alerts.values()) {
      if (alert.class !== kind) continue;
      if (filter.since_ms ? alert.started_ms < filter.since_ms : filter.acknowledged === true ? !alert.acknowledged : !W.listed(alert)) continue;
      if (filter.acknowledged === false && !W.calling(alert)) continue;
      if (W.ui.severity && W.rank(alert.severity) !== 4 - W.ui.severity) continue;
      rows.push(alert);
    }
    return rows.sort(order);
  };
  W.isFlood = function (rows) {
    const since = W.shown() - FLOOD_MS;
    return rows.filter((alert) => alert.started_ms > since && alert.class === "alarm").length > FLOOD;
  };
  W.step = function (by) {
    const rows = W.alarmRows(W.ui.tab === "notices" ? "notice" : "alarm");
    if (!rows.length) return;
    const at = rows.findIndex((alert) => alert.id === W.ui.selected);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    W.setUi({ selected: next.id, drawer: W.ui.drawer && W.ui.drawer.kind === "alert" ? { kind: "alert", id: next.id } : W.ui.drawer });
    requestAnimationFrame(() => { const row = document.querySelector(".alarm.chosen"); if (row) row.scrollIntoView({ block: "nearest" }); });
  };
  W.selectedAlert = () => W.channels.alerts.get(W.ui.selected) || null;

  W.AlarmState = function ({ alert }) {
    const chips = [];
    if (W.isPending(alert.id)) chips.push(h(W.Chip, { key: "p", look: "wait" }, W.t("command.sent")));
    else if (alert.acknowledged) chips.push(h(W.Chip, { key: "a", look: "good", title: W.stamp(alert.acknowledged.at_ms) }, W.t("alarm.acknowledged_by", { name: alert.acknowledged.by })));
    else chips.push(h(W.Chip, { key: "n", look: "call" }, W.t("alarm.unacknowledged")));
    if (alert.condition !== "firing") chips.push(h(W.Chip, { key: "c", look: "quiet" }, W.t(`condition.${alert.condition}`)));
    if (alert.shelf) chips.push(h(W.Chip, { key: "s", look: "quiet", title: alert.shelf.reason }, W.t("alarm.shelved", { time: W.hour(alert.shelf.until_ms) })));
    for (const reason of alert.suppressed) chips.push(h(W.Chip, { key: reason, look: "quiet" }, W.t("alarm.suppressed", { reason: W.word("suppression", reason) })));
    if (alert.out_of_service) chips.push(h(W.Chip, { key: "o", look: "quiet" }, W.t("alarm.out_of_service")));
    if (alert.claimed) chips.push(h(W.Chip, { key: "k", look: "mine" }, W.t("alarm.claimed_by", { name: alert.claimed.by })));
    if (alert.incident) chips.push(h(W.Chip, { key: "i", look: "link" }, W.t("alarm.in_incident")));
    if (alert.shadow) chips.push(h(W.Chip, { key: "t", look: "quiet" }, W.t("alarm.trial")));
    return h("span.chips", null, chips);
  };

  function Row({ alert }) {
    const chosen = alert.id === W.ui.selected;
    return h("li.alarm", { className: `${alert.severity} ${W.calling(alert) ? "calling" : ""} ${band(alert) === 3 ? "aside" : ""} ${chosen ? "chosen" : ""}`, "data-id": alert.id },
      h("button.alarm-open", { type: "button", "aria-current": chosen, onClick: () => W.open("alert", alert.id) },
        h("span.alarm-sign", null, h(W.Sign, { severity: alert.severity, size: alert.severity === "extreme" ? "2rem" : "1.6rem" }), h("span.word", null, W.t(`severity.${alert.severity}`))),
        h("span.alarm-body", null,
          h("span.alarm-title", null, W.of(alert.title), alert.count > 1 ? h("i.times", { title: W.t("alarm.occurrences", { n: alert.count }) }, `×${alert.count}`) : null, h(W.Mark, { status: alert.status })),
          h("span.alarm-text", null, W.message(alert.message)),
          h("span.alarm-foot", null, h("time", { title: W.stamp(alert.started_ms) }, W.ago(alert.raised_ms)), h("span.where", null, W.place(alert.jurisdiction)), h(W.AlarmState, { alert })))),
      alert.class === "alarm" && !alert.acknowledged
        ? h(W.CommandButton, { look: "acknowledge", label: W.t("alarm.acknowledge"), off: W.isPending(alert.id) ? W.t("command.sent") : "", onPress: () => W.acknowledge(alert) }, W.t("alarm.acknowledge"))
        : null);
  }
  function Group({ rows, name }) {
    const open = W.ui.expanded.has(name);
    const worst = rows[0], unacknowledged = rows.filter(W.calling).length;
    return h("li.group", { className: worst.severity },
      h("button", { type: "button", "aria-expanded": open, onClick: () => { open ? W.ui.expanded.delete(name) : W.ui.expanded.add(name); W.changed("ui"); } },
        h(W.Sign, { severity: worst.severity }), h("span.alarm-title", null, W.of(worst.title)), h("span.where", null, W.place(worst.jurisdiction)),
        h("span.count", null, W.t("alarm.group", { n: rows.length, calling: unacknowledged }))),
      open ? h("ul", null, rows.slice(0, 40).map((alert) => h(Row, { key: alert.id, alert }))) : null);
  }
  function grouped(rows) {
    const groups = new Map();
    for (const alert of rows) {
      const name = `${band(alert)}/${alert.rule}/${alert.jurisdiction}`;
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(alert);
    }
    return [...groups];
  }
  W.AlarmList = function ({ kind }) {
    W.use("alerts", "ui", "tick", "pending", "mode", "session");
    const rows = W.alarmRows(kind), flood = kind === "alarm" && W.isFlood(rows);
    const shown = flood
      ? grouped(rows).map(([name, members]) => (members.length > 2 ? h(Group, { key: name, name, rows: members }) : members.map((alert) => h(Row, { key: alert.id, alert }))))
      : rows.slice(0, MOST).map((alert) => h(Row, { key: alert.id, alert }));
    const counts = Object.fromEntries(W.SEVERITIES.map((severity) => [severity, 0]));
    for (const alert of W.channels.alerts.values()) if (alert.class === kind && W.listed(alert)) counts[alert.severity]++;
    return h(React.Fragment, null,
      h("div.filters", { role: "group", "aria-label": W.t("alarm.filter") },
        h(W.Button, { look: "filter", pressed: !W.ui.severity, onPress: () => W.setUi({ severity: 0 }) }, W.t("word.all"), h("kbd", null, "0")),
        W.SEVERITIES.map((severity, n) => h(W.Button, { key: severity, look: `filter ${severity}`, pressed: W.ui.severity === n + 1, onPress: () => W.setUi({ severity: W.ui.severity === n + 1 ? 0 : n + 1 }), hint: W.t(`severity.${severity}.means`), label: `${W.t(`severity.${severity}`)} ${counts[severity]}` },
          h(W.Sign, { severity, size: "1.1rem" }), h("b", null, counts[severity])))),
      W.ui.filter && W.ui.filter.list === "alerts" ? h(W.FilterLine) : null,
      flood ? h("p.flood", { role: "status" }, W.t("alarm.flood")) : null,
      rows.length ? h("ul.rows", { "aria-label": W.t("tab." + (kind === "alarm" ? "alarms" : "notices")) }, shown, rows.length > MOST && !flood ? h("li.more", null, W.t("list.more", { n: rows.length - MOST })) : null)
        : h(W.Empty, { text: W.t(kind === "alarm" ? "alarm.none" : "notice.none") }));
  };
  W.FilterLine = () =>
    h("p.filter-line", null, h("span", null, W.t("list.counted_by", { name: W.of(W.ui.filter.title) })),
      h(W.Button, { look: "plain", onPress: () => W.setUi({ filter: null }), label: W.t("list.unfilter") }, h(W.Icon, { name: "close" })));
})();
