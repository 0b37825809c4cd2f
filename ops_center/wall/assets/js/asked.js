// Asked: what the server answered last to a question that changes while one types or looks.
(function () {
  "use strict";
  const W = window.opsWall;

  // React hook: `wait` before a new question is asked, `every` how often the same one is asked again.
  // A lost line keeps the last answer; `waiting` is true until the question in hand is answered or failed.
  W.useAsked = function (path, { wait, every } = {}) {
    const [held, set] = React.useState({ path: "", body: null, failed: "" });
    React.useEffect(() => {
      if (!path) return undefined;
      let over = false, timer = 0;
      const ask = async () => {
        let answer;
        try { answer = { path, body: await W.ask(path), failed: "" }; } catch (error) { answer = { path, failed: error instanceof TypeError ? "lost" : error.message }; }
        if (over) return;
        set((before) => ({ ...before, ...answer }));
        if (every) timer = setTimeout(ask, every);
      };
      timer = setTimeout(ask, wait || 0);
      return () => { over = true; clearTimeout(timer); };
    }, [path]);
    return { body: path ? held.body : null, failed: path && held.path === path ? held.failed : "", waiting: Boolean(path) && held.path !== path };
  };
  W.query = (path, values) => `${path}?${new URLSearchParams(W.filled(values))}`;
})();
