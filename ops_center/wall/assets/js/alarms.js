// The alarm list: what calls first, the top severity pinned; put-aside ones have lists of their own.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const MOST = 150, AT_ONCE = 60;

  W.aside = (alert) => (alert.shelf ? "shelved" : alert.out_of_service ? "out" : alert.suppressed.length ? "suppressed" : "");
  W.mine = (mark) => Boolean(mark && W.session && mark.by === W.session.name);
  // A top-severity alarm that still fires stays above everything until it is over.
  const pinned = (alert) => alert.severity === "extreme" && alert.class === "alarm" && alert.condition !== "resolved" && !W.aside(alert);
  const band = (alert) => (pinned(alert) ? 0 : W.calling(alert) ? 1 : alert.acknowledged ? 3 : 2);
  const order = (a, b) => band(a) - band(b) || W.calling(b) - W.calling(a) || W.rank(b.severity) - W.rank(a.severity) || b.raised_ms - a.raised_ms || (a.id < b.id ? -1 : 1);

  W.SHELVES = ["", "mine", "shelved", "suppressed", "out"];
  const onShelf = (alert, shelf) => (shelf === "mine" ? W.mine(alert.claimed) : shelf ? W.aside(alert) === shelf : !W.aside(alert));
  const stays = (alert, shelf) => (shelf && shelf !== "mine" ? Boolean(W.aside(alert)) : W.listed(alert));
  W.alarmRows = function (kind) {
    const filter = W.ui.filter && W.ui.filter.list === "alerts" ? W.ui.filter.filter : {};
    const rows = [];
    for (const alert of W.channels.alerts.values()) {
      if (alert.class !== kind) continue;
      if (filter.since_ms ? alert.started_ms < filter.since_ms : filter.acknowledged === true ? !alert.acknowledged : !(stays(alert, W.ui.shelf) && onShelf(alert, W.ui.shelf))) continue;
      if (filter.acknowledged === false && !W.calling(alert)) continue;
      if (W.ui.severity && W.rank(alert.severity) !== 4 - W.ui.severity) continue;
      rows.push(alert);
    }
    return rows.sort(order);
  };
  // The desk says when a flood lasts and how the list is then grouped: by cause and place, the top severity alone.
  const load = () => W.channels.load || { flood: false, order: [] };
  W.isFlood = () => Boolean(load().flood);
  W.alarmItems = function (kind) {
    const rows = W.alarmRows(kind), plain = rows.map((alert) => ({ id: alert.id, alert }));
    if (kind !== "alarm" || !W.isFlood() || W.ui.shelf || W.ui.filter) return plain;
    const items = [], listed = new Set(rows.map((alert) => alert.id));
    for (const id of load().order) {
      const group = W.channels.groups.get(id);
      if (!group || (W.ui.severity && W.rank(group.severity) !== 4 - W.ui.severity)) continue;
      const members = group.members.map((one) => W.channels.alerts.get(one)).filter((alert) => alert && (listed.has(alert.id) || group.under));
      if (group.count < 3 || group.pinned) { members.forEach((alert) => items.push({ id: alert.id, alert })); continue; }
      items.push({ id, group, members });
      if (W.ui.expanded.has(id)) members.forEach((alert) => items.push({ id: alert.id, alert, within: id }));
    }
    return items;
  };
  const kindNow = () => (W.ui.tab === "notices" ? "notice" : "alarm");
  W.step = function (by) {
    const items = W.alarmItems(kindNow());
    if (!items.length) return;
    const at = items.findIndex((item) => item.id === W.ui.selected);
    const next = items[Math.min(items.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    W.setUi({ tab: W.ui.tab === "notices" ? "notices" : "alarms", selected: next.id, dialog: null, drawer: next.alert && W.ui.drawer && W.ui.drawer.kind === "alert" ? { kind: "alert", id: next.id } : W.ui.drawer });
    requestAnimationFrame(() => { const row = document.querySelector(".rows .chosen"); if (row) row.scrollIntoView({ block: "nearest" }); });
  };
  W.selectedAlert = () => W.channels.alerts.get(W.ui.selected) || null;
  W.selectedGroup = () => (W.channels.groups.has(W.ui.selected) ? W.alarmItems("alarm").find((item) => item.id === W.ui.selected) || null : null);
  W.toggleGroup = function (name) {
    if (!W.ui.expanded.delete(name)) W.ui.expanded.add(name);
    W.changed("ui");
  };
  // One key for a whole group in a flood: what the officer has seen as one thing is signed as one thing.
  W.acknowledgeSelected = function () {
    const group = W.selectedGroup();
    if (!group) { const alert = W.selectedAlert(); if (alert) W.acknowledge(alert); else W.toast("warn", W.t("cmd.no_selection")); return; }
    group.members.filter(W.calling).slice(0, AT_ONCE).forEach((alert) => W.acknowledge(alert));
  };

  W.AlarmState = function ({ alert }) {
    const chips = [];
    if (W.isPending(alert.id)) chips.push(h(W.Chip, { key: "p", look: "wait" }, W.t("command.sent")));
    else if (alert.acknowledged) chips.push(h(W.Chip, { key: "a", look: "good", title: W.stamp(alert.acknowledged.at_ms) }, W.t("alarm.acknowledged_by", { name: alert.acknowledged.by })));
    else if (alert.class === "alarm") chips.push(h(W.Chip, { key: "n", look: "call" }, W.t("alarm.unacknowledged")));
    if (alert.claimed) chips.push(h(W.Chip, { key: "k", look: W.mine(alert.claimed) ? "mine" : "other", title: W.stamp(alert.claimed.at_ms) }, W.mine(alert.claimed) ? W.t("alarm.claimed_by_me") : W.t("alarm.claimed_by", { name: alert.claimed.by })));
    if (alert.condition !== "firing") chips.push(h(W.Chip, { key: "c", look: "quiet" }, W.t(`condition.${alert.condition}`)));
    if (alert.shelf) chips.push(h(W.Chip, { key: "s", look: "quiet", title: alert.shelf.reason }, W.t("alarm.shelved", { time: W.hour(alert.shelf.until_ms) })));
    for (const reason of alert.suppressed) chips.push(h(W.Chip, { key: reason, look: "quiet" }, W.t("alarm.suppressed", { reason: W.word("suppression", reason) })));
    if (alert.out_of_service) chips.push(h(W.Chip, { key: "o", look: "quiet", title: `${alert.out_of_service.reason} ${W.history(alert.out_of_service.mark)}` }, W.t("alarm.out_of_service")));
    if (alert.incident) chips.push(h(W.Chip, { key: "i", look: "link" }, W.t("alarm.in_incident")));
    if (alert.shadow) chips.push(h(W.Chip, { key: "t", look: "quiet" }, W.t("alarm.trial")));
    return h("span.chips", null, chips);
  };

  function Row({ alert, within }) {
    const chosen = alert.id === W.ui.selected;
    return h("li.alarm", { className: `${alert.severity} ${W.calling(alert) ? "calling" : ""} ${pinned(alert) ? "pinned" : ""} ${W.aside(alert) ? "aside" : ""} ${within ? "within" : ""} ${chosen ? "chosen" : ""}`, "data-id": alert.id },
      h("button.alarm-open", { type: "button", "aria-current": chosen, onClick: () => W.open("alert", alert.id) },
        h("span.alarm-sign", null, h(W.Sign, { severity: alert.severity, size: alert.severity === "extreme" ? "2rem" : "1.6rem" }), h("span.word", null, W.t(`severity.${alert.severity}`))),
        h("span.alarm-body", null,
          h("span.alarm-title", null, W.of(alert.title), alert.count > 1 ? h("i.times", { title: W.t("alarm.occurrences", { n: alert.count }) }, `×${alert.count}`) : null, h(W.Mark, { status: alert.status })),
          h("span.alarm-text", null, W.message(alert.message)),
          h("span.alarm-foot", null, h("time", { title: W.stamp(alert.started_ms) }, W.ago(alert.raised_ms)), h("span.where", null, W.place(alert.jurisdiction)), h(Before, { alert }), h(W.AlarmState, { alert })),
          h(W.Refused, { target: alert.id }))),
      alert.class === "alarm" && !alert.acknowledged && !W.aside(alert)
        ? h(W.CommandButton, { look: "acknowledge", label: W.t("alarm.acknowledge"), off: W.isPending(alert.id) ? W.t("command.sent") : "", onPress: () => W.acknowledge(alert) }, W.t("alarm.acknowledge"))
        : null);
  }
  // When it was there before: the last time in the row, the others behind it.
  function Before({ alert }) {
    const earlier = (alert.occurrences || []).slice(0, -1).reverse();
    return earlier.length ? h("span.before", { title: earlier.map((one) => W.stamp(one.started_ms)).join(W.t("word.comma")) }, W.t("alarm.before", { time: W.hour(earlier[0].started_ms) })) : null;
  }
  const places = (group) => (group.place ? W.place(group.place) : group.places.slice(0, 3).map(([code, n]) => W.place(code) + (n > 1 ? ` ×${n}` : "")).join(W.t("word.comma")) + (group.places.length > 3 ? W.t("alarm.more_places", { n: group.places.length - 3 }) : ""));
  function Group({ item }) {
    const { id, group } = item, open = W.ui.expanded.has(id), chosen = W.ui.selected === id;
    return h("li.group", { className: `${group.severity} ${group.calling ? "calling" : ""} ${chosen ? "chosen" : ""}`, "data-group": id },
      h("button.alarm-open", { type: "button", "aria-expanded": open, onClick: () => { W.setUi({ selected: id }); W.toggleGroup(id); } },
        h("span.alarm-sign", null, h(W.Sign, { severity: group.severity, size: "1.6rem" }), h("span.word", null, W.t(`severity.${group.severity}`))),
        h("span.alarm-body", null, h("span.alarm-title", null, h("i.turn", { className: open ? "down" : "" }), W.of(group.title), h("i.times", null, `×${group.count}`), h(W.Mark, { status: group.status })),
          h("span.alarm-foot", null, h("time", null, W.ago(group.newest_ms)), h("span.where", null, places(group)), h(W.Chip, { look: group.calling ? "call" : "quiet" }, W.t("alarm.group", { n: group.count, calling: group.unacknowledged })), group.under ? h(W.Chip, { look: "link" }, W.t("alarm.in_incident")) : null))),
      group.calling ? h(W.CommandButton, { look: "acknowledge", label: W.t("alarm.acknowledge_group", { n: group.calling }), onPress: () => { W.setUi({ selected: id }); W.acknowledgeSelected(); } }, W.t("alarm.acknowledge")) : null);
  }
  function Shelves({ kind }) {
    const count = (shelf) => { let n = 0; for (const alert of W.channels.alerts.values()) n += alert.class === kind && stays(alert, shelf) && onShelf(alert, shelf); return n; };
    return h("div.shelves", { role: "group", "aria-label": W.t("alarm.shelves") }, W.SHELVES.map((shelf) =>
      h(W.Button, { key: shelf, look: "small plain", pressed: W.ui.shelf === shelf, onPress: () => W.setUi({ shelf, filter: null }) }, W.t(`shelf.${shelf || "open"}`), h("b", null, count(shelf)))));
  }
  W.AlarmList = function ({ kind }) {
    W.use("alerts", "groups", "load", "ui", "tick", "pending", "mode", "session");
    const items = W.alarmItems(kind), flood = kind === "alarm" && W.isFlood();
    const counts = Object.fromEntries(W.SEVERITIES.map((severity) => [severity, 0]));
    for (const alert of W.channels.alerts.values()) if (alert.class === kind && stays(alert, W.ui.shelf) && onShelf(alert, W.ui.shelf)) counts[alert.severity]++;
    return h(React.Fragment, null,
      h("div.filters", { role: "group", "aria-label": W.t("alarm.filter") },
        h(W.Button, { look: "filter", pressed: !W.ui.severity, onPress: () => W.setUi({ severity: 0 }) }, W.t("word.all"), h("kbd", null, "0")),
        W.SEVERITIES.map((severity, n) => h(W.Button, { key: severity, look: `filter ${severity}`, pressed: W.ui.severity === n + 1, onPress: () => W.setUi({ severity: W.ui.severity === n + 1 ? 0 : n + 1 }), hint: W.t(`severity.${severity}.means`), label: `${W.t(`severity.${severity}`)} ${counts[severity]}` },
          h(W.Sign, { severity, size: "1.1rem" }), h("b", null, counts[severity])))),
      h(Shelves, { kind }),
      W.ui.filter && W.ui.filter.list === "alerts" ? h(W.FilterLine) : null,
      flood ? h("p.flood", { role: "status" }, W.t("alarm.flood")) : null,
      items.length ? h("ul.rows", { "aria-label": W.t("tab." + (kind === "alarm" ? "alarms" : "notices")) }, items.slice(0, MOST).map((item) => (item.group ? h(Group, { key: item.id, item }) : h(Row, { key: item.id, alert: item.alert, within: item.within }))), items.length > MOST ? h("li.more", null, W.t("list.more", { n: items.length - MOST })) : null)
        : h(W.Empty, { text: W.t(W.ui.shelf ? "shelf.none" : kind === "alarm" ? "alarm.none" : "notice.none") }));
  };
  W.FilterLine = () =>
    h("p.filter-line", null, h("span", null, W.t("list.counted_by", { name: W.of(W.ui.filter.title) })),
      h(W.Button, { look: "plain", onPress: () => W.setUi({ filter: null }), label: W.t("list.unfilter") }, h(W.Icon, { name: "close" })));
})();
