// Places as an officer tells them: the server says what a text may mean and where it lies.
(function () {
  "use strict";
  const W = window.opsWall;
  const COUNTY = /^\d{6}$/, OFFER_MS = 120, READ_MS = 250;

  W.countyChoices = () => [...W.places].filter(([code]) => COUNTY.test(code)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, name]) => [code, typeof name === "string" ? { zh: name, en: name } : name]);
  const called = (one) => (W.ui.language === "en" && one.name_en) || one.name;
  const layerName = (id) => { const layer = W.layers.find((one) => one.id === id); return layer ? W.of(layer.title) : id; };
  const offerOf = (one) => ({ value: one.id, text: called(one), note: [layerName(one.layer), one.adcode ? W.place(one.adcode) : ""].filter(Boolean).join(" · "), place: one });

  W.placesNamed = async (text) => (await W.ask(W.query("/api/places", { q: text }))).places;
  // React hook: what the typed words may mean.
  W.usePlaces = function (typed) {
    const text = typed.trim(), asked = W.useAsked(text && W.query("/api/places", { q: text }), { wait: OFFER_MS });
    return { offers: asked.body ? asked.body.places.map(offerOf) : [], waiting: asked.waiting };
  };
  // React hook: where the told place lies, `{place, inside}`, or why it cannot be read.
  W.usePlace = (told) => W.useAsked(told && W.query("/api/place", told), { wait: READ_MS });
  W.flyToPlace = function (one) {
    if (one.lon !== null) W.fly(one.lon, one.lat, 11);
    else if (one.adcode) W.showArea({ adcodes: [one.adcode] });
  };
  W.placeSaid = (place) => [place.road, place.stake, place.text, place.adcode ? W.place(place.adcode) : "", place.lon !== null ? W.lonlat(place.lon, place.lat) : ""].filter(Boolean).join(" · ");
})();
