// Names on the map that cover no other: each keeps its line, moves one away from its sign, or is counted in the one there.
(function () {
  "use strict";
  const W = window.opsWall;
  const LINES = 4; // a name further from its sign than this is not read as the sign's
  const MOST = 120;

  const WIDE = /[\u2e80-\uffef]/;
  W.textWidth = (text, size) => [...text].reduce((sum, sign) => sum + (WIDE.test(sign) ? 1 : 0.56), 0) * size;
  const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  function boxOf(label, dy, size, project) {
    const [x, y] = project([label.lon, label.lat]), half = W.textWidth(label.text, size) / 2 + size * 0.4, tall = size * 0.8;
    return [x - half, y + dy - tall, x + half, y + dy + tall];
  }
  // Labels that may be drawn as they come back, with the boxes they take; those of one text at one place are one, counted.
  W.spread = function (labels, size, project) {
    const boxes = [], placed = [];
    for (const label of labels.slice(0, MOST)) {
      const line = Math.sign(label.dy || 1) * size * 1.65, first = boxOf(label, label.dy, size, project);
      const same = placed.findIndex((one, n) => one.name === label.text && meet(boxes[n], first));
      const step = same < 0 ? [...Array(LINES).keys()].find((n) => !boxes.some((box) => meet(box, boxOf(label, label.dy + n * line, size, project)))) : undefined;
      if (step !== undefined) {
        const dy = label.dy + step * line;
        placed.push({ ...label, name: label.text, dy, n: 1, more: 0 });
        boxes.push(boxOf(label, dy, size, project));
      } else if (same >= 0) placed[same].n += placed[same].kind === label.kind ? 1 : 0; // an alarm and its incident are one thing
      else placed[boxes.findIndex((box) => meet(box, first))].more += 1;
    }
    const shown = placed.map(({ lon, lat, dy, name, n, more }) => ({ lon, lat, dy, text: `${name}${n > 1 ? ` ×${n}` : ""}${more ? ` +${more}` : ""}` }));
    return { labels: shown, boxes: shown.map((label) => boxOf(label, label.dy, size, project)) };
  };
  // Names of places that lie under no such box.
  W.uncovered = (names, boxes, size, project) => names.filter((name) => { const box = boxOf(name, name.dy, size, project); return !boxes.some((other) => meet(box, other)); });
})();
