// Drawer: the right side, one thing at a time; here vehicles and map features, the rest in files of their own.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;

  function VehicleDrawer({ id }) {
    const [facts, setFacts] = React.useState(null);
    const second = Math.floor(W.shown() / 5000);
    React.useEffect(() => {
      const at = W.mode.replay ? `?at_ms=${Math.floor(W.shown())}` : "";
      W.ask(`/api/vehicles/${id}${at}`).then(setFacts, () => setFacts({ gone: true }));
    }, [id, second, W.mode.replay]);
    if (!facts) return h(W.Empty, { text: W.t("word.loading") });
    if (facts.gone) return h(W.Empty, { text: W.t("drawer.gone") });
    const labels = Object.entries(facts.labels).filter(([, value]) => value !== null);
    return h(React.Fragment, null,
      h("div.drawer-top", null, h("i.swatch.big", { style: { background: `rgb(${W.VEHICLE[Math.min(facts.style, 6)].slice(0, 3)})` } }), h("div", null, h("span.number", null, W.t(`vehicle.style${Math.min(facts.style, 6)}`)), h("h2", null, facts.labels["vehicle.plate"] || id.slice(0, 8)))),
      h(W.Facts, { rows: [[W.t("fact.speed"), facts.speed_kph === null ? "—" : `${W.figure(facts.speed_kph)} km/h`], [W.t("fact.heading"), facts.heading_deg === null ? "—" : `${facts.heading_deg}°`],
        [W.t("fact.lonlat"), W.lonlat(facts.lon, facts.lat)], [W.t("fact.fix"), `${W.time(facts.event_ms)} · ${W.ago(facts.event_ms)}`],
        ...labels.filter(([name]) => W.has(`field.${name}`)).map(([name, value]) => [W.t(`field.${name}`), name.startsWith("admin.") ? W.place(String(value).split("/").pop()) : value])] }),
      h(W.Section, { title: W.t("vehicle.alerts"), count: facts.alerts.length }, h("ul.linked", null, facts.alerts.map((one) => {
        const alert = W.channels.alerts.get(one);
        return alert ? h("li", { key: one }, h("button.plain", { type: "button", onClick: () => W.open("alert", one) }, h(W.Sign, { severity: alert.severity, size: "1.1rem" }), W.of(alert.title))) : null;
      }))));
  }
  function FeatureDrawer({ feature, layer }) {
    const listed = W.layers.find((one) => one.id === (feature.layer || layer));
    const properties = feature.properties || feature.fields || feature;
    const rows = Object.entries(properties).filter(([, value]) => value !== null && (typeof value !== "object" || value.zh !== undefined)).slice(0, 24);
    return h(React.Fragment, null, h("div.drawer-top", null, h("div", null, h("span.number", null, listed ? W.of(listed.title) : ""), h("h2", null, W.of(feature.title || properties.title || properties.name) || (listed ? W.of(listed.title) : "")))),
      h(W.Facts, { rows: rows.map(([name, value]) => [W.word("field", name), /_ms$/.test(name) ? W.stamp(value) : W.word("value", W.value(value))]) }));
  }
  W.closeDrawer = () => W.setUi({ drawer: null, dialog: null, aim: null, task: null });
  W.Drawer = function () {
    W.use("ui", "alerts", "incidents", "runs", "dispatches", "warnings", "vehicles", "mode", "pending", "content", "tick");
    const drawer = W.ui.drawer;
    if (!drawer) return null;
    const inner = { alert: () => h(W.AlertDrawer, { key: drawer.id, id: drawer.id }), incident: () => h(W.IncidentDrawer, { key: drawer.id, id: drawer.id }), vehicle: () => h(VehicleDrawer, { key: drawer.id, id: drawer.id }),
      feature: () => h(FeatureDrawer, { feature: drawer.feature, layer: drawer.layer }), intake: () => h(React.Fragment, null, h("h2", null, W.t("incident.report")), h(W.IntakeForm)), shift: () => h(W.ShiftDrawer), outbox: () => h(W.OutboxDrawer) };
    return h("aside.drawer", { "aria-label": W.t("drawer.title"), "data-kind": drawer.kind },
      h(W.Button, { look: "icon-button drawer-close", onPress: W.closeDrawer, label: W.t("drawer.close"), hint: `${W.t("drawer.close")} (Esc)` }, h(W.Icon, { name: "close" })), h("div.drawer-body", null, inner[drawer.kind]()));
  };
})();
