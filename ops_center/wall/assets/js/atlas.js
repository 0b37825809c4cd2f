// The map's icons, drawn once from the same shapes as the lists.
(function () {
  "use strict";
  const W = window.opsWall;
  const CELL = 96;
  W.atlas = function () {
    const canvas = document.createElement("canvas");
    const names = [...W.SEVERITIES, "incident", "arrow", "unit-going", "unit-there", "unit-asked", "aim"];
    canvas.width = CELL * names.length;
    canvas.height = CELL;
    const pen = canvas.getContext("2d"), mapping = {};
    names.forEach((name, n) => {
      mapping[name] = { x: n * CELL, y: 0, width: CELL, height: CELL, mask: name === "arrow" };
      pen.save();
      pen.translate(n * CELL + CELL * 0.1, CELL * 0.1);
      pen.scale((CELL * 0.8) / 24, (CELL * 0.8) / 24);
      if (name === "arrow") {
        pen.fillStyle = "#fff";
        pen.fill(new Path2D("M12 1l7 20-7-5-7 5z"));
      } else if (name === "aim") {
        pen.strokeStyle = "#ffffff";
        pen.lineWidth = 2.6;
        pen.stroke(new Path2D("M12 2v8M12 14v8M2 12h8M14 12h8"));
      } else {
        const look = W.LOOK[name] || W.UNIT[name.slice(5)] || W.INCIDENT, outline = new Path2D(look.path);
        pen.lineWidth = look.ring ? 2.4 : 1.6;
        pen.strokeStyle = look.ring ? "#ffffff" : "#0a1222";
        pen.stroke(outline);
        pen.fillStyle = look.colour;
        pen.fill(outline);
        pen.fillStyle = look.ink;
        pen.fill(new Path2D(look.sign));
      }
      pen.restore();
    });
    return { canvas, mapping };
  };
})();
