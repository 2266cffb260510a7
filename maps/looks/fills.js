// The colours of the pages: one fill a class, used by the map and by its legend alike.
{
  const { data, svg } = nuantu;

  // The route of most villages gets its quiet fill, so that two thirds of a map do not shout.
  const majority = () => {
    const count = {};
    for (const { approach } of data.villages ?? []) count[approach] = (count[approach] ?? 0) + 1;
    const [key, n] = Object.entries(count).sort((a, b) => b[1] - a[1])[0] ?? ["", 0];
    return n * 5 >= (data.villages ?? []).length * 2 ? key : "";
  };

  const quiet = majority();
  for (const theme of ["approach", "done", "share", "verdict"]) {
    for (const [key, look] of Object.entries(data.looks[theme])) {
      const fill = theme === "approach" && key === quiet ? look.quiet : look.fill;
      nuantu.hatch({ ...look, fill }, `fill-${theme}-${key}`);
    }
  }
  // What fills a village by its route; one that is done by what it heats with, in a quieter fill.
  nuantu.routeFill = (village) => {
    const kind = nuantu.heats(village);
    return Object.hasOwn(data.looks.done, kind) ? ["done", kind] : ["approach", village.approach];
  };
  nuantu.fill = (theme, key) => `url(#fill-${theme}-${key})`;

  const { area, box, line, mark, shape } = nuantu.sign;
  nuantu.swatch = {
    area: (theme, key) => area(nuantu.fill(theme, key), data.looks[theme]?.[key]?.ink ?? "#888"),
    line: (key) => line(data.looks.line[key]),
    dot: (colour) => box(svg("circle", { cx: 14, cy: 9, r: 5, fill: colour })),
    text: (letters) => box(svg("text", { x: 14, y: 14, "text-anchor": "middle", class: "swatch-text" }, letters)),
    shape: (key) => shape(data.looks.mark[key]),
    mark,
  };
}
