// Colours and hatching: one pattern a class, used by the map and by its legend alike.
{
  const { data, svg } = nuantu;
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
  };

  const pattern = (id, look, fill) =>
    svg("pattern", { id, width: SIZE, height: SIZE, patternUnits: "userSpaceOnUse" },
      svg("rect", { width: SIZE, height: SIZE, fill }),
      ...(HATCHES[look.hatch] ?? HATCHES.none)(look.ink));

  // The route of most villages gets its quiet fill, so that two thirds of a map do not shout.
  const majority = () => {
    const count = {};
    for (const { approach } of data.villages ?? []) count[approach] = (count[approach] ?? 0) + 1;
    const [key, n] = Object.entries(count).sort((a, b) => b[1] - a[1])[0] ?? ["", 0];
    return n * 5 >= (data.villages ?? []).length * 2 ? key : "";
  };

  const quiet = majority();
  const defs = svg("defs");
  for (const theme of ["approach", "share", "verdict"]) {
    for (const [key, look] of Object.entries(data.looks[theme])) {
      const fill = theme === "approach" && key === quiet ? look.quiet : look.fill;
      defs.append(pattern(`fill-${theme}-${key}`, look, fill));
    }
  }
  document.body.append(
    svg("svg", { width: 0, height: 0, class: "patterns", "aria-hidden": "true", focusable: "false" }, defs));

  nuantu.fill = (theme, key) => `url(#fill-${theme}-${key})`;

  const box = (...children) =>
    svg("svg", { class: "swatch", width: 28, height: 18, viewBox: "0 0 28 18", "aria-hidden": "true" },
      ...children);

  nuantu.swatch = {
    area: (theme, key) => box(svg("rect", { x: 0.5, y: 0.5, width: 27, height: 17, rx: 2,
      fill: nuantu.fill(theme, key), stroke: data.looks[theme]?.[key]?.ink ?? "#888" })),
    line: (key) => {
      const look = data.looks.line[key];
      const shade = look.fill
        ? svg("rect", { x: 1, y: 2, width: 26, height: 14, fill: look.fill, "fill-opacity": 0.16 }) : null;
      const d = look.fill ? "M1,2 H27 V16 H1 Z" : "M1,9 H27";
      return box(shade, svg("path", { d, fill: "none", stroke: look.ink,
        "stroke-width": look.width, "stroke-dasharray": look.dash ?? "none" }));
    },
    dot: (colour) => box(svg("circle", { cx: 14, cy: 9, r: 5, fill: colour })),
    text: (letters) => box(svg("text", { x: 14, y: 14, "text-anchor": "middle", class: "swatch-text" }, letters)),
    source: () => box(svg("path", { d: "M14,2 L21,16 H7 Z", class: "source-mark" })),
    mark: (kind) => box(nuantu.mark(kind, 14, 9, 7)),
  };

  // Gaps are told apart by shape as well.
  const SHAPES = {
    zone_without_plan: (x, y, r) => `M${x},${y - r} L${x + r},${y + r * 0.8} H${x - r} Z`,
    built_up: (x, y, r) => `M${x - r * 0.85},${y - r * 0.85} h${r * 1.7} v${r * 1.7} h${-r * 1.7} Z`,
    not_connected: (x, y, r) => `M${x},${y - r} L${x + r},${y} L${x},${y + r} L${x - r},${y} Z`,
    headroom: (x, y, r) => `M${x},${y + r} L${x + r},${y - r * 0.8} H${x - r} Z`,
  };
  const circle = (x, y, r) => `M${x - r},${y} a${r},${r} 0 1 0 ${2 * r},0 a${r},${r} 0 1 0 ${-2 * r},0 Z`;
  nuantu.mark = (kind, x, y, r) =>
    svg("path", { d: (SHAPES[kind] ?? circle)(x, y, r), class: "gap-mark" });
}
