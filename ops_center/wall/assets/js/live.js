// The live channel: reads bundles of frames into the channels, acknowledges, reconnects, tells its age.
(function () {
  "use strict";
  const W = window.opsWall;
  const MAGIC = 0x3153504f; // "OPS1", little endian
  const STALE_MS = 4000;
  const TYPES = { f32: Float32Array, u8: Uint8Array, u32: Uint32Array, f64: Float64Array };
  const decoder = new TextDecoder();
  let socket = null, tries = 0;

  function frames(buffer) {
    const view = new DataView(buffer), found = [];
    for (let at = 0; at < buffer.byteLength; ) {
      if (view.getUint32(at, true) !== MAGIC) throw new Error("not a frame");
      const length = view.getUint32(at + 4, true);
      const head = JSON.parse(decoder.decode(new Uint8Array(buffer, at + 8, length)));
      at += 8 + length;
      let end = at;
      const columns = {};
      for (const [name, type, size, offset, bytes] of head.cols || []) {
        columns[name] = { value: new TYPES[type](buffer, at + offset, bytes / TYPES[type].BYTES_PER_ELEMENT), size };
        end = at + offset + bytes + ((8 - (bytes % 8)) % 8);
      }
      found.push([head, columns]);
      at = end;
    }
    return found;
  }

  const readers = {
    mode(head) {
      const changed = head.replay !== W.mode.replay;
      W.mode = { replay: head.replay, screen: head.screen, loading: head.replay && changed ? true : W.mode.loading && head.replay };
      W.changed("mode", "ui", "tick");
    },
    whole(head) {
      W.channels[head.ch] = head.body;
      if (head.ch === "head") {
        head.body.received = performance.now();
        if (W.mode.replay && head.body.replay && head.body.shown_ms !== null && W.mode.loading) {
          W.mode.loading = false;
          W.changed("mode");
        }
      }
      W.changed(head.ch);
      if (head.ch === "calls") W.hear();
      if (head.ch === "results") W.decided(head.body);
    },
    rows(head) {
      const rows = head.k === "set" ? new Map() : W.channels[head.ch];
      for (const id of head.gone) rows.delete(id);
      for (const row of head.rows) rows.set(row.id, row);
      W.channels[head.ch] = rows;
      W.changed(head.ch);
      if (head.ch === "incidents") W.arrived();
    },
    vehicles(head, columns) {
      const v = W.vehicles;
      if (head.k === "set") {
        v.ids = head.ids;
        v.n = head.n;
        v.epoch = head.epoch;
        v.row = new Map(head.ids.map((id, row) => [id, row]));
      } else if (head.epoch !== v.epoch) {
        tell({ resync: "vehicles" });
        return;
      }
      if (head.k === "idx") {
        const rows = columns.index.value;
        const place = v.place.slice(), angle = v.angle.slice(), style = v.style.slice();
        for (let i = 0; i < rows.length; i++) {
          place[2 * rows[i]] = columns.getPosition.value[2 * i];
          place[2 * rows[i] + 1] = columns.getPosition.value[2 * i + 1];
          angle[rows[i]] = columns["getAngle@turn"].value[i];
          style[rows[i]] = columns["getColor@veh"].value[i];
        }
        Object.assign(v, { place, angle, style });
      } else {
        v.place = columns.getPosition.value;
        v.angle = columns["getAngle@turn"].value;
        v.style = columns["getColor@veh"].value;
      }
      v.seq = head.seq;
      v.at = head.t;
      if (W.drawVehicles) W.drawVehicles();
      W.changed("vehicles");
    },
  };

  function take(buffer) {
    let number = 0;
    for (const [head, columns] of frames(buffer)) {
      if (head.k === "bundle") number = head.n;
      else if (head.k === "mode") readers.mode(head);
      else if (head.k === "whole") readers.whole(head);
      else if (head.ch === "vehicles") readers.vehicles(head, columns);
      else readers.rows(head);
    }
    W.link.at = performance.now();
    W.link.bundles = number;
    if (W.link.state !== "open" || W.link.stale) {
      W.link.state = "open";
      W.link.stale = false;
      W.changed("link");
    }
    tell({ ack: number });
  }

  function tell(message) {
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }
  W.tell = tell;

  function connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/live`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => { tries = 0; take(event.data); };
    socket.onclose = () => {
      W.link.state = "lost";
      W.changed("link");
      // Jitter keeps a hundred screens from coming back in the same instant.
      const jitter = crypto.getRandomValues(new Uint8Array(1))[0] / 255;
      setTimeout(again, Math.min(8000, 400 * 2 ** tries++) * (0.5 + jitter));
    };
  }
  async function again() {
    if (tries > 2) {
      const answer = await fetch("/api/session").catch(() => null);
      if (answer && answer.status === 401) { location.assign("/login"); return; }
    }
    const back = W.mode.replay ? W.shown() : null;
    connect();
    if (back !== null) socket.addEventListener("open", () => tell({ replay: { at_ms: back, playing: false } }), { once: true });
  }
  W.connect = connect;
  W.reconnect = () => socket && socket.close(); // the tests' way to lose the line

  setInterval(() => {
    const stale = performance.now() - W.link.at > STALE_MS;
    if (stale !== W.link.stale) W.link.stale = stale;
    if (stale) W.changed("link");
  }, 500);

  W.replay = (wanted) => tell({ replay: wanted });
  W.goLive = () => tell({ live: true });
})();
