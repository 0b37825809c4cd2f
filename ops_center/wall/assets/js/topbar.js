// Header: whose screen, what counts, live or replay, exercise or not, the clock.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;

  function Tile({ kpi }) {
    const bad = (kpi.id === "tasks_late" || kpi.id === "feeds_stale") && kpi.value > 0;
    const hot = kpi.id === "alerts_unacknowledged" && kpi.value > 0;
    const unit = W.of(kpi.unit);
    return h("button.tile", { type: "button", className: hot ? "hot" : bad ? "bad" : "", "data-kpi": kpi.id, onClick: () => W.openList(kpi),
      "aria-label": `${W.of(kpi.title)} ${W.figure(kpi.value)} ${unit}. ${W.of(kpi.definition)}` },
      h("span.tile-title", null, W.of(kpi.title)),
      h("span.tile-value", null, W.figure(kpi.value), unit ? h("small", null, unit) : null),
      h("span.tip", { role: "tooltip" }, h("b", null, W.of(kpi.title)), h("span", null, W.of(kpi.definition)),
        h("span.tip-row", null, W.t("kpi.unit"), h("i", null, unit || W.t("kpi.count"))), h("span.tip-row", null, W.t("kpi.window"), h("i", null, W.of(kpi.window)))));
  }
  W.openList = function (kpi) {
    const tabs = { alerts: kpi.filter.class === "notice" ? "notices" : "alarms", incidents: "incidents", tasks: "tasks" };
    if (kpi.list === "feeds") W.setUi({ panel: "feeds" });
    else if (kpi.list === "vehicles") W.setUi({ tab: "vehicles", filter: kpi });
    else W.setUi({ tab: tabs[kpi.list] || "alarms", filter: kpi, severity: 0 });
  };

  function ModePill() {
    W.use("mode", "head", "tick", "link", "ui");
    const head = W.channels.head;
    if (W.link.state !== "open" || W.link.stale) return h("span.pill.lost", { role: "status" }, h("b", null, W.t("mode.lost")));
    if (W.mode.replay) return h("button.pill.replay", { type: "button", onClick: W.goLive, title: W.t("mode.back") }, h("b", null, W.t("mode.replay")), h("span", null, W.t("mode.back")));
    const lag = head ? Math.max(0, (head.now_ms - head.at_ms) / (head.speed || 1)) : 0;
    return h("span.pill.live", { role: "status" }, h("i.dot"), h("b", null, W.t("mode.live")), h("span", null, W.t("mode.lag", { s: (lag / 1000).toFixed(1) })));
  }
  function Clock() {
    W.use("tick", "head", "mode", "ui");
    const head = W.channels.head, at = W.shown();
    const live = W.mode.replay ? h("span.clock-live", null, W.t("clock.live", { time: W.hour(W.now()) })) : null;
    return h("div.clock", { title: W.zoneName() },
      h("time.clock-time", null, W.time(at)),
      h("span.clock-date", null, W.date(at), h("span.clock-zone", null, W.zoneName()), live));
  }
  W.TopBar = function () {
    W.use("kpis", "ui", "mode", "calls", "session", "head", "content");
    const session = W.session, head = W.channels.head, speed = head && head.speed > 1 ? head.speed : 0;
    const status = (W.deployment && W.deployment.status) || "actual";
    return h("header.top", null,
      h("div.brand", null,
        h("h1", null, W.deployment ? W.of(W.deployment.title) : ""),
        h("span.run", { className: status }, W.t(`status.${status}`), speed ? h("i", null, `×${W.figure(speed)}`) : null)),
      h("nav.tiles", { "aria-label": W.t("kpi.title") }, W.channels.kpis.map((kpi) => h(Tile, { key: kpi.id, kpi }))),
      h("div.side", null, h(ModePill), h(Clock),
        h("div.switches", null,
          h(W.Button, { look: `icon-button ${W.ui.muted ? "off" : ""} ${W.sound.blocked ? "blocked" : ""}`, onPress: W.toggleMute, pressed: !W.ui.muted, label: W.t(W.ui.muted ? "sound.off" : "sound.on"), hint: W.t(W.sound.blocked ? "sound.blocked" : W.ui.muted ? "sound.off" : "sound.on") }, h(W.Icon, { name: W.ui.muted ? "mute" : "sound" })),
          h(W.Button, { look: "icon-button", onPress: () => W.setLanguage(W.ui.language === "zh" ? "en" : "zh"), label: W.t("language.switch"), hint: W.t("language.switch") }, W.t("language.other")),
          h(W.Button, { look: "icon-button", onPress: () => W.setUi({ help: true }), label: W.t("help.title"), hint: `${W.t("help.title")} (?)` }, h(W.Icon, { name: "help" }))),
        session ? h("button.who", { type: "button", title: W.t("session.out"), onClick: W.signOut }, h("b", null, session.name), h("span", null, `${W.postName(session.post)} · ${W.word("role", session.role)}`)) : null));
  };
  W.signOut = async function () {
    await W.post("/logout", {});
    location.assign("/login");
  };
})();
