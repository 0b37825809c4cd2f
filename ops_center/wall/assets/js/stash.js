// Stash: what was typed stays in this tab until the desk has taken it; a reload or a lost line costs nothing.
(function () {
  "use strict";
  const W = window.opsWall;
  const KEY = "ops.typed.";
  const kept = new Map(); // for browsers that refuse storage: at least until the reload

  W.stash = {
    read(name) {
      try { return JSON.parse(sessionStorage.getItem(KEY + name)) || kept.get(name) || null; } catch (refused) { return kept.get(name) || null; }
    },
    write(name, value) {
      kept.set(name, value);
      try { sessionStorage.setItem(KEY + name, JSON.stringify(value)); } catch (refused) { W.forgetful = true; }
    },
    drop(name) {
      kept.delete(name);
      try { sessionStorage.removeItem(KEY + name); } catch (refused) { W.forgetful = true; }
    },
    names() {
      try { return Object.keys(sessionStorage).filter((name) => name.startsWith(KEY)).map((name) => name.slice(KEY.length)); } catch (refused) { return [...kept.keys()]; }
    },
  };

  // React hook: answers that survive; `first` is what a form begins with when nothing was kept.
  W.useTyped = function (name, first) {
    const [answers, set] = React.useState(() => { const held = name && W.stash.read(name); return held ? held.answers : first || {}; });
    const restored = React.useRef(Boolean(name && W.stash.read(name)));
    const put = (next) => { if (name) W.stash.write(name, { ...(W.stash.read(name) || {}), answers: next }); set(next); };
    const clear = (fresh) => { if (name) W.stash.drop(name); restored.current = false; set(fresh || first || {}); };
    // An unchanged form sent again is the same command: the desk carries it out once.
    const command = (content) => {
      const held = (name && W.stash.read(name)) || {}, key = JSON.stringify(content);
      if (held.sent && held.key === key) return held.sent;
      const sent = W.newCommand();
      if (name) W.stash.write(name, { answers, sent, key });
      return sent;
    };
    const forget = () => { const held = name && W.stash.read(name); if (held) W.stash.write(name, { answers: held.answers }); };
    return { answers, put, clear, command, forget, restored: restored.current };
  };
})();
