// Help: the keys, the signs, the words of the command line, on one page.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  // [keys, name of its text], in three groups; `keys.js` carries them out.
  const GROUPS = [
    ["anywhere", [[["N"], "intake"], [["J", "K"], "move"], [["Enter"], "open"], [["A"], "acknowledge"], [["E"], "escalate"], [["0", "1", "2", "3", "4"], "severity"], [["/"], "command"], [["S"], "shift"], [["B"], "outbox"], [["L"], "layers"], [["F"], "feeds"], [["Space"], "play"], [["[", "]"], "step"], [["{", "}"], "faster"], [["M"], "mute"], [["H"], "home"], [["Esc"], "close"], [["?"], "help"]]],
    ["alarm", [[["C"], "claim"], [["G"], "hand_over"], [["Z"], "shelve"], [["U"], "suppress"], [["T"], "out"], [["I"], "link"], [["X"], "close_alarm"]]],
    ["incident", [[["V"], "verify"], [["D"], "dispatch"], [["1", "…", "9"], "send"], [["R"], "report"], [["W"], "warn"], [["P"], "start"], [["T"], "tasks"], [["U"], "update"], [["C"], "figure"], [["G"], "grade"], [["Y"], "respond"], [["I"], "note"], [["X"], "close_incident"], [[",", "."], "parts"]]],
  ];
  W.Help = function () {
    W.use("ui");
    const box = React.useRef(null);
    W.useTrap(W.ui.help, box);
    React.useLayoutEffect(() => { if (W.ui.help && box.current) box.current.focus(); }, [W.ui.help]);
    if (!W.ui.help) return null;
    return h("div.help", { role: "dialog", "aria-modal": true, "aria-label": W.t("help.title"), tabIndex: -1, ref: box },
      h("div.help-card", null,
        h("h2", null, W.t("help.title"), h(W.Button, { look: "icon-button", onPress: () => W.setUi({ help: false }), label: W.t("word.close") }, h(W.Icon, { name: "close" }))),
        h("div.help-columns", null,
          h("section", null, h(Keys, { groups: GROUPS.slice(0, 1) })),
          h("section", null, h(Keys, { groups: GROUPS.slice(1) })),
          h("section.help-verbs", null, h("h3", null, W.t("help.commands")), h("dl", null, W.VERBS.map((verb) => h("div", { key: verb.id }, h("dt", null, h("code", null, W.t(`verb.${verb.id}`))), h("dd", null, W.t(`cmd.${verb.id}`)))))),
          h("section.help-words-part", null, h("h3", null, W.t("help.severity")), h("ul.help-signs", null, W.SEVERITIES.map((severity) => h("li", { key: severity }, h(W.Sign, { severity, size: "1.8rem" }), h("div", null, h("b", null, W.t(`severity.${severity}`)), h("span", null, W.t(`severity.${severity}.means`)))))),
            h("h3", null, W.t("help.words")), h("ul.help-words", null, ["acknowledge", "verify", "shelve", "late", "stale", "exercise"].map((word) => h("li", { key: word }, W.t(`help.${word}`))))))));
  };
  const Keys = ({ groups }) => groups.map(([group, keys]) => h(React.Fragment, { key: group }, h("h3", null, W.t(`help.keys_${group}`)), h("dl", null, keys.map(([strokes, name]) => h("div", { key: name }, h("dt", null, strokes.map((key) => h("kbd", { key }, key))), h("dd", null, W.t(`key.${name}`)))))));
})();
