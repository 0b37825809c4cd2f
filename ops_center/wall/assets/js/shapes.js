// Severity and states as colour, shape and word: the same in list, map and legend.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  // Under red-green blindness the top red is the dullest, so it is the largest and has a white ring.
  W.SEVERITIES = ["extreme", "severe", "moderate", "minor"];
  W.LOOK = {
    extreme: { colour: "#ff4d5a", ink: "#ffffff", key: "1", path: "M8 1h8l6 6v10l-6 6H8l-6-6V7z", sign: "M11 6h2.4l-.4 8h-1.6zM11 16h2.4v2.4H11z", ring: true, size: 40 },
    severe: { colour: "#ff9a3d", ink: "#1d0f00", key: "2", path: "M12 2l11 19H1z", sign: "M11 9h2.2l-.4 6h-1.4zM11 16.6h2.2v2.2H11z", size: 32 },
    moderate: { colour: "#ffd84d", ink: "#221a00", key: "3", path: "M12 1l11 11-11 11L1 12z", sign: "M11 7h2.2l-.4 6.6h-1.4zM11 15.2h2.2v2.2H11z", size: 28 },
    minor: { colour: "#63b8ff", ink: "#00182c", key: "4", path: "M12 2a10 10 0 100 20 10 10 0 000-20z", sign: "M11 6.5h2.2v2.2H11zM11 10.5h2.2v7H11z", size: 24 },
  };
  W.rank = (severity) => 3 - W.SEVERITIES.indexOf(severity);
  W.INCIDENT = { colour: "#eef4ff", ink: "#10203c", path: "M4 2h16v13l-8 7-8-7z", sign: "M8 6h2v10H8zM10 6h7l-2 3 2 3h-7z" };
  // Units by shape: a wedge under way, a square on scene, a dashed ring where the position is reckoned.
  W.UNIT = { going: { colour: "#5fe0c0", ink: "#052019", path: "M12 2l9 19-9-5-9 5z", sign: "" }, there: { colour: "#5fe0c0", ink: "#052019", path: "M3 3h18v18H3z", sign: "M10 17l-4.4-4.4 1.8-1.8L10 13.4l6.6-6.6 1.8 1.8z" }, asked: { colour: "#ffd84d", ink: "#221a00", path: "M12 2l9 19-9-5-9 5z", sign: "" } };
  W.UnitSign = ({ state, size }) => h("svg.sign", { viewBox: "0 0 24 24", width: size || "1.1rem", height: size || "1.1rem", "aria-hidden": true },
    state === "reckoned" ? h("circle", { cx: 12, cy: 12, r: 9, fill: "none", stroke: "#5fe0c0", strokeWidth: 2.2, strokeDasharray: "4 3" }) : [h("path", { key: 1, d: W.UNIT[state].path, fill: W.UNIT[state].colour }), h("path", { key: 2, d: W.UNIT[state].sign, fill: W.UNIT[state].ink })]);
  W.Sign = function ({ severity, size, title }) {
    const look = W.LOOK[severity] || W.INCIDENT;
    return h("svg.sign", { viewBox: "0 0 24 24", width: size || "1.5rem", height: size || "1.5rem", role: "img", "aria-label": title || W.t(`severity.${severity}`) },
      h("path", { d: look.path, fill: look.colour, stroke: look.ring ? "#fff" : "none", strokeWidth: look.ring ? 1.6 : 0 }),
      h("path", { d: look.sign, fill: look.ink }));
  };
  W.ICONS = {
    play: "M6 4l14 8-14 8z", pause: "M6 4h4v16H6zM14 4h4v16h-4z", back: "M6 4h3v16H6zM20 4L9 12l11 8z", on: "M15 4h3v16h-3zM4 4l11 8-11 8z",
    close: "M5 3.6L12 10.6l7-7L20.4 5l-7 7 7 7-1.4 1.4-7-7-7 7L3.6 19l7-7-7-7z", tick: "M9 16.2L4.8 12l-1.7 1.7L9 19.6 21 7.6l-1.7-1.7z",
    sound: "M3 9v6h4l5 5V4L7 9zM15 8a5 5 0 010 8v-2a3 3 0 000-4zM15 4a9 9 0 010 16v-2a7 7 0 000-12z",
    mute: "M3 9v6h4l5 5V4L7 9zM15.2 9.6l1.4-1.4 2.4 2.4 2.4-2.4 1.4 1.4L20.4 12l2.4 2.4-1.4 1.4-2.4-2.4-2.4 2.4-1.4-1.4 2.4-2.4z",
    layers: "M12 2l10 6-10 6L2 8zM4 12l8 5 8-5 2 1.2L12 19 2 13.2zM4 16l8 5 8-5 2 1.2L12 23 2 17.2z",
    feed: "M4 16a4 4 0 014 4H4zM4 10a10 10 0 0110 10h-3a7 7 0 00-7-7zM4 4a16 16 0 0116 16h-3A13 13 0 004 7z",
    clock: "M12 2a10 10 0 100 20 10 10 0 000-20zm0 2.4a7.6 7.6 0 110 15.2 7.6 7.6 0 010-15.2zM11 7h2v5l3.6 2.4-1 1.6L11 13z",
    up: "M12 4l8 9h-5v7H9v-7H4z", help: "M12 2a10 10 0 100 20 10 10 0 000-20zm1 15.6h-2v-2h2zm1.9-7.2l-.9.9c-.7.8-1 1.3-1 2.4h-2v-.5c0-1.1.5-1.9 1.1-2.6l1.3-1.2a1.6 1.6 0 10-2.7-1.2H8.6a3.5 3.5 0 117 0c0 .9-.3 1.6-.7 2.2z",
  };
  W.Icon = ({ name }) =>
    h("svg.icon", { viewBox: "0 0 24 24", width: "1em", height: "1em", "aria-hidden": true }, h("path", { d: W.ICONS[name], fill: "currentColor" }));
})();
