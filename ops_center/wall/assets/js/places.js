// Places as an officer says them: a name, a county, road and stake, two numbers; and the county under a point.
(function () {
  "use strict";
  const W = window.opsWall;
  const STAKE = /^\s*(\S.*?)\s+([Kk]\s?\d{1,4}(?:\s?\+\s?\d{1,3})?)\s*(.*)$/;
  const COUNTY = /^\d{6}$/;

  const both = (name) => (typeof name === "string" ? [name] : [name.zh, name.en]);
  W.countyChoices = () => [...W.places].filter(([code]) => COUNTY.test(code)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, name]) => [code, typeof name === "string" ? { zh: name, en: name } : name]);

  function crosses(ring, lon, lat) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i], [xj, yj] = ring[j];
      if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) inside = !inside;
    }
    return inside;
  }
  const holds = (geometry, lon, lat) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : []).some((rings) => crosses(rings[0], lon, lat) && !rings.slice(1).some((hole) => crosses(hole, lon, lat)));
  // For the eye at once; the desk joins the county again by its own boundaries.
  W.countyAt = function (lon, lat) {
    for (const [id, collection] of W.map.ground) {
      if (!/count/.test(id)) continue;
      for (const feature of collection.features) {
        const p = feature.properties || {}, code = String(p.adcode || p.code || p.key || feature.id || "");
        if (COUNTY.test(code) && feature.geometry && holds(feature.geometry, lon, lat)) return code;
      }
    }
    return "";
  };
  const point = (lon, lat, name) => ({ lon: Math.round(lon * 1e6) / 1e6, lat: Math.round(lat * 1e6) / 1e6, adcode: W.countyAt(lon, lat), text: name || "" });

  // What was typed, read as far as it goes: coordinates, road + stake, or words.
  W.readPlace = function (typed) {
    const numbers = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*(-?\d{1,2}(?:\.\d+)?)\s*$/.exec(typed);
    if (numbers && Math.abs(numbers[1]) <= 180 && Math.abs(numbers[2]) <= 90) return point(Number(numbers[1]), Number(numbers[2]));
    const stake = STAKE.exec(typed);
    if (stake) return { road: stake[1], stake: stake[2].replace(/\s/g, "").toUpperCase(), text: stake[3] };
    return { place: typed.trim() };
  };
  // Names that fit: counties, then places, then other named features; those that begin so before those that hold it.
  W.placeOffers = function (typed) {
    const wanted = typed.trim().toLowerCase();
    if (wanted.length < 1 || STAKE.test(typed)) return [];
    const found = [], seen = new Set();
    const add = (name, lon, lat, note, layer) => {
      const words = both(name).filter(Boolean).map((word) => word.toLowerCase());
      const rank = words.some((word) => word === wanted) ? 0 : words.some((word) => word.startsWith(wanted)) ? 1 : words.some((word) => word.includes(wanted)) ? 2 : 9;
      const text = W.of(name), key = `${text}/${layer}`;
      if (rank > 2 || seen.has(key) || found.length > 400) return;
      seen.add(key);
      found.push({ value: key, text, note, rank, place: { ...point(lon, lat, text) } });
    };
    const layers = [...W.map.names.keys()].sort((a, b) => /count/.test(b) - /count/.test(a) || /place|cit/.test(b) - /place|cit/.test(a));
    for (const id of layers) {
      const layer = W.layers.find((one) => one.id === id);
      for (const [lon, lat, name] of W.map.names.get(id)) add(name, lon, lat, layer ? W.of(layer.title) : id, id);
    }
    return found.sort((a, b) => a.rank - b.rank);
  };
  W.placeArgs = (place) => W.filled({ lon: place.lon, lat: place.lat, adcode: place.adcode, road: place.road, stake: place.stake, text: place.text, place: place.place });
  W.placeSaid = function (place) {
    const parts = [place.road, place.stake, place.place, place.text, place.adcode ? W.place(place.adcode) : "", place.lon !== undefined ? W.lonlat(place.lon, place.lat) : ""].filter(Boolean);
    return parts.join(" · ");
  };
})();
