// Words: every text of the wall comes from the catalogue, every text of content from its {zh, en}.
(function () {
  "use strict";
  const W = window.opsWall;
  let catalogues = { zh: {}, en: {} };

  W.setTexts = function (given) {
    catalogues = given;
    document.documentElement.lang = W.ui.language === "en" ? "en" : "zh-CN";
  };
  W.t = function (key, values) {
    const own = catalogues[W.ui.language], text = (values && values.n === 1 && own[`${key}.one`]) || own[key];
    if (text === undefined) {
      console.error("no text for", key);
      return key;
    }
    return values ? text.replace(/\{(\w+)\}/g, (_, name) => (values[name] === undefined ? "—" : values[name])) : text;
  };
  W.both = (key) => [catalogues.zh[key], catalogues.en[key]];
  W.has = (key) => catalogues[W.ui.language][key] !== undefined;
  // A text of content; a plain string is a proper name.
  W.of = function (text) {
    if (text === null || text === undefined) return "";
    return typeof text === "string" ? text : text[W.ui.language] ?? text.zh ?? "";
  };
  // A word of a closed list ("role.commander"); content may hold words of its own.
  W.word = (group, name) => (W.has(`${group}.${name}`) ? W.t(`${group}.${name}`) : String(name || "—"));
  W.message = function (message) {
    if (!message) return "";
    return W.of(message.template).replace(/\{([^{}]+)\}/g, (_, name) => {
      const value = message.params[name];
      return value === null || value === undefined ? "—" : W.value(value);
    });
  };
  // A citation of a Chinese law as the other language cites it: names and forms from the catalogue, one unknown to it stays.
  function numeral(said) {
    const signs = W.both("law.numerals")[0];
    let whole = 0, digit = 0;
    for (const sign of said) {
      const at = signs.indexOf(sign);
      if (at < 0) return null;
      if (at === 9) { whole += 10 * (digit || 1); digit = 0; } else digit = at + 1;
    }
    return whole + digit;
  }
  W.cited = function (citation, language) {
    for (const key of language === "zh" ? [] : ["law.item", "law.article"]) {
      const [zh, other] = W.both(key), found = new RegExp(`^${zh.replace(/\{(\w+)\}/g, "(?<$1>.+?)")}$`).exec(citation);
      if (!found) continue;
      const { law, year, article, item } = found.groups, said = { law: W.both(`law.${law}`)[1], year, article: numeral(article), item: item && numeral(item) };
      if (said.law && said.article && (!item || said.item)) return other.replace(/\{(\w+)\}/g, (_, name) => said[name]);
    }
    return citation;
  };
  W.logText = (entry) => W.message({ template: entry.text, params: entry.params || {} });
  // The desk's refusals are English sentences; each has a pattern in the catalogue: "desk: already shelved by {by}".
  let patterns = null;
  function known() {
    if (patterns) return patterns;
    patterns = Object.keys(catalogues.en).filter((key) => key.startsWith("desk: ")).map((key) => {
      const names = [], text = key.slice(6).replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{(\w+)\}/g, (_, name) => { names.push(name); return "(.+?)"; });
      return { key, names, fits: new RegExp(`^${text}$`), length: key.length };
    }).sort((a, b) => a.names.length - b.names.length || b.length - a.length);
    return patterns;
  }
  W.reason = function (reason) {
    if (W.has(`refused.${reason}`)) return W.t(`refused.${reason}`);
    const text = String(reason || "");
    for (const one of known()) {
      const found = one.fits.exec(text);
      if (found) return W.t(one.key, Object.fromEntries(one.names.map((name, n) => [name, W.saidWord(found[n + 1])])));
    }
    return W.t("refused.other", { reason: text || "—" });
  };
  // A word of the desk's own vocabulary inside a sentence, in the screen's language.
  W.saidWord = (word) => { const known = (W.content.dispositions || {})[word.replace(/^'|'$/g, "")]; if (known) return W.of(known.title); for (const group of ["incident", "dispatch", "warning.state", "run", "task", "status", "suppression", "value"]) if (W.has(`${group}.${word}`)) return W.t(`${group}.${word}`); return word; };
  // In plain words: what is wrong, and who changed it when.
  W.refusal = function (result) {
    const who = result.by ? W.t("desk.by_at", { name: result.by, time: W.time(result.changed_ms || result.at_ms) }) : "", text = W.reason(result.reason);
    return who && !text.includes(result.by) ? `${text} ${who}` : who ? `${text} (${W.time(result.changed_ms || result.at_ms)})` : text;
  };
  W.setLanguage = function (language) {
    W.ui.language = language;
    W.remember("ops.language", language);
    document.documentElement.lang = language === "en" ? "en" : "zh-CN";
    if (W.deployment) document.title = W.of(W.deployment.title);
    W.changed("ui", "tick", "language", "alerts", "incidents", "runs", "feeds", "kpis", "head", "layers", "resources", "dispatches", "warnings", "shifts", "session");
  };
})();
