// Paper: the map at a round scale on A4 or A3, with legend, north, sources, review number and date.
{
  const { data, el, t, say, state } = nuantu;
  const MM = 96 / 25.4;
  const MARGIN_MM = 12;
  const GAP_MM = 2;
  const BRIEF_ROW = 2; // on the second sheet two maps, then the third with the legend beside it
  const PAPER = { a4: [210, 297], a3: [297, 420] };
  const RATIOS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  const chosen = { paper: "a4", turn: "portrait", extent: "whole", town: "", table: true };
  const kept = new Map();

  // Millimetres that the legend takes, as wide as it is: a heading a group, and rows of entries.
  const legendMm = (width) => [...document.querySelectorAll(".legend-group")].reduce((sum, group) => {
    const entries = [...group.querySelectorAll(".entry:not([aria-checked='false'])")];
    const wide = entries.reduce((all, entry) => all + (entry.querySelector(".count") ? 52 : 36), 0);
    const notes = 4 * group.querySelectorAll(".note").length;
    return sum + 7 + notes + 6 * Math.ceil(wide / width);
  }, 0);

  // What stands above the map and, on an upright page, below it.
  const HEAD_MM = 18;
  const IMPRINT_MM = 30;
  const LEGEND_MM = 84;
  const UNITS_MM = 72;
  const above = () => HEAD_MM + (data.kind === "planner" ? 10 : 0) + (data.page === "index" ? 40 : 0)
    + (data.page === "progress" ? 10 : 0);

  // What goes to paper: the city, one township, or null for what the map shows.
  const extent = () => (chosen.extent === "view" ? null : chosen.extent === "town" ? nuantu.townshipBounds(chosen.town) : nuantu.bounds());
  // Height over width of what is to be shown, in the map's own projection.
  const shape = ({ map }, bounds = nuantu.bounds()) => {
    const size = map.project(bounds.getNorthEast(), 10).subtract(map.project(bounds.getSouthWest(), 10));
    return Math.abs(size.y / size.x);
  };

  // Room for the map in pixels: the page less its margins, head, legend and foot.
  const room = (view) => {
    const [short, long] = PAPER[chosen.paper].map((side) => side - 2 * MARGIN_MM);
    const upright = chosen.turn === "portrait";
    const [across, down] = upright ? [short, long] : [long, short];
    const overview = data.page === "index";
    const brief = data.page === "brief";
    const side = (overview ? UNITS_MM : 0) + (upright ? 0 : LEGEND_MM);
    const beside = brief ? BRIEF_ROW : nuantu.views.length;
    const width = (across - side - GAP_MM * (beside - 1)) / beside;
    const below = upright ? legendMm(across) + IMPRINT_MM : 4;
    if (brief) return [width * MM, Math.min((down - GAP_MM) / 2 - 2, width * shape(view) * 1.05 + 4) * MM];
    const bounds = extent();
    const most = bounds ? width * shape(view, bounds) * 1.1 + 12 : Infinity;
    return [width * MM, Math.min(down - above() - below, most) * MM];
  };

  const roundScale = (map) => {
    const ratio = (nuantu.metresPerPixel(map) * 96) / 0.0254;
    const unit = 10 ** Math.floor(Math.log10(ratio));
    const wanted = RATIOS.find((step) => step * unit >= ratio - 1) * unit;
    map.setZoom(map.getZoom() + Math.log2(ratio / wanted), { animate: false });
  };

  // Of all maps before any goes to paper: those beside each other move together.
  const remember = (view) => {
    const { map } = view;
    kept.set(view, { centre: map.getCenter(), zoom: map.getZoom(), bounds: map.getBounds(), least: map.getMinZoom(), limits: map.options.maxBounds });
  };

  const toPaper = (view) => {
    const { map } = view;
    const box = map.getContainer();
    const bounds = extent() ?? kept.get(view).bounds;
    const [width, height] = room(view);
    box.style.width = `${Math.floor(width)}px`;
    box.style.height = `${Math.floor(height)}px`;
    document.body.style.setProperty("--map-height", box.style.height);
    map.setMaxBounds(null);
    map.setMinZoom(0);
    map.invalidateSize({ animate: false, pan: false });
    map.fitBounds(bounds, { padding: [6, 6], animate: false });
    roundScale(map);
    view.corners = corners(map);
    box.append(...view.corners);
  };

  // Longitude and latitude at two corners of the frame.
  const degrees = (value, signs) => `${Math.abs(value).toFixed(3)}°${signs[value < 0 ? 1 : 0]}`;
  const corners = (map) => {
    const bounds = map.getBounds();
    return [["nw", bounds.getNorthWest()], ["se", bounds.getSouthEast()]].map(([name, { lat, lng }]) =>
      el("span", { class: `corner corner-${name}` }, `${degrees(lng, "EW")} ${degrees(lat, "NS")}`));
  };

  const toScreen = (view) => {
    const { map } = view;
    const before = kept.get(view);
    if (!before) return;
    kept.delete(view);
    for (const corner of view.corners ?? []) corner.remove();
    view.free = true;
    map.invalidateSize({ animate: false, pan: false });
    map.setView(before.centre, before.zoom, { animate: false });
    view.free = false;
    map.setMinZoom(before.least);
    map.setMaxBounds(before.limits);
  };

  const dress = () => {
    if (document.body.classList.contains("printing")) return;
    document.body.classList.add("printing", `paper-${chosen.paper}`, chosen.turn);
    document.body.classList.toggle("without-table", !chosen.table);
    document.body.classList.toggle("of-township", Boolean(state.township));
    nuantu.views.forEach(remember);
    nuantu.views.forEach(toPaper);
  };

  // Maps beside each other have their room only once none has the size of paper any more.
  const undress = () => {
    for (const { map } of nuantu.views.filter((view) => kept.has(view)))
      Object.assign(map.getContainer().style, { width: "", height: "" });
    document.body.classList.remove("printing", "paper-a4", "paper-a3", "portrait", "landscape", "without-table", "of-township");
    nuantu.views.forEach(toScreen);
  };

  const choice = (name, options, label) => el("fieldset", {},
    el("legend", {}, label),
    ...options.map(([value, words]) => el("label", {},
      el("input", { type: "radio", name, value, checked: chosen[name] === value,
        change: () => { chosen[name] = value; } }), " ", words)));

  // A township chosen for paper is chosen for the page: its villages are listed, counted and named above.
  const printable = () => data.townships.filter(({ code }) => nuantu.townshipBounds(code).isValid());
  const extents = () => {
    const towns = printable();
    const made = choice("extent", [["whole", t("print.whole")], ...(towns.length ? [["town", t("print.town")]] : []), ["view", t("print.view")]], t("print.extent"));
    const town = made.querySelector("[value='town']");
    town?.closest("label").after(el("select", { id: "print-town", "aria-label": t("print.town"), change: (event) => {
      Object.assign(chosen, { extent: "town", town: event.target.value });
      town.checked = true;
    } }, ...towns.map(({ code, ...row }) => el("option", { value: code, selected: code === chosen.town }, nuantu.name(row)))));
    return made;
  };
  const opened = () => {
    const towns = printable().map(({ code }) => code);
    if (towns.includes(state.township)) Object.assign(chosen, { extent: "town", town: state.township });
    else if (!towns.includes(chosen.town)) chosen.town = towns[0] ?? "";
  };
  const print = (dialog) => () => {
    dialog.close();
    if (chosen.extent === "town") nuantu.set({ township: chosen.town });
    window.print();
  };

  const form = (dialog) => el("div", { class: "print-form" },
    el("h2", { id: "print-title" }, t("print.title")),
    choice("paper", [["a4", t("print.a4")], ["a3", t("print.a3")]], t("print.paper")),
    choice("turn", [["portrait", t("print.portrait")], ["landscape", t("print.landscape")]], t("print.turn")),
    extents(),
    el("label", { class: "tick" }, el("input", { type: "checkbox", checked: chosen.table,
      change: (event) => { chosen.table = event.target.checked; } }), " ", t("print.with_table")),
    el("div", { class: "actions" },
      el("button", { type: "button", class: "plain-button", click: () => dialog.close() }, t("print.cancel")),
      el("button", { type: "button", class: "strong-button", click: print(dialog) }, t("print.go"))));

  const sources = () => [...new Set(data.credits.map((row) => row.source).filter(Boolean))].join("；");

  // After the maps have the size of paper, and before they lose it again.
  let undrawn = null;
  const inLines = () => { undrawn ??= nuantu.hatchInLines(); };
  const asBefore = () => {
    undrawn?.();
    undrawn = null;
  };

  nuantu.printing = () => {
    window.addEventListener("afterprint", asBefore);
    const button = nuantu.slot("print");
    if (!nuantu.views.length) {
      window.addEventListener("beforeprint", inLines);
      button?.addEventListener("click", () => window.print());
      return;
    }
    const dialog = el("dialog", { class: "print-dialog", "aria-labelledby": "print-title" });
    document.body.append(dialog);
    button.addEventListener("click", () => {
      opened();
      dialog.replaceChildren(form(dialog));
      dialog.showModal();
    });
    window.addEventListener("beforeprint", dress);
    window.addEventListener("beforeprint", inLines);
    window.addEventListener("afterprint", undress);
    nuantu.on(["lang"], () => nuantu.show("imprint",
      el("p", {}, el("b", {}, nuantu.mark_of()), " ", nuantu.date(data.as_of)),
      el("p", {}, t("print.source", { sources: sources() })),
      data.demonstration ? el("p", {}, t("site.demo")) : null,
      el("p", {}, [say(data.title), data.document && t("card.document", { number: data.document }), t("site.not_legal"), nuantu.holds(), say(data.count_note), say(data.missing)].filter(Boolean).join(" · "))));
  };
}
