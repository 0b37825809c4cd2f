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
    const text = catalogues[W.ui.language][key];
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
  W.logText = (entry) => W.message({ template: entry.text, params: entry.params || {} });
  // Refusals: ours are words; the desk's are English sentences told apart by their beginning.
  W.reason = function (reason) {
    if (W.has(`refused.${reason}`)) return W.t(`refused.${reason}`);
    const known = /^(already \w+|a newer occurrence has begun|no such \w+|the playbook has not been started|the incident is over|not linked|it is not shelved|it is \w+)(?: by (.+))?/.exec(reason || "");
    const key = known && `desk.${known[1].replace(/ /g, "_")}`;
    if (key && W.has(key)) return W.t(key) + (known[2] ? W.t("desk.by", { name: known[2] }) : "");
    return W.t("refused.other", { reason: reason || "—" });
  };
  W.setLanguage = function (language) {
    W.ui.language = language;
    W.remember("ops.language", language);
    document.documentElement.lang = language === "en" ? "en" : "zh-CN";
    if (W.deployment) document.title = W.of(W.deployment.title);
    W.changed("ui", "tick", "language", "alerts", "incidents", "runs", "feeds", "kpis", "head", "layers");
  };
})();
