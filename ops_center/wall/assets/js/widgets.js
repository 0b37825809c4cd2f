// Small parts that several panels use.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  W.Button = function ({ onPress, label, hint, keys, look, off, children, pressed, ...rest }) {
    return h("button", {
      type: "button", className: `button ${look || ""}`, onClick: onPress, disabled: Boolean(off), title: off && typeof off === "string" ? off : hint,
      "aria-label": label, "aria-pressed": pressed, ...rest }, children, keys ? h("kbd", null, keys) : null);
  };
  W.CommandButton = function (props) {
    const off = props.off || W.whyDisabled();
    return h(W.Button, { ...props, off: off || (W.session && !W.session.may_command) });
  };
  // A mark only where a thing is not what the whole screen already says it is.
  W.Mark = ({ status, always }) => (status && status !== "actual" && (always || status !== W.deployment.status) ? h("span.mark", null, W.t(`status.${status}`)) : null);
  W.Chip = ({ look, children, title }) => h("span.chip", { className: look, title }, children);
  W.Facts = ({ rows }) =>
    h("dl.facts", null, rows.filter(Boolean).map(([name, value, wide]) => h("div", { key: name, className: wide ? "wide" : "" }, h("dt", null, name), h("dd", null, value))));
  W.Empty = ({ text }) => h("p.empty", null, text);
  W.Section = ({ title, count, children, more }) =>
    h("section.section", null, h("h3", null, title, count === undefined ? null : h("span.count", null, count), more), children);

  // Opens a thing in the drawer; an incident or alarm flies the map there, an update never does.
  W.open = function (kind, id, options) {
    const more = options || {};
    W.setUi({ drawer: { kind, id, ...more }, dialog: null, selected: kind === "alert" ? id : W.ui.selected });
    if (more.stay) return;
    const thing = kind === "incident" ? W.channels.incidents.get(id) : kind === "alert" ? W.channels.alerts.get(id) : null;
    if (kind === "incident" && thing) W.fly(thing.place.lon, thing.place.lat);
    if (kind === "alert" && thing) W.fly(thing.lon, thing.lat);
  };
})();
