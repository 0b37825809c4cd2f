// Figures and times as they are read: deployment zone, 24 hours, tabular, units named.
(function () {
  "use strict";
  const W = window.opsWall;
  const made = new Map();
  const zone = () => (W.deployment ? W.deployment.time_zone : "Asia/Shanghai");
  function formatter(kind, options) {
    const key = `${kind} ${W.ui.language} ${zone()}`;
    if (!made.has(key)) {
      const locale = W.ui.language === "en" ? "en-GB" : "zh-CN";
      made.set(key, new Intl.DateTimeFormat(locale, { timeZone: zone(), hourCycle: "h23", ...options }));
    }
    return made.get(key);
  }
  const two = { hour: "2-digit", minute: "2-digit" };
  W.time = (ms) => (ms ? formatter("time", { ...two, second: "2-digit" }).format(ms) : "—");
  W.hour = (ms) => (ms ? formatter("hour", two).format(ms) : "—");
  // 11/08 is another day to a reader from elsewhere: in English a month has its name.
  const month = () => (W.ui.language === "en" ? "short" : "2-digit");
  W.date = (ms) =>
    ms ? formatter("date", { year: "numeric", month: month(), day: "2-digit", weekday: "short" }).format(ms).replace(/(\d)(?=\p{Script=Han})/u, "$1 ") : "—";
  W.stamp = (ms) =>
    ms ? formatter("stamp", { month: month(), day: "2-digit", ...two, second: "2-digit" }).format(ms) : "—";
  // From day and time to time; the second day is said only where it is another.
  W.span = function (from, to) {
    const day = formatter("day", { month: month(), day: "2-digit" }), said = (ms) => `${day.format(ms)} ${W.hour(ms)}`;
    return `${said(from)} – ${day.format(from) === day.format(to) ? W.hour(to) : said(to)}`;
  };
  // The zone as a reader says it: its name in Chinese, hours from Greenwich in English.
  W.zoneName = () => formatter("zone", { timeZoneName: W.ui.language === "en" ? "shortOffset" : "long" }).formatToParts(0).find((part) => part.type === "timeZoneName").value;

  W.lasting = function (ms) {
    const s = Math.max(0, Math.round(ms / 1000));
    if (s < 60) return W.t("lasting.s", { s });
    if (s < 3600) return W.t("lasting.m", { m: Math.floor(s / 60), s: String(s % 60).padStart(2, "0") });
    if (s < 86400) return W.t("lasting.h", { h: Math.floor(s / 3600), m: String(Math.floor((s % 3600) / 60)).padStart(2, "0") });
    return W.t("lasting.d", { d: Math.floor(s / 86400), h: Math.floor((s % 86400) / 3600) });
  };
  W.ago = (ms) => (ms ? W.lasting(W.shown() - ms) : "—");
  W.figure = function (value) {
    if (value === null || value === undefined) return "—";
    return new Intl.NumberFormat(W.ui.language === "en" ? "en-GB" : "zh-CN", { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 }).format(value);
  };
  W.value = function (value) {
    if (value === null || value === undefined || value === "") return "—";
    if (typeof value === "number") return W.figure(value);
    if (typeof value === "boolean") return W.t(value ? "word.yes" : "word.no");
    if (typeof value === "object") return value.zh !== undefined ? W.of(value) : JSON.stringify(value);
    return String(value);
  };
  // Names of places by administrative code, learned from the layers that carry them.
  W.places = new Map();
  W.place = (code) => W.of(W.places.get((code || "").slice(0, 6))) || code || "—";
  W.postName = (post) => W.of((W.content.posts || {})[post]) || post;
  W.lonlat = (lon, lat) => (lon === null || lon === undefined ? "—" : `${lon.toFixed(4)}, ${lat.toFixed(4)}`);

  // "14:05", "14:05:30", "-30" (minutes back), "08-11 14:05" -> instant, on the day the screen shows.
  W.readTime = function (text) {
    const back = /^-(\d{1,4})$/.exec(text.trim());
    if (back) return W.shown() - Number(back[1]) * 60000;
    const said = /^(?:(\d{1,2})-(\d{1,2})\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
    if (!said) return null;
    const last = W.channels.head && W.channels.head.span ? W.channels.head.span[1] : W.now();
    const parts = Object.fromEntries(
      new Intl.DateTimeFormat("en-GB", { timeZone: zone(), year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" })
        .formatToParts(last).map((part) => [part.type, Number(part.value)]));
    const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
    const offset = local - Math.floor(last / 1000) * 1000;
    const month = said[1] ? Number(said[1]) - 1 : parts.month - 1;
    const day = said[2] ? Number(said[2]) : parts.day;
    if (Number(said[3]) > 23 || Number(said[4]) > 59 || Number(said[5] || 0) > 59) return null;
    let at = Date.UTC(parts.year, month, day, Number(said[3]), Number(said[4]), Number(said[5] || 0)) - offset;
    if (!said[1] && at > last) at -= 86400000; // a time of day later than now is yesterday's
    return at;
  };
})();
