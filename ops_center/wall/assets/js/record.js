// Record of an incident: log, notes, attachments by hash.
(function () {
  "use strict";
  const W = window.opsWall, h = W.h;
  const MOST = 20 * 1024 * 1024;
  const octets = (n) => (n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(0)} KB` : `${(n / 1048576).toFixed(1)} MB`);

  function Attach({ incident }) {
    const [said, setSaid] = React.useState("");
    const put = async (file) => {
      if (!file) return;
      if (file.size > MOST) { setSaid(W.t("attach.too_large", { size: octets(file.size), most: octets(MOST) })); return; }
      setSaid(W.t("attach.sending", { name: file.name }));
      const id = W.newCommand();
      try {
        // The upload gives the command: no client attaches a file it never had.
        const answer = await W.sendFile(`/api/incidents/${encodeURIComponent(incident.id)}/attachments?command=${id}&name=${encodeURIComponent(file.name)}`, file), kept = await answer.json();
        if (!kept.accepted) { setSaid(W.reason(kept.reason || kept.error)); return; }
        const result = await W.expect({ id, kind: "incident.attach", target: incident.id, args: {} })[1];
        setSaid(result.accepted ? "" : W.refusal(result));
      } catch (lost) { setSaid(W.t("attach.lost")); }
    };
    return h("div.attach", null, h("label.button.small", { className: W.canCommand() ? "" : "off" }, W.t("attach.add"), h("input.sr", { type: "file", disabled: !W.canCommand(), onChange: (event) => { put(event.target.files[0]); event.target.value = ""; } })), said ? h("p.refused", { role: "status" }, said) : null);
  }
  W.RecordPart = function ({ incident }) {
    const id = incident.id;
    return h(React.Fragment, null,
      h("div.actions", null, h(W.CommandButton, { look: "small primary", keys: "I", onPress: W.opens("note") }, W.t("incident.note"))),
      h(W.Dialog, { name: "note", title: W.t("incident.note"), target: id, kind: "incident.note", submit: W.t("incident.note"), fields: [{ name: "text", kind: "text", required: true, most: 1000, multi: true, rows: 3, label: W.t("incident.note_text") }] }),
      h(W.Section, { title: W.t("attach.title"), count: incident.attachments.length }, incident.attachments.length ? h("ul.linked", null, incident.attachments.map((one) => h("li", { key: one.sha256 }, h("a", { href: `/api/incidents/${encodeURIComponent(id)}/attachments/${one.sha256}`, download: one.name }, one.name), h("span", null, `${octets(one.size)} · ${W.history(one.mark)}`), h("code", { title: one.sha256 }, one.sha256.slice(0, 12))))) : null, h(Attach, { incident })),
      h(W.Section, { title: W.t("incident.log"), count: incident.log.length }, h("ol.log", null, [...incident.log].reverse().map((entry, n) => h("li", { key: n }, h("time", null, W.stamp(entry.at_ms)), h("span", null, W.logText(entry)), h("i", null, entry.by === "system" ? W.t("word.system") : entry.by))))));
  };
})();
