// The wall's one state and who listens to it: channels from the server, choices of this screen.
(function () {
  "use strict";

  const W = (window.opsWall = {
    channels: {
      alerts: new Map(), groups: new Map(), incidents: new Map(), runs: new Map(), hazards: new Map(), zones: new Map(), feeds: new Map(),
      resources: new Map(), dispatches: new Map(), warnings: new Map(), shifts: new Map(),
      kpis: [], dead: [], results: [], calls: { counts: {}, newest: [] }, head: null, histogram: null, load: { flood: false, order: [] }, units: [],
    },
    vehicles: { n: 0, ids: [], row: new Map(), epoch: -1, place: null, angle: null, style: null, seq: 0 },
    mode: { replay: false, screen: "", loading: false },
    link: { state: "connecting", at: performance.now(), stale: false },
    session: null,
    content: { forms: {}, incident_kinds: {}, playbooks: {} },
    layers: [],
    hidden: new Set(),
    deployment: null,
    ui: {
      language: "zh", muted: false, tab: "alarms", severity: 0, filter: null, selected: null, drawer: null,
      panel: null, help: false, command: false, toasts: [], dialog: null, expanded: new Set(), peek: null,
      part: "overview", shelf: "", aim: null, bring: null, task: null,
    },
    pending: new Map(), refusals: new Map(),
  });

  const listeners = new Map();
  const dirty = new Set();
  let due = 0;

  function flush() {
    due = 0;
    const topics = [...dirty];
    dirty.clear();
    const called = new Set();
    for (const topic of topics) for (const listener of listeners.get(topic) || []) called.add(listener);
    for (const listener of called) listener();
  }

  W.on = function (topic, listener) {
    if (!listeners.has(topic)) listeners.set(topic, new Set());
    listeners.get(topic).add(listener);
    return () => listeners.get(topic).delete(listener);
  };

  W.changed = function (...topics) {
    for (const topic of topics) dirty.add(topic);
    // Not by animation frame: a slow graphics card must not hold the lists back.
    if (!due) due = setTimeout(flush, document.hidden ? 250 : 16);
  };
  // A hidden tab keeps its state and draws it when it is seen again.
  document.addEventListener("visibilitychange", () => { if (!document.hidden && W.drawAll) W.drawAll(); W.changed("ui", "tick"); });

  W.setUi = function (change) {
    Object.assign(W.ui, change);
    W.changed("ui");
  };

  // For what the next key stroke already belongs to: drawn before this call returns.
  W.setUiNow = function (change) {
    ReactDOM.flushSync(() => {
      Object.assign(W.ui, change);
      for (const listener of listeners.get("ui") || []) listener();
    });
  };

  // React hook: draw again when one of these topics changes.
  W.use = function (...topics) {
    const [, again] = React.useReducer((n) => n + 1, 0);
    React.useEffect(() => {
      const off = topics.map((topic) => W.on(topic, again));
      return () => off.forEach((one) => one());
    }, []);
  };

  // h("div.name.other", {props}, ...children): elements without JSX.
  W.h = function (tag, props, ...children) {
    if (typeof tag !== "string") return React.createElement(tag, props, ...children);
    const [name, ...classes] = tag.split(".");
    const more = props && props.className ? [props.className] : [];
    const className = [...classes, ...more].join(" ") || undefined;
    return React.createElement(name || "div", { ...props, className }, ...children);
  };

  const stored = (name, fallback) => {
    try { return localStorage.getItem(name) || fallback; } catch (refused) { return fallback; }
  };
  W.remember = function (name, value) {
    try { localStorage.setItem(name, value); } catch (refused) { W.forgetful = true; }
  };
  W.ui.language = stored("ops.language", "zh");
  W.ui.muted = stored("ops.muted", "") === "1";

  W.now = function () {
    const head = W.channels.head;
    if (!head) return 0;
    return head.now_ms + (performance.now() - head.received) * (head.speed || 1);
  };
  // The instant that every panel shows: the cursor in replay, now otherwise.
  W.shown = function () {
    const head = W.channels.head;
    if (!head) return 0;
    if (!W.mode.replay) return W.now();
    const moved = head.playing ? (performance.now() - head.received) * head.replay_speed : 0;
    return Math.min(head.at_ms + moved, head.span ? head.span[1] : Infinity);
  };
  setInterval(() => W.changed("tick"), 1000);
})();
