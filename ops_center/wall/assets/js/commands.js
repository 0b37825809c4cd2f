// Commands: posted with an id made here, decided by the desk; who sent one is told what became of it.
(function () {
  "use strict";
  const W = window.opsWall;
  const csrf = () => (document.cookie.split("; ").find((one) => one.startsWith("_csrf_token=")) || "=").split("=")[1];
  const AGAIN_MS = 1500, GIVE_UP_MS = 20000, SLOW_MS = 15000, FORGET_MS = 600000, REFUSAL_MS = 60000;

  W.post = async function (path, body) {
    return fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() }, body: JSON.stringify(body) });
  };
  W.sendFile = async function (path, file) {
    return fetch(path, { method: "POST", headers: { "Content-Type": file.type || "application/octet-stream", "X-CSRFToken": csrf() }, body: file });
  };
  W.ask = async function (path) {
    const answer = await fetch(path);
    if (answer.status === 401) location.assign("/login");
    if (!/json/.test(answer.headers.get("content-type") || "")) throw new Error("unavailable");
    if (!answer.ok) throw new Error((await answer.json()).error);
    return answer.json();
  };
  W.canCommand = () => Boolean(W.session && W.session.may_command && !W.mode.replay);
  W.whyDisabled = () => (W.mode.replay ? W.t("disabled.replay") : W.session && !W.session.may_command ? W.t("disabled.role") : "");
  W.newCommand = () => "command-" + [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  // The same id posted twice is one command, so a line that was lost is tried again without risk.
  async function receipt(body, began) {
    for (;;) {
      try {
        const answer = await W.post("/api/command", body);
        return await answer.json();
      } catch (lost) {
        if (performance.now() - began > GIVE_UP_MS) return { accepted: false, reason: "lost" };
        const entry = W.pending.get(body.id);
        if (entry && entry.settled) return { accepted: true }; // decided meanwhile: only the answer was lost
        if (entry && !entry.lost) { entry.lost = true; W.changed("pending"); }
        await new Promise((go) => setTimeout(go, AGAIN_MS));
      }
    }
  }
  // What was or will be sent under an id; the promise resolves with the desk's decision on it.
  W.expect = function ({ id, kind, target, args }) {
    const entry = { kind, target, args, at: performance.now(), lost: false, settled: null };
    const decided = new Promise((settle) => { entry.settle = settle; });
    W.pending.set(id, entry);
    W.changed("pending");
    return [entry, decided];
  };
  // Resolves when the desk has decided: {accepted, reason, by, changed_ms}.
  W.send = async function (kind, target, args, id) {
    if (!W.canCommand()) {
      W.toast("warn", W.whyDisabled());
      return { accepted: false, reason: W.mode.replay ? "in_replay" : "role" };
    }
    const body = { id: id || W.newCommand(), kind, target: target || "", args: args || {}, screen: W.mode.screen };
    W.refusals.delete(body.target);
    const [entry, decided] = W.expect(body);
    const answer = await receipt(body, entry.at);
    entry.lost = false;
    if (!answer.accepted) {
      if (answer.reason !== "lost") W.pending.delete(body.id);
      else entry.abandoned = true; // a decision may still come; it is told then
      refuse(body.target, { ...answer, kind });
      return { ...answer, accepted: false };
    }
    return decided;
  };
  W.command = async (kind, target, args, id) => (await W.send(kind, target, args, id)).accepted;

  function refuse(target, result) {
    if (target) W.refusals.set(target, { ...result, at: performance.now() });
    W.toast("bad", W.refusal(result));
    W.changed("pending");
  }
  // Decisions come with every picture; ours are told once.
  W.decided = function (results) {
    for (const result of results || []) {
      const entry = W.pending.get(result.command);
      if (!entry) continue;
      W.pending.delete(result.command);
      entry.settled = result;
      if (!result.accepted) refuse(result.target || entry.target, result);
      else if (result.kind !== "alert.acknowledge") W.toast("good", W.word("done", result.kind));
      if (result.accepted && result.kind === "incident.open") W.follow(result.command);
      entry.settle({ ...result });
      W.changed("pending");
    }
  };
  // What this screen opened is shown as soon as its row is there.
  const followed = new Set();
  W.follow = function (command) { followed.add(command); W.arrived(); };
  W.arrived = function () {
    if (!followed.size) return;
    for (const incident of W.channels.incidents.values()) {
      if (!followed.delete(incident.opened_by)) continue;
      W.open("incident", incident.id);
    }
  };
  W.isPending = (target) => [...W.pending.values()].some((one) => one.target === target && !one.abandoned);
  W.isLost = () => [...W.pending.values()].some((one) => one.lost);
  setInterval(() => {
    const now = performance.now();
    for (const [id, one] of W.pending) {
      if (!one.slow && !one.lost && !one.abandoned && now - one.at > SLOW_MS) { one.slow = true; W.toast("warn", W.t("command.slow")); }
      if (now - one.at > FORGET_MS) W.pending.delete(id);
    }
    for (const [target, one] of W.refusals) if (now - one.at > REFUSAL_MS) { W.refusals.delete(target); W.changed("pending"); }
  }, 1000);

  let toasts = 0;
  W.toast = function (look, text) {
    const id = ++toasts;
    W.setUi({ toasts: [...W.ui.toasts.slice(-3), { id, look, text }] });
    setTimeout(() => W.setUi({ toasts: W.ui.toasts.filter((one) => one.id !== id) }), look === "bad" ? 9000 : 5000);
  };

  W.acknowledge = function (alert) {
    if (!alert) return;
    if (alert.acknowledged) W.toast("warn", W.t("alarm.acknowledged_already"));
    else W.command("alert.acknowledge", alert.id, { occurrence: alert.occurrence });
  };
  W.escalate = function (alert) {
    if (!alert) return;
    if (alert.incident) W.open("incident", alert.incident);
    else W.setUi({ drawer: { kind: "alert", id: alert.id }, dialog: "escalate" });
  };
})();
