// Why: the chain of causes of what is on the screen, fetched when it is asked for.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;

  function Link({ link, depth }) {
    if (!link || typeof link !== "object" || depth > 6) return null;
    const facts = Object.entries(link.facts || {}).filter(([, value]) => value !== null && typeof value !== "object");
    const rows = [
      link.rule && [W.t("why.rule"), `${link.rule} · ${W.t("why.version", { version: link.rule_version })}`],
      link.playbook && [W.t("why.playbook"), `${W.of(W.content.playbooks[link.playbook]) || link.playbook} · ${W.t("why.version", { version: link.version })}`],
      link.number && [W.t("why.number"), link.number],
      (link.started_ms || link.opened_ms) && [W.t("why.at"), W.stamp(link.started_ms || link.opened_ms)],
      link.source && (link.source.zh || link.source.en) && [W.t("why.source"), W.of(link.source)],
      link.reporter && [W.t("report.reporter"), link.reporter],
    ].filter(Boolean);
    const causes = Array.isArray(link.caused_by) ? link.caused_by : link.caused_by ? [link.caused_by] : [];
    return h("li", null,
      h("b", null, W.word("why.kind", link.kind)), rows.length ? h(W.Facts, { rows }) : null,
      link.when ? h("pre.when", null, link.when) : null,
      facts.length ? h("table.why-facts", null, h("tbody", null, facts.map(([name, value]) => h("tr", { key: name }, h("th", { scope: "row" }, name), h("td", null, W.value(value)))))) : null,
      causes.length ? h("ol", null, causes.map((cause, n) => h(Link, { key: n, link: cause, depth: depth + 1 }))) : null);
  }
  W.Why = function ({ id }) {
    const [chain, setChain] = React.useState(null);
    const [shown, setShown] = React.useState(false);
    const [failed, setFailed] = React.useState("");
    React.useEffect(() => { setChain(null); setFailed(""); setShown(false); }, [id]);
    const ask = () => {
      setShown(!shown);
      if (!chain) W.ask(`/api/why?id=${encodeURIComponent(id)}`).then(setChain, (error) => setFailed(error.message));
    };
    return h("section.section.why", null,
      h("h3", null, h("button.plain", { type: "button", "aria-expanded": shown, onClick: ask }, h("i.turn", { className: shown ? "down" : "" }), W.t("why.title"))),
      shown ? (failed ? h(W.Empty, { text: W.reason(failed) }) : chain ? h("ol.chain", null, h(Link, { link: chain, depth: 0 })) : h(W.Empty, { text: W.t("word.loading") })) : null);
  };
})();
