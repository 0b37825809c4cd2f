// What each map layer draws now, made of the channels; nothing here touches deck.gl.
(function () {
  "use strict";
  const W = window.opsWall;
  // Position.style: 0 normal, 1 silent, 2 notice, 3 + severity.
  W.VEHICLE = [
    [104, 190, 190, 235], [122, 132, 150, 200], [196, 160, 255, 245], [99, 184, 255, 255],
    [255, 216, 77, 255], [255, 154, 61, 255], [255, 77, 90, 255],
  ];
  const RADIUS = [3, 2.6, 3.6, 4, 4.6, 5.2, 6];
  const colour = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const kept = { place: null, style: null, data: null, angle: null, headings: null };

  // The same wrapper for an unchanged column: deck.gl compares by identity and uploads only what is new.
  W.vehicleData = function () {
    const v = W.vehicles;
    if (!v.place) return { length: 0 };
    if (kept.place && kept.place.value === v.place && kept.style === v.style) return kept.data;
    if (!kept.place || kept.place.value !== v.place) kept.place = { value: v.place, size: 2 };
    if (kept.style !== v.style) {
      const colours = new Uint8Array(4 * v.n), radii = new Float32Array(v.n);
      for (let i = 0; i < v.n; i++) {
        const style = Math.min(v.style[i], 6);
        colours.set(W.VEHICLE[style], 4 * i);
        radii[i] = RADIUS[style];
      }
      kept.style = v.style;
      kept.colours = { value: colours, size: 4, normalized: true };
      kept.radii = { value: radii, size: 1 };
    }
    kept.data = { length: v.n, attributes: { getPosition: kept.place, getFillColor: kept.colours, getRadius: kept.radii } };
    return kept.data;
  };
  W.headingData = function () {
    const v = W.vehicles;
    if (!v.place) return { length: 0 };
    W.vehicleData();
    if (kept.angleOf !== v.angle) {
      const angles = new Float32Array(v.n);
      for (let i = 0; i < v.n; i++) angles[i] = -(v.angle[i] * 360) / 256;
      kept.angleOf = v.angle;
      kept.angles = { value: angles, size: 1 };
    }
    return { length: v.n, attributes: { getPosition: kept.place, getColor: kept.colours, getAngle: kept.angles } };
  };

  W.calling = (alert) =>
    alert.class === "alarm" && !alert.acknowledged && !alert.shelf && !alert.suppressed.length && !alert.out_of_service && !alert.shadow;
  W.listed = (alert) => (alert.class === "alarm" ? alert.open : alert.condition !== "resolved");

  // While it fires an alarm goes with its vehicle.
  function alarmPlace(alert) {
    const row = W.vehicles.row.get(alert.subject);
    return row !== undefined && alert.condition === "firing" && W.vehicles.place ? [W.vehicles.place[2 * row], W.vehicles.place[2 * row + 1]] : [alert.lon, alert.lat];
  }
  W.alarmData = function () {
    const shown = [];
    for (const alert of W.channels.alerts.values()) {
      if (alert.class !== "alarm" || !alert.open || alert.lon === null) continue;
      const at = alarmPlace(alert);
      shown.push({ id: alert.id, lon: at[0], lat: at[1], severity: alert.severity, size: W.LOOK[alert.severity].size * (W.calling(alert) ? 1 : 0.72), alert });
    }
    return shown.sort((a, b) => W.rank(a.severity) - W.rank(b.severity));
  };
  W.ringData = function (alarms) {
    const rings = [];
    for (const one of alarms) {
      if (W.calling(one.alert)) rings.push({ lon: one.lon, lat: one.lat, radius: one.size * 0.78, colour: [...colour(W.LOOK[one.severity].colour), 200] });
    }
    const chosen = W.chosenPlace();
    if (chosen) rings.push({ lon: chosen[0], lat: chosen[1], radius: 30, colour: [255, 255, 255, 255] });
    return rings;
  };
  W.incidentData = function () {
    const shown = [];
    for (const incident of W.channels.incidents.values()) {
      if (["closed", "dismissed", "merged"].includes(incident.state) || incident.place.lon === null) continue;
      shown.push({ id: incident.id, lon: incident.place.lon, lat: incident.place.lat, icon: "incident", incident });
    }
    return shown;
  };
  // Where a dispatched unit is: as the desk tells it, reported by its feed or reckoned on its way.
  W.unitPlace = (one) => W.channels.units.find((unit) => unit.dispatch === one.id) || null;
  W.unitData = function () {
    const shown = [];
    for (const one of W.channels.dispatches.values()) {
      const at = W.GONE.includes(one.state) ? null : W.unitPlace(one);
      if (at) shown.push({ id: one.id, incident: one.incident, lon: at.lon, lat: at.lat, reckoned: at.reckoned, icon: one.state === "on_scene" ? "unit-there" : one.state === "requested" ? "unit-asked" : "unit-going", one });
    }
    return shown;
  };
  W.aimData = function () {
    const aim = W.ui.aim;
    if (aim && aim.at) return [{ lon: aim.at[0], lat: aim.at[1], icon: "aim" }];
    return aim && aim.polygon ? aim.points.map(([lon, lat]) => ({ lon, lat, icon: "aim" })) : [];
  };
  // Areas of warnings of the open incident, the one under the pen, and the one asked for.
  W.draftData = function () {
    const shown = [], aim = W.ui.aim;
    if (aim && aim.polygon && aim.points.length > 2) shown.push({ type: "Feature", geometry: { type: "Polygon", coordinates: [[...aim.points, aim.points[0]]] }, properties: { colour: "draft" } });
    const drawer = W.ui.drawer;
    if (drawer && drawer.kind === "incident") for (const warning of W.warningsOf(drawer.id)) {
      const last = W.lastOf(warning);
      if (["discarded", "cancelled", "expired"].includes(last.state)) continue;
      for (const geometry of W.areasOf(last)) shown.push({ type: "Feature", geometry, properties: { colour: last.colour, state: last.state } });
    }
    return shown;
  };
  W.areasOf = function (revision) {
    if (revision.area) return [revision.area];
    const found = [];
    for (const [id, collection] of W.map.ground) if (/count|cit|provinc/.test(id)) for (const feature of collection.features) {
      const p = feature.properties || {}, code = String(p.adcode || p.code || p.key || feature.id || "");
      if (revision.adcodes.includes(code) && feature.geometry && /Polygon/.test(feature.geometry.type)) found.push(feature.geometry);
    }
    return found;
  };
  W.showArea = function (revision) {
    let w = Infinity, s = Infinity, e = -Infinity, n = -Infinity;
    const walk = (part) => { if (typeof part[0] === "number") { w = Math.min(w, part[0]); e = Math.max(e, part[0]); s = Math.min(s, part[1]); n = Math.max(n, part[1]); } else part.forEach(walk); };
    W.areasOf(revision).forEach((geometry) => walk(geometry.coordinates));
    if (w <= e) W.flyBox([w, s, e, n]);
  };
  W.hazardData = () => [...W.channels.hazards.values()].filter((one) => one.lon !== null && one.kind !== "warning" && one.action !== "cancel");
  W.share = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  // What calls most comes first: it keeps its line where names would cover each other.
  W.callLabels = function (alarms, incidents) {
    const labels = [];
    for (const one of alarms) {
      if (one.severity === "extreme" && W.calling(one.alert)) labels.push({ kind: "alarm", lon: one.lon, lat: one.lat, dy: 34 * W.share(), text: W.of(one.alert.title) });
    }
    for (const one of incidents) labels.push({ kind: "incident", lon: one.lon, lat: one.lat, dy: 28 * W.share(), text: W.of(one.incident.title) });
    for (const one of W.unitData()) labels.push({ lon: one.lon, lat: one.lat, dy: -20 * W.share(), text: `${W.unitName(one.one.resource)} ${W.word("dispatch", one.one.state)}${one.reckoned ? ` (${W.t("unit.reckoned")})` : ""}` });
    for (const one of W.hazardData()) labels.push({ lon: one.lon, lat: one.lat, dy: 24 * W.share(), text: W.of(one.title) });
    return labels;
  };
  W.chosenPlace = function () {
    const drawer = W.ui.drawer;
    if (drawer && drawer.kind === "vehicle") {
      const row = W.vehicles.row.get(drawer.id);
      return row === undefined || !W.vehicles.place ? null : [W.vehicles.place[2 * row], W.vehicles.place[2 * row + 1]];
    }
    if (drawer && drawer.kind === "incident") {
      const incident = W.channels.incidents.get(drawer.id);
      return incident && incident.place.lon !== null ? [incident.place.lon, incident.place.lat] : null;
    }
    const alert = W.channels.alerts.get(drawer && drawer.kind === "alert" ? drawer.id : W.ui.selected);
    return alert && alert.lon !== null ? alarmPlace(alert) : null;
  };
  const ZONES = { typhoon: [176, 124, 255], warning: [255, 178, 66], closure: [255, 92, 120], plume: [120, 226, 120] };
  const WARNING = (W.WARNING = { blue: [84, 156, 255], yellow: [255, 216, 77], orange: [255, 154, 61], red: [255, 77, 90] });
  W.zoneColour = function (feature) {
    const properties = feature.properties;
    if (WARNING[properties.colour]) return WARNING[properties.colour];
    const kind = Object.keys(ZONES).find((name) => feature.layer.includes(name) || properties.kind === name);
    return ZONES[kind] || [120, 150, 255];
  };
  W.zoneData = (layer) => [...W.channels.zones.values()].filter((one) => !layer || one.layer === layer);
})();
