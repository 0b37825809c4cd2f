// Commands: posted with an id made here, decided by the desk, the result seen on every screen.
(function () {
  "use strict";
  const W = window.opsWall;
  const csrf = () => (document.cookie.split("; ").find((one) => one.startsWith("_csrf_token=")) || "=").split("=")[1];

  W.post = async function (path, body) {
    return fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() }, body: JSON.stringify(body) });
  };
  W.ask = async function (path) {
    const answer = await fetch(path);
    if (answer.status === 401) location.assign("/login");
    if (!answer.ok) throw new Error((await answer.json()).error);
    return answer.json();
  };
  W.canCommand = () => Boolean(W.session && W.session.may_command && !W.mode.replay);
  W.whyDisabled = () => (W.mode.replay ? W.t("disabled.replay") : W.session && !W.session.may_command ? W.t("disabled.role") : "");

  W.command = async function (kind, target, args) {
    if (!W.canCommand()) {
      W.toast("warn", W.whyDisabled());
      return false;
    }
    const id = "command-" + [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
    W.pending.set(id, { kind, target, at: performance.now() });
    W.changed("pending");
    let receipt;
    try {
      const answer = await W.post("/api/command", { id, kind, target: target || "", args: args || {}, screen: W.mode.screen });
      receipt = await answer.json();
    } catch (lost) {
      receipt = { accepted: false, reason: "lost" };
    }
    if (!receipt.accepted) {
      W.pending.delete(id);
      W.toast("bad", W.reason(receipt.reason));
      W.changed("pending");
    }
    return receipt.accepted;
  };
  // Decisions come with every picture; ours are told once.
  W.decided = function (results) {
    for (const result of results || []) {
      if (!W.pending.has(result.command)) continue;
      W.pending.delete(result.command);
      if (!result.accepted) W.toast("bad", W.reason(result.reason));
      else if (result.kind !== "alert.acknowledge") W.toast("good", W.word("done", result.kind));
      W.changed("pending");
    }
  };
  W.isPending = (target) => [...W.pending.values()].some((one) => one.target === target);
  setInterval(() => {
    for (const [id, one] of W.pending) {
      if (performance.now() - one.at > 15000) {
        W.pending.delete(id);
        W.toast("warn", W.t("command.slow"));
        W.changed("pending");
      }
    }
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
