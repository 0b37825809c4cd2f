// Time bar: 24 hours, the histogram by severity is the slider's track; live and replay.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const SPEEDS = [0.1, 1, 10, 60, 600, 3600];
  const STEP_MS = 60000;

  W.seek = (at) => W.replay({ at_ms: Math.round(at) });
  W.stepTime = function (by) {
    W.replay({ at_ms: Math.round(W.shown() + by * STEP_MS), playing: false });
  };
  W.playPause = function () {
    const head = W.channels.head;
    if (!W.mode.replay) W.replay({ at_ms: Math.round(W.shown()), playing: false, speed: 1 });
    else W.replay({ playing: !head.playing });
  };
  W.setSpeed = (speed) => W.replay({ speed, playing: true });
  W.speedStep = function (by) {
    const now = (W.channels.head && W.channels.head.replay_speed) || 1;
    const at = SPEEDS.findIndex((one) => one >= now);
    W.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + by))]);
  };

  function Track() {
    W.use("histogram", "head", "mode", "tick", "ui");
    const [hover, setHover] = React.useState(null);
    const [drag, setDrag] = React.useState(false);
    const box = React.useRef(null);
    const histogram = W.channels.histogram, head = W.channels.head;
    if (!histogram || !head) return h("div.track");
    const { from_ms: from, to_ms: to, bins } = histogram, span = head.span;
    const most = Math.max(4, ...bins.map((bin) => bin.reduce((a, b) => a + b, 0)));
    const share = (ms) => Math.min(1, Math.max(0, (ms - from) / (to - from)));
    const shown = W.shown(), width = 1000 / bins.length;
    const at = (event) => {
      const rect = box.current.getBoundingClientRect();
      return from + Math.min(1, Math.max(0, (event.clientX - rect.left) / rect.width)) * (to - from);
    };
    const bars = [];
    bins.forEach((bin, n) => {
      let y = 40;
      bin.forEach((count, rank) => {
        if (!count) return;
        const height = (36 * count) / most;
        y -= height;
        bars.push(h("rect", { key: `${n}/${rank}`, x: n * width + width * 0.12, y, width: width * 0.76, height, fill: W.LOOK[W.SEVERITIES[3 - rank]].colour, opacity: from + n * ((to - from) / bins.length) > shown ? 0.35 : 0.95 }));
      });
    });
    const hours = [];
    for (let ms = Math.ceil(from / 7200000) * 7200000; ms < to; ms += 7200000) hours.push(h("span.hour", { key: ms, style: { left: `${100 * share(ms)}%` } }, W.hour(ms)));
    const keys = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 };
    return h("div.track", { ref: box, role: "slider", tabIndex: 0, "aria-label": W.t("time.track"), "aria-valuemin": from, "aria-valuemax": to, "aria-valuenow": Math.round(shown), "aria-valuetext": W.stamp(shown),
      onKeyDown: (event) => { if (keys[event.key]) { event.preventDefault(); W.stepTime(keys[event.key]); } else if (event.key === "End") W.goLive(); else if (event.key === "Home") W.seek(span[0]); },
      onPointerDown: (event) => { event.currentTarget.setPointerCapture(event.pointerId); setDrag(true); W.seek(Math.max(span[0], at(event))); },
      onPointerMove: (event) => { setHover(at(event)); if (drag) W.seek(Math.max(span[0], at(event))); },
      onPointerUp: () => setDrag(false), onPointerLeave: () => setHover(null) },
      h("svg", { viewBox: "0 0 1000 40", preserveAspectRatio: "none", "aria-hidden": true }, bars),
      h("i.unkept", { style: { width: `${100 * share(span[0])}%` }, title: W.t("time.unkept") }),
      h("i.past", { style: { left: `${100 * share(span[0])}%`, width: `${100 * (share(shown) - share(span[0]))}%` } }),
      h("i.cursor", { style: { left: `${100 * share(shown)}%` } }),
      W.mode.replay ? h("i.now", { style: { left: `${100 * share(W.now())}%` }, title: W.t("mode.live") }) : null,
      hover ? h("span.hover", { style: { left: `${100 * share(hover)}%` } }, W.stamp(hover)) : null,
      h("div.hours", null, hours));
  }
  W.TimeBar = function () {
    W.use("mode", "head", "ui", "tick", "link");
    const head = W.channels.head || {}, replay = W.mode.replay, lost = W.link.state !== "open" || W.link.stale;
    const [typed, setTyped] = React.useState("");
    const [wrong, setWrong] = React.useState(false);
    const go = (event) => {
      event.preventDefault();
      const at = W.readTime(typed);
      setWrong(at === null);
      if (at !== null) { W.seek(at); setTyped(""); event.target.querySelector("input").blur(); }
    };
    return h("footer.timebar", { "aria-label": W.t("time.title") },
      h("div.time-controls", null,
        h(W.Button, { look: `live-button ${replay || lost ? "" : "on"}`, pressed: !replay, onPress: W.goLive }, h("i.dot"), W.t("mode.live")),
        h(W.Button, { look: "icon-button", onPress: () => W.stepTime(-1), label: W.t("time.back"), hint: `${W.t("time.back")} ([)` }, h(W.Icon, { name: "back" })),
        h(W.Button, { look: "icon-button", onPress: W.playPause, label: W.t(replay && head.playing ? "time.pause" : replay ? "time.play" : "time.enter"), hint: `${W.t(replay && head.playing ? "time.pause" : replay ? "time.play" : "time.enter")} (Space)` }, h(W.Icon, { name: replay && !head.playing ? "play" : "pause" })),
        h(W.Button, { look: "icon-button", onPress: () => W.stepTime(1), label: W.t("time.forward"), hint: `${W.t("time.forward")} (])`, off: !replay }, h(W.Icon, { name: "on" })),
        h("label.speed", null, h("span.sr", null, W.t("time.speed")), h("select", { value: replay ? head.replay_speed || 1 : 1, disabled: !replay, onChange: (event) => W.setSpeed(Number(event.target.value)), "aria-label": W.t("time.speed") }, [...new Set([...SPEEDS, replay ? head.replay_speed || 1 : 1])].sort((a, b) => a - b).map((speed) => h("option", { key: speed, value: speed }, `${speed}×`)))),
        h("form.seek", { onSubmit: go }, h("input", { value: typed, onChange: (event) => { setTyped(event.target.value); setWrong(false); }, placeholder: W.t("time.seek_hint"), "aria-label": W.t("time.seek"), "aria-invalid": wrong, className: wrong ? "wrong" : "" }))),
      h(Track),
      h("div.time-now", { className: lost ? "lost" : "" }, h("b", null, W.hour(W.shown())), h("span", null, replay ? W.t("time.behind", { time: W.lasting(W.now() - W.shown()) }) : W.t(lost ? "mode.lost" : "mode.live"))));
  };
})();
