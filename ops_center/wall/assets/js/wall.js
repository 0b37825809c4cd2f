// Wall: puts the panels around the map, asks for what does not change, opens the live channel.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;

  async function begin() {
    W.session = await W.ask("/api/session");
    W.changed("session");
    W.connect();
    const refresh = async () => { W.content = await W.ask("/api/forms"); W.changed("content", "ui"); };
    await Promise.all([refresh(), W.loadLayers()]);
    setInterval(() => refresh().catch(() => W.toast("warn", W.t("refused.lost"))), 300000); // content is reloaded while running
  }
  function Wall({ id, texts, deployment }) {
    if (!W.deployment) {
      W.deployment = deployment;
      W.setTexts(texts);
      document.title = W.of(deployment.title);
    }
    W.use("mode", "ui", "link");
    React.useEffect(() => { begin().catch((error) => { console.error(error); W.toast("bad", W.t("refused.lost")); }); }, []);
    const classes = [W.mode.replay ? "replay" : "live", W.mode.loading ? "loading" : "", W.link.stale ? "line-lost" : "", W.ui.drawer ? "with-drawer" : ""].join(" ");
    return h("div.frame", { id, className: classes, "data-mode": W.mode.replay ? "replay" : "live", "data-language": W.ui.language },
      h(W.TopBar), h(W.Lists), h("div.over", null, h(W.Banners), h(W.MapTools), h(W.ExerciseMark)), h(W.Drawer), h(W.TimeBar), h(W.Toasts), h(W.CommandLine), h(W.Help));
  }
  W.ExerciseMark = function () {
    W.use("ui", "head");
    const status = (W.channels.head && W.channels.head.status) || W.deployment.status;
    if (status === "actual") return null;
    return h("div.exercise-mark", { "aria-hidden": true }, W.t(`status.${status}.mark`));
  };
  window.ops_wall = Object.assign(window.ops_wall || {}, { Wall });
})();
