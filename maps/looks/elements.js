// The only ways text reaches the page: text nodes and attributes; and the rows by their keys.
{
  const SVG = "http://www.w3.org/2000/svg";

  const fill = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === "function") element.addEventListener(name, value);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat()) {
      if (child === null || child === undefined || child === "") continue;
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return element;
  };

  // el("button", { class: "x", click: f }, "text", child): a function is a listener.
  nuantu.el = (tag, attributes = {}, ...children) =>
    fill(document.createElement(tag), attributes, children);

  nuantu.svg = (tag, attributes = {}, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);

  nuantu.slot = (id) => document.getElementById(id);

  nuantu.show = (id, ...children) => {
    const slot = nuantu.slot(id);
    if (slot) slot.replaceChildren(...children.flat().filter(Boolean));
    return slot;
  };

  const index = (rows, key) => new Map((rows ?? []).map((row) => [row[key], row]));
  nuantu.village = index(nuantu.data.villages, "code");
  nuantu.township = index(nuantu.data.townships, "code");
  nuantu.zone = index(nuantu.data.zones, "zone_id");
  nuantu.gap = index(nuantu.data.gaps, "gap_id");
  nuantu.main = index(nuantu.data.growth?.mains, "branch_id");
  nuantu.change = index(nuantu.data.comparison?.changes, "code");

  nuantu.placeOf = (gap) => nuantu.name(nuantu.village.get(gap.village_code) ?? { name: gap.village });
  nuantu.narrow = () => window.matchMedia("(max-width: 860px)").matches;
  nuantu.still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
