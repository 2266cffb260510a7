// Hatched fills and the shapes of marks, for maps and legends alike.
{
  const { svg } = nuantu;
  const SIZE = 8;
  const line = (d, ink, width) =>
    svg("path", { d, stroke: ink, "stroke-width": width, fill: "none", "stroke-linecap": "square" });
  const dot = (x, y, r, ink) => svg("circle", { cx: x, cy: y, r, fill: ink });

  const HATCHES = {
    none: () => [],
    diagonal: (ink) => [line("M-2,2 L2,-2 M0,8 L8,0 M6,10 L10,6", ink, 1)],
    back: (ink) => [line("M-2,6 L2,10 M0,0 L8,8 M6,-2 L10,2", ink, 1.1)],
    dots: (ink) => [dot(2, 2, 1.15, ink), dot(6, 6, 1.15, ink)],
    sparse: (ink) => [dot(4, 4, 0.9, ink)],
    grid: (ink) => [line("M0,2 H8 M0,6 H8 M2,0 V8 M6,0 V8", ink, 0.7)],
    horizontal: (ink) => [line("M0,4 H8", ink, 0.9)],
    wave: (ink) => [line("M0,4 Q2,1.5 4,4 T8,4", ink, 0.9)],
  };

  // The same hatching over a box as one path, for paper: a pattern becomes a picture there.
  const steps = (from, to, offset, step = SIZE) => {
    const first = Math.ceil((from - offset) / step) * step + offset;
    return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, n) => first + n * step);
  };
  const round = (n) => Math.round(n * 10) / 10;
  const rows = ({ x, y, width, height }, offset, step) => steps(y, y + height, offset, step).map((at) => `M${round(x)},${at}h${round(width)}`);
  const columns = ({ x, y, width, height }, offset, step) => steps(x, x + width, offset, step).map((at) => `M${at},${round(y)}v${round(height)}`);
  const spots = ({ x, y, width, height }, offset) => steps(y, y + height, offset)
    .flatMap((down) => steps(x, x + width, offset).map((across) => `M${across},${down}h.01`));
  // Lines on which y falls (sign 1) or rises (-1) with x, from side to side of the box.
  const slanted = ({ x, y, width, height }, sign) => (sign > 0 ? steps(x + y, x + y + width + height, 0) : steps(x - y - height, x + width - y, 0)).map((at) => {
    const ends = (sign > 0 ? [Math.max(x, at - y - height), Math.min(x + width, at - y)] : [Math.max(x, at + y), Math.min(x + width, at + y + height)]).map(round);
    return `M${ends.map((end) => `${end},${round(sign * (at - end))}`).join("L")}`;
  });
  const waves = (box) => steps(box.y - 2, box.y + box.height + 2, 4).map((at) => {
    const from = Math.floor(box.x / SIZE) * SIZE;
    return `M${from},${at}q2,-2.5 4,0t4,0${"t4,0t4,0".repeat(Math.ceil((box.x + box.width - from) / SIZE))}`;
  });
  const STROKES = {
    none: () => [],
    diagonal: (box) => [slanted(box, 1), 1],
    back: (box) => [slanted(box, -1), 1.1],
    dots: (box) => [[...spots(box, 2), ...spots(box, 6)], 2.3],
    sparse: (box) => [spots(box, 4), 1.8],
    grid: (box) => [[...rows(box, 2, 4), ...columns(box, 2, 4)], 0.7],
    horizontal: (box) => [rows(box, 4), 0.9],
    wave: (box) => [waves(box), 0.9],
  };
  const looks = new Map();

  let clips = 0;
  // Draw every hatched shape of the page in lines; returns what undoes that.
  nuantu.hatchInLines = () => {
    const undo = [];
    for (const shape of document.querySelectorAll("[fill^='url(#']")) {
      const fill = shape.getAttribute("fill");
      const look = looks.get(fill);
      const box = look && shape.getBBox?.();
      if (!box?.width || (shape.checkVisibility && !shape.checkVisibility())) continue;
      const [strokes = [], width] = (STROKES[look.hatch] ?? STROKES.none)(box);
      shape.setAttribute("fill", look.fill);
      undo.push(() => shape.setAttribute("fill", fill));
      if (!strokes.length) continue;
      const id = `clip-${clips++}`;
      const edge = shape.cloneNode();
      for (const name of ["id", "class", "stroke", "fill", "fill-opacity"]) edge.removeAttribute(name);
      const drawn = svg("g", {}, svg("clipPath", { id }, edge),
        svg("path", { d: strokes.join(""), fill: "none", stroke: look.ink, "stroke-width": width, "stroke-linecap": "round",
          "stroke-opacity": shape.getAttribute("fill-opacity") ?? 1, "clip-path": `url(#${id})` }));
      shape.after(drawn);
      undo.push(() => drawn.remove());
    }
    return () => undo.forEach((run) => run());
  };

  let defs = null;
  let made = 0;
  // A fill in the colour of `look` with its hatching, to be used as fill: url(#id).
  nuantu.hatch = (look, id = `hatch-${made++}`) => {
    if (!defs) {
      defs = svg("defs");
      document.body.append(
        svg("svg", { width: 0, height: 0, class: "patterns", "aria-hidden": "true", focusable: "false" }, defs));
    }
    looks.set(`url(#${id})`, look);
    defs.append(svg("pattern", { id, width: SIZE, height: SIZE, patternUnits: "userSpaceOnUse" },
      svg("rect", { width: SIZE, height: SIZE, fill: look.fill }),
      ...(HATCHES[look.hatch] ?? HATCHES.none)(look.ink)));
    return `url(#${id})`;
  };

  const SHAPES = {
    triangle: (x, y, r) => `M${x},${y - r} L${x + r},${y + r * 0.8} H${x - r} Z`,
    down: (x, y, r) => `M${x},${y + r} L${x + r},${y - r * 0.8} H${x - r} Z`,
    square: (x, y, r) => `M${x - r * 0.85},${y - r * 0.85} h${r * 1.7} v${r * 1.7} h${-r * 1.7} Z`,
    diamond: (x, y, r) => `M${x},${y - r} L${x + r},${y} L${x},${y + r} L${x - r},${y} Z`,
    circle: (x, y, r) => `M${x - r},${y} a${r},${r} 0 1 0 ${2 * r},0 a${r},${r} 0 1 0 ${-2 * r},0 Z`,
  };
  // Gaps are told apart by shape as well.
  const GAPS = { zone_without_plan: "triangle", built_up: "square", not_connected: "diamond", headroom: "down" };
  nuantu.mark = (kind, x, y, r) =>
    svg("path", { d: SHAPES[Object.hasOwn(GAPS, kind) ? GAPS[kind] : "circle"](x, y, r), class: "gap-mark" });
  // The mark of a layer of points, by its look.
  nuantu.shape = (look, x, y, r) => svg("path", { d: SHAPES[look.shape](x, y, r), fill: look.fill,
    stroke: look.ink, "stroke-width": look.width });

  const box = (...children) =>
    svg("svg", { class: "swatch", width: 28, height: 18, viewBox: "0 0 28 18", "aria-hidden": "true" },
      ...children);

  // The signs of a legend, by fill and line.
  nuantu.sign = {
    box,
    area: (fill, ink) => box(svg("rect", { x: 0.5, y: 0.5, width: 27, height: 17, rx: 2, fill, stroke: ink })),
    line: (look) => {
      const shade = look.fill
        ? svg("rect", { x: 1, y: 2, width: 26, height: 14, fill: look.fill, "fill-opacity": 0.16 }) : null;
      const d = look.fill ? "M1,2 H27 V16 H1 Z" : "M1,9 H27";
      return box(shade, svg("path", { d, fill: "none", stroke: look.ink,
        "stroke-width": look.width, "stroke-dasharray": look.dash ?? "none" }));
    },
    mark: (kind) => box(nuantu.mark(kind, 14, 9, 7)),
    shape: (look) => box(nuantu.shape(look, 14, 9, Math.min(7, look.size / 2 - 1))),
  };
}
