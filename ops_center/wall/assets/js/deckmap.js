// DeckMap: owns one deck.gl instance for the life of the page; every layer is defined once by pydeck.
(function () {
  "use strict";
  const W = window.opsWall;
  const HEADINGS_FROM = 10.5; // below this zoom an arrow is not told from a dot
  const M = (W.map = { deck: null, layers: new Map(), order: [], ground: new Map(), labels: [], rebuilt: 0, view: null, times: [] });
  let host = null, templates = null, atlas = null, bounds = null, drawAt = 0, labelTimer = 0;

  function define(text) {
    const converter = new deck.JSONConverter({ configuration: { classes: deck } });
    const { layers } = converter.convert({ layers: JSON.parse(text).layers });
    templates = new Map(layers.map((layer) => [layer.id, layer]));
    M.order = layers.map((layer) => layer.id);
  }
  function put(id, change) {
    if (templates.has(id)) M.layers.set(id, (M.layers.get(id) || templates.get(id)).clone(change));
  }
  function show() {
    const started = performance.now();
    if (M.deck) M.deck.setProps({ layers: M.order.map((id) => M.layers.get(id)).filter(Boolean) });
    return started;
  }
  // A screen of twice the pixels shows the same ground one zoom deeper: layers go by what is seen.
  const deeper = () => Math.log2(W.share());
  const zoom = () => (M.view ? M.view.zoom - deeper() : 7);
  const seen = (id) => !W.hidden.has(id) && zoom() >= ((W.deployment && W.deployment.ground[id] || {}).min_zoom || 0) - 0.01;

  W.drawVehicles = function () {
    if (!M.deck || document.hidden) return;
    const started = performance.now();
    put("vehicles", { data: W.vehicleData(), visible: !W.hidden.has("vehicles") });
    const arrows = zoom() >= HEADINGS_FROM && !W.hidden.has("vehicles");
    put("headings", arrows ? { data: W.headingData(), visible: true } : { visible: false });
    calls();
    show();
    M.times.push(performance.now() - started);
    if (M.times.length > 600) M.times.shift();
  };
  function calls() {
    const alarms = W.alarmData(), incidents = W.incidentData();
    put("alarms", { data: alarms, visible: !W.hidden.has("alarms") });
    put("rings", { data: W.ringData(alarms), visible: !W.hidden.has("alarms") });
    put("incidents", { data: incidents, visible: !W.hidden.has("incidents") });
    put("hazards", { data: W.hazardData(), visible: !W.hidden.has("hazards") });
    put("units", { data: W.hidden.has("units") ? [] : W.unitData() });
    put("reckoned", { data: W.hidden.has("units") ? [] : W.unitData().filter((one) => one.reckoned) });
    put("aims", { data: W.aimData() });
    put("drafts", { data: W.draftData(), getFillColor: (one) => [...(W.WARNING[one.properties.colour] || [255, 255, 255]), 40], getLineColor: (one) => [...(W.WARNING[one.properties.colour] || [255, 255, 255]), 255] });
    const view = M.deck.isInitialized ? M.deck.getViewports()[0] : null, size = 14 * W.share();
    const { labels, boxes } = view ? W.spread(W.callLabels(alarms, incidents), size, (at) => view.project(at)) : { labels: [], boxes: [] }, key = JSON.stringify(labels);
    if (key !== M.callKey) { M.callKey = key; put("call-labels", { data: labels }); }
    const names = view ? W.uncovered(M.labels, boxes, size, (at) => view.project(at)) : M.labels, shown = names.map((one) => one.text).join();
    if (M.labels !== M.namesOf || shown !== M.namesShown) { Object.assign(M, { namesOf: M.labels, namesShown: shown }); put("place-labels", { data: names }); }
  }
  function zones() {
    const faded = W.link.stale ? 0.4 : 1;
    put("zones", {
      data: W.zoneData().filter((one) => !W.hidden.has(one.layer)),
      getFillColor: (one) => [...W.zoneColour(one), 34 * faded],
      getLineColor: (one) => [...W.zoneColour(one), 230 * faded],
      updateTriggers: { getFillColor: faded, getLineColor: faded },
    });
  }
  function drawGround() {
    const at = W.shown();
    for (const layer of W.layers) {
      if (layer.moving) continue;
      const stale = W.isStale(layer, at);
      put(layer.id, { data: M.ground.get(layer.id) || [], visible: seen(layer.id), opacity: stale ? 0.35 : 1 });
    }
  }
  W.drawAll = function () {
    if (!M.deck) return;
    zones();
    drawGround();
    W.drawVehicles();
  };

  // Names: those in view, the most important layer first, none over another.
  function placeNames() {
    if (!M.deck || !W.deployment) return;
    const viewport = M.deck.getViewports()[0];
    if (!viewport) return;
    const taken = new Set(), labels = [], rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    for (const id of [...M.order].reverse()) {
      const hint = W.deployment.ground[id];
      if (!hint || !hint.label || !seen(id) || !M.ground.has(id)) continue;
      for (const [lon, lat, name] of M.names.get(id) || []) {
        const text = W.of(name);
        const [x, y] = viewport.project([lon, lat]);
        if (x < 0 || y < 0 || x > viewport.width || y > viewport.height) continue;
        const cells = [];
        for (let dx = -1; dx <= Math.ceil(text.length / 2.5); dx++) cells.push(`${Math.round(x / rem / 2) + dx}/${Math.round(y / rem / 1.6)}`);
        if (cells.some((cell) => taken.has(cell))) continue;
        cells.forEach((cell) => taken.add(cell));
        labels.push({ lon, lat, text, dy: hint.point ? 0.9 * rem : 0 });
        if (labels.length > 160) break;
      }
    }
    M.labels = labels;
    calls();
    show();
  }
  M.names = new Map();
  function learn(id, collection) {
    const hint = W.deployment.ground[id] || {}, names = [];
    for (const feature of collection.features) {
      const p = feature.properties || {}, code = String(p.adcode || p.key || feature.id || "");
      const name = p.label ? { zh: p.label, en: p.label_en || p.label } : p[hint.label] || p.name;
      if (/^\d{6}$/.test(code) && name && feature.geometry.type !== "Point") W.places.set(code, name);
      if (!hint.label || !name || !feature.geometry) continue;
      const at = middle(feature);
      if (at) names.push([at[0], at[1], name]);
      hint.point = feature.geometry.type === "Point";
    }
    M.names.set(id, names);
    W.changed("alerts");
  }
  function middle(feature) {
    const p = feature.properties || {};
    if (Array.isArray(p.center)) return p.center;
    if (feature.geometry.type === "Point") return feature.geometry.coordinates;
    const rings = feature.geometry.type === "Polygon" ? feature.geometry.coordinates : feature.geometry.type === "MultiPolygon"
      ? feature.geometry.coordinates.reduce((a, b) => (b[0].length > a[0].length ? b : a)) : null;
    if (!rings) return null;
    let w = Infinity, s = Infinity, e = -Infinity, n = -Infinity;
    for (const [x, y] of rings[0]) { w = Math.min(w, x); e = Math.max(e, x); s = Math.min(s, y); n = Math.max(n, y); }
    return [(w + e) / 2, (s + n) / 2];
  }
  W.loadLayers = async function () {
    W.layers = await W.ask("/api/layers");
    W.hidden = new Set(W.layers.filter((layer) => !layer.shown).map((layer) => layer.id));
    W.changed("layers");
    for (const layer of W.layers) {
      if (layer.moving) continue;
      fetch(`/layers/${encodeURIComponent(layer.id)}.geojson`).then((answer) => {
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      }).then((collection) => {
        M.ground.set(layer.id, collection);
        learn(layer.id, collection);
        drawGround();
        show();
        placeNames();
      }).catch(() => { layer.failed = true; W.changed("layers"); });
    }
  };
  W.isStale = (layer, at) => Boolean(layer.stale || (layer.from_ms && layer.stale_after_ms && at - layer.from_ms > layer.stale_after_ms));
  W.toggleLayer = function (id) {
    if (!W.hidden.delete(id)) W.hidden.add(id);
    W.changed("layers");
    W.drawAll();
    placeNames();
  };

  function clicked(info) {
    const id = info.layer && info.layer.id, aim = W.ui.aim;
    // While a place or an area is asked for, a click says where and opens nothing.
    if (aim && info.coordinate) {
      const [lon, lat] = info.coordinate.map((one) => Math.round(one * 1e6) / 1e6);
      if (aim.polygon) { const points = [...aim.points, [lon, lat]]; W.setUi({ aim: { ...aim, points } }); aim.put(points); } else aim.put(lon, lat);
      return;
    }
    if (!info.picked) return;
    if (id === "vehicles" || id === "headings") W.open("vehicle", W.vehicles.ids[info.index]);
    else if (id === "alarms") W.open("alert", info.object.id, { stay: true });
    else if (id === "units") { W.open("incident", info.object.incident, { stay: true }); W.openTo("units"); }
    else if (id === "incidents") W.open("incident", info.object.id, { stay: true });
    else if (info.object) W.open("feature", null, { stay: true, feature: info.object, layer: id });
  }
  function build(view) {
    if (host.deckCanvas) host.deckCanvas.remove();
    const canvas = document.createElement("canvas");
    canvas.id = "map-canvas";
    host.appendChild(canvas);
    host.deckCanvas = canvas;
    M.deck = new deck.Deck({
      canvas, width: "100%", height: "100%", views: new deck.MapView({ repeat: false }), controller: { doubleClickZoom: true },
      initialViewState: view, layers: [], pickingRadius: 6, onClick: clicked,
      // A full-scene pick takes over a second in software GL, longer than the default tap limit.
      eventRecognizerOptions: { click: { time: 1500 } },
      getCursor: ({ isDragging, isHovering }) => (W.ui.aim ? "crosshair" : isDragging ? "grabbing" : isHovering ? "pointer" : "grab"),
      onViewStateChange: ({ viewState }) => {
        const before = zoom();
        M.view = viewState;
        clearTimeout(labelTimer);
        labelTimer = setTimeout(() => { if (Math.floor(before * 2) !== Math.floor(zoom() * 2)) W.drawAll(); placeNames(); }, 160);
      },
      onError: (error) => { M.error = String(error); console.error("map", error); },
    });
    // Signs and names keep their share of the screen: at 3840 they are as large as at 1920.
    const share = W.share();
    for (const id of M.order) put(id, { sizeScale: share, radiusScale: share, pointRadiusScale: share, lineWidthScale: share });
    put("alarms", { iconAtlas: atlas.canvas, iconMapping: atlas.mapping });
    put("incidents", { iconAtlas: atlas.canvas, iconMapping: atlas.mapping });
    put("units", { iconAtlas: atlas.canvas, iconMapping: atlas.mapping });
    put("aims", { iconAtlas: atlas.canvas, iconMapping: atlas.mapping });
    put("headings", { iconAtlas: atlas.canvas, iconMapping: atlas.mapping, getIcon: () => "arrow", data: { length: 0 }, visible: false });
    // deck.gl freezes for ever on a lost context while the feed still says LIVE: build it anew.
    canvas.addEventListener("webglcontextlost", () => setTimeout(rebuild, 300), { once: true });
  }
  function rebuild() {
    const view = { ...M.view };
    M.rebuilt++;
    try { M.deck.finalize(); } catch (gone) { console.warn("the lost map said", gone); }
    M.deck = null;
    M.callKey = M.namesOf = null;
    M.layers.clear();
    define(M.definition);
    atlas = W.atlas();
    build(view);
    W.drawAll();
    setTimeout(placeNames, 400);
  }
  W.fly = function (lon, lat, wanted) {
    if (!M.deck || lon === null || lon === undefined) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const view = { longitude: lon, latitude: lat, zoom: Math.max(zoom(), wanted || 10.8) + deeper(), pitch: 0, bearing: 0 };
    M.deck.setProps({ initialViewState: { ...view, transitionDuration: still ? 0 : 900, transitionInterpolator: still ? undefined : new deck.FlyToInterpolator() } });
    if (still) M.view = { ...M.view, ...view };
  };
  W.flyBox = function ([west, south, east, north]) {
    const box = host.getBoundingClientRect();
    const fit = new deck.WebMercatorViewport({ width: box.width, height: box.height }).fitBounds([[west, south], [east, north]], { padding: Math.min(160, box.height / 4) });
    M.deck.setProps({ initialViewState: { longitude: fit.longitude, latitude: fit.latitude, zoom: fit.zoom, pitch: 0, bearing: 0, transitionDuration: 500 } });
  };
  W.wholeMap = () => {
    const box = host.getBoundingClientRect();
    const fit = new deck.WebMercatorViewport({ width: box.width, height: box.height }).fitBounds([[bounds[0], bounds[1]], [bounds[2], bounds[3]]], { padding: 24 });
    return { longitude: fit.longitude, latitude: fit.latitude, zoom: fit.zoom, pitch: 0, bearing: 0 };
  };
  W.home = () => { const view = W.wholeMap(); M.deck.setProps({ initialViewState: { ...view, transitionDuration: 500 } }); };

  // The tests' window into WebGL: what is drawn, how often, how long it took.
  W.probe = function () {
    const sorted = [...M.times].sort((a, b) => a - b), at = (share) => sorted[Math.floor(share * (sorted.length - 1))] || 0;
    const vehicles = M.layers.get("vehicles");
    return {
      seq: W.vehicles.seq, at_ms: W.vehicles.at, n: W.vehicles.n, rebuilt: M.rebuilt, error: M.error || null,
      first: W.vehicles.place ? [W.vehicles.place[0], W.vehicles.place[1]] : null,
      drawn: vehicles && vehicles.props.data ? vehicles.props.data.length : 0,
      layers: Object.fromEntries([...M.layers].map(([id, layer]) => [id, { visible: layer.props.visible, n: (layer.props.data && (layer.props.data.length ?? (layer.props.data.features || []).length)) || 0 }])),
      view: M.view, tick_ms: { p50: at(0.5), p95: at(0.95), most: at(1), count: sorted.length }, link: { ...W.link }, mode: { ...W.mode },
      shown_ms: W.channels.head && (W.channels.head.shown_ms || W.channels.head.at_ms), sound: { ...W.sound },
    };
  };

  function DeckMap({ id, definition, bounds: box }) {
    const place = React.useRef(null);
    React.useEffect(() => {
      host = place.current;
      bounds = box;
      M.definition = definition;
      define(definition);
      atlas = W.atlas();
      M.view = W.wholeMap();
      build(M.view);
      const off = ["alerts", "incidents", "hazards", "dispatches", "units", "warnings", "ui", "mode"].map((topic) => W.on(topic, () => { clearTimeout(drawAt); drawAt = setTimeout(W.drawVehicles, 30); }));
      off.push(W.on("zones", () => { zones(); show(); }), W.on("language", placeNames));
      W.drawAll();
      return () => { off.forEach((one) => one()); M.deck.finalize(); };
    }, []);
    return W.h("div.map", { id, ref: place, role: "application", "aria-label": W.t("map.title") });
  }
  window.ops_wall = Object.assign(window.ops_wall || {}, { DeckMap });
})();
