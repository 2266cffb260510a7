// The map as it stands as a picture, with title, legend, scale, north and sources.
{
  const { data, svg, t, say, state } = nuantu;
  const NS = "http://www.w3.org/2000/svg";
  const SCALE = 2;
  const INKED = ["fill", "stroke", "stroke-width", "font-size", "font-weight", "font-family", "paint-order", "text-anchor", "stroke-linejoin", "opacity", "fill-opacity", "stroke-dasharray"];

  // A copy that needs no style sheet: what classes gave stands in attributes.
  const inked = (node) => {
    const copy = node.cloneNode(true);
    const pairs = [[node, copy], ...[...node.querySelectorAll("*")].map((one, n) => [one, copy.querySelectorAll("*")[n]])];
    for (const [from, to] of pairs) {
      if (!from.getAttribute("class")?.match(/label|gap|north|swatch|bound/)) continue;
      const look = getComputedStyle(from);
      for (const name of INKED) to.setAttribute(name, look.getPropertyValue(name));
    }
    for (const [, to] of pairs) to.removeAttribute("style");
    copy.setAttribute("xmlns", NS);
    return copy;
  };
  const placed = (node, box, opacity) => {
    const at = node.getBoundingClientRect();
    const href = node instanceof HTMLCanvasElement ? node.toDataURL() : node instanceof HTMLImageElement ? node.src : "";
    const copy = href ? svg("image", { href, width: at.width, height: at.height, preserveAspectRatio: "none" }) : inked(node);
    for (const [name, value] of [["x", at.left - box.left], ["y", at.top - box.top], ["overflow", "visible"], ["opacity", opacity]]) copy.setAttribute(name, value);
    if (copy.tagName === "svg" && at.width > 1) for (const side of ["width", "height"]) copy.setAttribute(side, at[side]);
    return copy;
  };

  const drawn = (view) => {
    const box = view.map.getContainer().getBoundingClientRect();
    const panes = [...view.map.getPanes().mapPane.children].sort((a, b) => (getComputedStyle(a).zIndex || 0) - (getComputedStyle(b).zIndex || 0));
    return panes.flatMap((pane) => [...pane.querySelectorAll(":scope > svg, :scope > canvas, :scope > img, .leaflet-marker-icon > svg")]
      .map((node) => placed(node, box, getComputedStyle(pane).opacity)));
  };
  const words = (x, y, text, size, weight = 400, anchor = "start") => svg("text", { x, y, "font-size": size, "font-weight": weight,
    "text-anchor": anchor, fill: "#1b2733", "font-family": getComputedStyle(document.body).fontFamily }, text);

  // Entries of the legend that are switched on, in rows as wide as the picture.
  const legend = (width) => {
    const entries = [...document.querySelectorAll("#legend .entry:not([aria-checked='false'])")];
    const wide = 232;
    const columns = Math.max(1, Math.floor((width - 32) / wide));
    const parts = entries.flatMap((entry, n) => {
      const [x, y] = [16 + (n % columns) * wide, 8 + Math.floor(n / columns) * 26];
      const sign = entry.querySelector(".swatch");
      const copy = sign instanceof HTMLCanvasElement ? svg("image", { href: sign.toDataURL(), width: 28, height: 18 }) : inked(sign);
      for (const [name, value] of [["x", x], ["y", y], ["width", 28], ["height", 18]]) copy.setAttribute(name, value);
      const counts = [...entry.querySelectorAll(".count")].map((one) => one.textContent).filter(Boolean).join(" ");
      return [copy, words(x + 36, y + 14, [entry.querySelector(".entry-name").textContent, counts].filter(Boolean).join("  "), 13)];
    });
    return { parts, height: 16 + Math.ceil(entries.length / columns) * 26 };
  };
  const scale = (view, x, y) => {
    const bar = view.map.getContainer().querySelector(".scale-bar");
    const { width } = bar.getBoundingClientRect();
    const label = bar.parentElement.querySelector(".scale-label").textContent;
    return [svg("rect", { x: x - width - 10, y: y - 46, width: width + 56, height: 54, rx: 4, fill: "#ffffff", "fill-opacity": 0.85 }),
      svg("path", { d: `M${x - width},${y - 6} v6 h${width} v-6`, fill: "none", stroke: "#1b2733", "stroke-width": 1.5 }),
      words(x, y - 10, label, 12, 400, "end"), svg("path", { d: `M${x + 28},${y - 32} l8,28 l-8,-7 l-8,7 Z`, fill: "#1b2733" }), words(x + 28, y - 36, t("map.north"), 12, 700, "middle")];
  };
  const broken = (text, most) => {
    const lines = [""];
    let wide = 0;
    for (const sign of text) {
      wide += sign.codePointAt(0) > 0x2e7f ? 1 : 0.56;
      if (wide > most) [wide] = [lines.push("") && 1];
      lines[lines.length - 1] += sign;
    }
    return lines;
  };
  const HEAD = 64;

  // SVG text of one map with all that belongs to it, in CSS pixels.
  nuantu.picture = (view) => {
    const { x: width, y: height } = view.map.getSize();
    const signs = legend(width);
    const sources = t("print.source", { sources: [...new Set(data.credits.map((row) => row.source).filter(Boolean))].join("；") });
    const lines = [...broken(sources, Math.floor(width / 11.5)), [data.document, t("site.not_legal")].filter(Boolean).join(" · ")];
    const foot = 16 + lines.length * 16;
    const whole = HEAD + height + signs.height + foot;
    const group = (y, ...parts) => svg("g", { transform: `translate(0 ${y})` }, ...parts);
    const root = svg("svg", { xmlns: NS, width: width * SCALE, height: whole * SCALE, viewBox: `0 0 ${width} ${whole}` },
      ...[...document.querySelectorAll("svg.patterns defs")].map((defs) => defs.cloneNode(true)),
      svg("rect", { width, height: whole, fill: "#ffffff" }),
      words(16, 28, nuantu.paperTitle(), 20, 700), words(16, 50, [say(data.title), t("site.as_of", { date: nuantu.date(data.as_of) }), ...nuantu.filtersSaid()].join(" · "), 13),
      words(width - 16, 28, nuantu.mark_of(), 13, 700, "end"), data.demonstration ? words(width - 16, 50, t("take.synthetic"), 12, 400, "end") : "",
      svg("svg", { x: 0, y: HEAD, width, height }, svg("rect", { width, height, fill: "#eceee9" }), ...drawn(view), ...scale(view, width - 60, height - 14)),
      group(HEAD + height, ...signs.parts),
      ...lines.map((line, n) => words(16, whole - foot + 16 + n * 16, line, 11)));
    return { text: new XMLSerializer().serializeToString(root), width: width * SCALE, height: whole * SCALE };
  };
  nuantu.savePicture = async (view) => {
    const { text, width, height } = nuantu.picture(view);
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    canvas.toBlob((blob) => nuantu.save(blob, [t(`nav.${data.page}`), nuantu.township.has(state.township) && nuantu.name(nuantu.township.get(state.township)), ...nuantu.filtersSaid()].filter(Boolean).join("_"), "png"), "image/png");
  };
}
