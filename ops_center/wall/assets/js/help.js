// Help: the keys, the signs, the words of the command line, on one page.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const KEYS = [["J", "K"], ["A"], ["E"], ["D"], ["0", "1", "2", "3", "4"], ["Space"], ["[", "]"], ["{", "}"], ["L"], ["F"], ["M"], ["H"], ["/"], ["Esc"], ["?"]];
  const NAMES = ["move", "acknowledge", "escalate", "start", "severity", "play", "step", "faster", "layers", "feeds", "mute", "home", "command", "close", "help"];
  W.Help = function () {
    W.use("ui");
    const box = React.useRef(null);
    React.useEffect(() => { if (W.ui.help && box.current) box.current.focus(); });
    if (!W.ui.help) return null;
    return h("div.help", { role: "dialog", "aria-modal": true, "aria-label": W.t("help.title"), tabIndex: -1, ref: box },
      h("div.help-card", null,
        h("h2", null, W.t("help.title"), h(W.Button, { look: "icon-button", onPress: () => W.setUi({ help: false }), label: W.t("word.close") }, h(W.Icon, { name: "close" }))),
        h("div.help-columns", null,
          h("section", null, h("h3", null, W.t("help.keys")), h("dl", null, KEYS.map((keys, n) => h("div", { key: n }, h("dt", null, keys.map((key) => h("kbd", { key }, key))), h("dd", null, W.t(`key.${NAMES[n]}`)))))),
          h("section", null, h("h3", null, W.t("help.severity")), h("ul.help-signs", null, W.SEVERITIES.map((severity) => h("li", { key: severity }, h(W.Sign, { severity, size: "1.8rem" }), h("div", null, h("b", null, W.t(`severity.${severity}`)), h("span", null, W.t(`severity.${severity}.means`)))))),
            h("h3", null, W.t("help.words")), h("ul.help-words", null, ["acknowledge", "verify", "shelve", "late", "stale", "exercise"].map((word) => h("li", { key: word }, W.t(`help.${word}`))))),
          h("section", null, h("h3", null, W.t("help.commands")), h("dl", null, W.VERBS.map((verb) => h("div", { key: verb.id }, h("dt", null, h("code", null, W.t(`verb.${verb.id}`))), h("dd", null, W.t(`cmd.${verb.id}`)))))))));
  };
})();
