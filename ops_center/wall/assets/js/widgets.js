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

  // Why a command on this thing was not carried out, beside the thing, in plain words: who changed it and when.
  W.Refused = function ({ target }) {
    W.use("pending");
    const one = target && W.refusals.get(target);
    return one ? h("span.refused", { role: "alert" }, h("b", null, W.t("command.not_done")), " ", W.refusal(one)) : null;
  };
  // Arrow keys inside a row of tabs: one stop for Tab, the arrows choose.
  W.rove = function (event, names, now, choose) {
    const by = { ArrowRight: 1, ArrowLeft: -1, Home: -99, End: 99 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const at = Math.min(names.length - 1, Math.max(0, names.indexOf(now) + by));
    choose(names[at]);
    const list = event.currentTarget.parentElement;
    requestAnimationFrame(() => { const tab = list.children[at]; if (tab) tab.focus(); });
  };
  // Focus stays inside what covers the rest, and goes back to where it was when that is closed.
  W.useTrap = function (open, box) {
    React.useLayoutEffect(() => {
      if (!open) return undefined;
      const before = document.activeElement;
      const keep = (event) => {
        if (event.key !== "Tab" || !box.current) return;
        const stops = [...box.current.querySelectorAll("button:not(:disabled), input, select, textarea, a[href], [tabindex='0']")];
        const inside = box.current.contains(document.activeElement), at = stops.indexOf(document.activeElement);
        if (!stops.length || (event.shiftKey ? at > 0 : inside && at >= 0 && at < stops.length - 1)) return;
        event.preventDefault();
        stops[event.shiftKey ? stops.length - 1 : 0].focus();
      };
      addEventListener("keydown", keep, true);
      return () => { removeEventListener("keydown", keep, true); if (before && before.isConnected && before !== document.body) before.focus(); };
    }, [open]);
  };

  // Opens a thing in the drawer; an incident or alarm flies the map there, an update never does.
  W.open = function (kind, id, options) {
    const more = options || {}, held = W.ui.drawer;
    const part = kind === "incident" && held && held.kind === kind && held.id === id ? W.ui.part : "overview";
    W.setUi({ drawer: { kind, id, ...more }, dialog: null, aim: null, task: null, part, selected: kind === "alert" ? id : W.ui.selected });
    if (more.stay) return;
    const thing = kind === "incident" ? W.channels.incidents.get(id) : kind === "alert" ? W.channels.alerts.get(id) : null;
    if (kind === "incident" && thing) W.fly(thing.place.lon, thing.place.lat);
    if (kind === "alert" && thing) W.fly(thing.lon, thing.lat);
  };
})();
