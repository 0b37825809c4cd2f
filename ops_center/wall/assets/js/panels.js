// What lies over the map: layers with legend and age, feeds with dead letters, banners, messages.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;

  function Layer({ layer, at }) {
    const stale = W.isStale(layer, at), shown = !W.hidden.has(layer.id);
    const zones = layer.moving ? W.zoneData(layer.id) : [];
    const from = layer.moving ? zones.reduce((most, one) => Math.max(most, one.properties.from_ms), 0) : layer.from_ms;
    const plain = layer.legend.length === 1 && W.of(layer.legend[0].title) === W.of(layer.title);
    return h("li", { title: layer.note ? W.of(layer.note) : "", className: stale || layer.failed ? "stale" : "" },
      h("label", null, h("input", { type: "checkbox", checked: shown, onChange: () => W.toggleLayer(layer.id) }),
        h("span.layer-name", null, plain ? h("i", { className: `key ${layer.legend[0].shape}`, style: { "--key": layer.legend[0].colour } }) : null, W.of(layer.title), h(W.Mark, { status: layer.status, always: true })),
        h("time.layer-age", { title: from ? W.stamp(from) : "" }, layer.failed ? W.t("layer.failed") : from ? (from > at ? W.date(from) : W.ago(from)) : layer.moving ? W.t("layer.nothing") : "—", stale ? h("b", null, W.t("layer.stale")) : null)),
      shown && layer.legend.length && !plain ? h("ul.legend", null, layer.legend.map((entry, n) => h("li", { key: n }, h("i", { className: `key ${entry.shape}`, style: { "--key": entry.colour } }), W.of(entry.title)))) : null);
  }
  const own = (name, title, key) => h("li", { key: name }, h("label", null, h("input", { type: "checkbox", checked: !W.hidden.has(name), onChange: () => W.toggleLayer(name) }), h("span.layer-name", null, W.t(title)), key));
  W.Layers = function () {
    W.use("layers", "zones", "ui", "tick", "mode", "vehicles");
    const at = W.shown(), v = W.vehicles;
    return h("section.panel.layers-panel", { "aria-label": W.t("layers.title") },
      h("h2", null, h(W.Icon, { name: "layers" }), W.t("layers.title"), h("kbd", null, "L"), h(W.Button, { look: "icon-button", onPress: () => W.setUi({ panel: null }), label: W.t("word.close") }, h(W.Icon, { name: "close" }))),
      h("div.panel-body", null,
        h("ul.layers", null,
          own("alarms", "tab.alarms"),
          h("li", { key: "legend" }, h("ul.legend.wide", null, W.SEVERITIES.map((severity) => h("li", { key: severity }, h(W.Sign, { severity, size: "1.1rem" }), W.t(`severity.${severity}`))))),
          own("incidents", "tab.incidents", h(W.Sign, { severity: "incident", size: "1.1rem", title: W.t("word.incident") })), own("units", "layer.units"),
          h("li", { key: "unit-legend" }, h("ul.legend", null, ["going", "there", "reckoned"].map((one) => h("li", { key: one }, h(W.UnitSign, { state: one }), W.t(`unit.sign.${one}`))))),
          own("hazards", "layer.hazards"),
          own("vehicles", "tab.vehicles", h("time.layer-age", null, v.at ? W.ago(v.at) : "—")),
          h("li", { key: "styles" }, h("ul.legend", null, [0, 1, 2].map((one) => h("li", { key: one }, h("i.key.point", { style: { "--key": `rgb(${W.VEHICLE[one].slice(0, 3)})` } }), W.t(`vehicle.style${one}`)))))),
        h("ul.layers", null, [...W.layers].reverse().map((layer) => h(Layer, { key: layer.id, layer, at })))));
  };
  W.Feeds = function () {
    W.use("feeds", "dead", "ui", "tick", "mode");
    const feeds = [...W.channels.feeds.values()].sort((a, b) => b.stale - a.stale || (a.id < b.id ? -1 : 1));
    const dead = W.channels.dead || [];
    return h("section.panel.feeds-panel", { "aria-label": W.t("feeds.title") },
      h("h2", null, h(W.Icon, { name: "feed" }), W.t("feeds.title"), h(W.Button, { look: "icon-button", onPress: () => W.setUi({ panel: null }), label: W.t("word.close") }, h(W.Icon, { name: "close" }))),
      h("div.panel-body", null,
        h("table.feeds", null, h("thead", null, h("tr", null, ["name", "age", "messages", "late", "refused", "dead"].map((name) => h("th", { key: name, scope: "col" }, W.t(`feeds.${name}`))))),
          h("tbody", null, feeds.map((feed) => h("tr", { key: feed.id, className: feed.stale ? "stale" : "", "data-feed": feed.id },
            h("th", { scope: "row" }, W.of(feed.title), h(W.Mark, { status: feed.status })),
            h("td", null, feed.last_ms ? W.ago(feed.last_ms) : W.t("feeds.never"), feed.stale ? h("b", null, W.t("feeds.stale")) : null),
            h("td", null, W.figure(feed.messages)), h("td", null, W.figure(feed.late)), h("td", null, W.figure(feed.refused)), h("td", { className: feed.dead ? "some" : "" }, W.figure(feed.dead)))))),
        h("h3", null, W.t("dead.title"), h("span.count", null, dead.length)),
        dead.length ? h("ol.dead", null, dead.slice(0, 60).map((letter, n) => h("li", { key: n }, h("div", null, h("time", null, W.time(letter.at_ms)), h("b", null, W.of((W.channels.feeds.get(letter.feed) || {}).title) || letter.feed), letter.field ? h("i", null, letter.field) : null), h("p", null, letter.reason), letter.bytes ? h("code", null, letter.bytes.slice(0, 96)) : null))) : h(W.Empty, { text: W.t("dead.none") })));
  };
  W.MapTools = function () {
    W.use("ui", "feeds", "mode");
    const feeds = [...W.channels.feeds.values()], stale = feeds.filter((feed) => feed.stale).length;
    return h("div.map-tools", null,
      W.ui.panel === "layers" ? h(W.Layers) : h(W.Button, { look: "tool", onPress: () => W.setUi({ panel: "layers" }), keys: "L" }, h(W.Icon, { name: "layers" }), W.t("layers.title")),
      W.ui.panel === "feeds" ? h(W.Feeds) : h(W.Button, { look: `tool ${stale ? "bad" : ""}`, onPress: () => W.setUi({ panel: "feeds" }) }, h(W.Icon, { name: "feed" }), W.t("feeds.title"), h("b", null, `${feeds.length - stale}/${feeds.length}`)));
  };
  W.Banners = function () {
    W.use("link", "mode", "ui", "calls", "tick", "head", "pending");
    const out = [], calls = W.channels.calls, head = W.channels.head;
    const age = performance.now() - W.link.at;
    if (W.link.stale) out.push(h("div.banner.stale", { key: "s", role: "alert" }, h("b", null, W.t("banner.stale")), h("span", null, W.t("banner.stale_age", { time: W.lasting(age) }))));
    else if (head && !W.mode.replay && (head.now_ms - head.at_ms) / (head.speed || 1) > 10000) out.push(h("div.banner.stale", { key: "l", role: "alert" }, h("b", null, W.t("banner.behind")), h("span", null, W.lasting((head.now_ms - head.at_ms) / (head.speed || 1)))));
    if (head && !W.mode.replay && (head.problems || []).length) out.push(h("div.banner.calling", { key: "c0", role: "status", title: head.problems.join("\n") }, h("b", null, W.t("banner.content", { n: head.problems.length })), h("span", null, head.problems[0])));
    // What is lost, since when, and what to do by hand meanwhile; the server says it, every screen shows it.
    for (const one of (head && head.outages) || []) out.push(h("div.banner.lost", { key: one.code, role: "alert", "data-lost": one.code }, h("b", null, W.of(one)), one.since_ms ? h("span", null, W.t("banner.since", { time: W.hour(one.since_ms), age: W.lasting(W.now() - one.since_ms) })) : null));
    if (W.isLost()) out.push(h("div.banner.stale", { key: "p", role: "status" }, h("b", null, W.t("banner.unsent"))));
    if (W.mode.replay) {
      const level = W.SEVERITIES.find((severity) => calls.counts[severity]), worst = calls.worst;
      out.push(h("div.banner.replay", { key: "r", role: "status" }, h("b", null, W.t("banner.replay")), h("span", null, W.mode.loading ? W.t("banner.rebuilding") : W.t("banner.replay_at", { time: W.stamp(W.shown()) })), h(W.Button, { look: "primary", onPress: W.goLive }, W.t("mode.back"))));
      if (level) out.push(h("div.banner.calling", { key: "c", role: "alert", className: level }, h(W.Sign, { severity: level }), h("b", null, W.t("banner.calling", { n: Object.values(calls.counts).reduce((a, b) => a + b, 0) })), h("span", null, worst ? W.of(worst.title) : ""), h(W.Button, { onPress: () => { W.goLive(); if (worst) W.setUi({ selected: worst.id, tab: "alarms" }); } }, W.t("banner.see"))));
    }
    return h("div.banners", null, out);
  };
  W.Toasts = function () {
    W.use("ui");
    return h("div.toasts", { role: "status", "aria-live": "polite" }, W.ui.toasts.map((one) => h("p", { key: one.id, className: one.look }, one.text)));
  };
})();
