// Sound: the highest severity that nobody has acknowledged, repeated until somebody does.
(function () {
  "use strict";
  const W = window.opsWall;
  // Tones told apart by pitch, number and pace, not by loudness (EN 60601-1-8 groups likewise).
  const TUNES = {
    extreme: { notes: [880, 660, 880, 660, 880], every: 2500, length: 0.16 },
    severe: { notes: [740, 740, 740], every: 5000, length: 0.16 },
    moderate: { notes: [587, 494], every: 15000, length: 0.2 },
    minor: { notes: [440], every: 0, length: 0.2 },
  };
  let context = null, last = 0, heard = new Set(), first = true;
  W.sound = { played: 0, level: null, blocked: false };

  function play(severity) {
    const tune = TUNES[severity];
    last = performance.now();
    if (W.ui.muted) return;
    W.sound.played++;
    if (!context) context = new AudioContext();
    W.sound.blocked = context.state === "suspended";
    if (W.sound.blocked) { W.changed("calls"); return; }
    tune.notes.forEach((pitch, n) => {
      const tone = context.createOscillator(), gain = context.createGain();
      const at = context.currentTime + n * (tune.length + 0.06);
      tone.frequency.value = pitch;
      tone.type = "triangle";
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.25, at + 0.02);
      gain.gain.linearRampToValueAtTime(0, at + tune.length);
      tone.connect(gain).connect(context.destination);
      tone.start(at);
      tone.stop(at + tune.length + 0.02);
    });
  }
  // Called with every change of the live calls, in replay too.
  W.hear = function () {
    const calls = W.channels.calls;
    const level = W.SEVERITIES.find((severity) => calls.counts[severity]) || null;
    const fresh = calls.newest.filter((one) => !heard.has(one.occurrence + one.raised_ms));
    calls.newest.forEach((one) => heard.add(one.occurrence + one.raised_ms));
    if (heard.size > 2000) heard = new Set(calls.newest.map((one) => one.occurrence + one.raised_ms));
    W.sound.level = level;
    if (fresh.length && !first) {
      play(fresh.map((one) => one.severity).sort((a, b) => W.rank(b) - W.rank(a))[0]);
      if (W.mode.replay) W.setUi({ peek: fresh[0] });
    }
    first = false;
  };
  setInterval(() => {
    const every = W.sound.level && TUNES[W.sound.level].every;
    if (every && performance.now() - last >= every) play(W.sound.level);
  }, 500);
  // Browsers keep audio back until the first gesture; the button shows that.
  addEventListener("pointerdown", () => context && context.resume().then(() => { W.sound.blocked = false; W.changed("calls"); }), { passive: true });
  addEventListener("keydown", () => context && context.resume().then(() => { W.sound.blocked = false; W.changed("calls"); }));
  W.toggleMute = function () {
    W.remember("ops.muted", W.ui.muted ? "" : "1");
    W.setUi({ muted: !W.ui.muted });
  };
})();
