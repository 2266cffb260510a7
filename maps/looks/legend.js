// The legend: every entry a switch with its count, every group with its opacity.
{
  const { data, el, t, say, term, state, swatch } = nuantu;

  const entry = (key, mark, label, counts) => {
    const row = el("button", { type: "button", role: "switch", class: "entry", click: () => nuantu.toggle(key) },
      mark, el("span", { class: "entry-name" }, label), ...counts);
    row.setAttribute("aria-checked", String(!state.off.has(key)));
    row.dataset.key = key;
    return row;
  };
  // Beside a class that is one of several: that class alone, and once more all of them.
  const only = (key, keys, name) => {
    const others = keys.filter((other) => other !== key);
    const alone = others.every((other) => state.off.has(other)) && !state.off.has(key);
    const run = () => {
      const off = new Set([...state.off].filter((other) => !keys.includes(other)));
      if (!alone) for (const other of others) off.add(other);
      nuantu.set({ off });
    };
    return el("button", { type: "button", class: "only", "aria-pressed": String(alone), "data-key": `only.${key}`, click: run }, t("legend.only"), el("span", { class: "unseen" }, ` ${name}`));
  };
  const withOnly = (rows) => {
    const keys = rows.filter((row) => row?.matches("button.entry")).map((row) => row.dataset.key);
    return keys.length < 3 ? rows : rows.map((row) => (row?.matches("button.entry")
      ? el("div", { class: "with-only" }, row, only(row.dataset.key, keys, row.querySelector(".entry-name").textContent)) : row));
  };

  const sum = (rows, field) => {
    const known = rows.map((row) => row[field]).filter((value) => !nuantu.missing(value));
    return known.length ? known.reduce((a, b) => a + b, 0) : null;
  };
  nuantu.sum = sum;

  // A count that is kept back makes the sum a least: "≥120". One merged with a neighbour's is in
  // the neighbour's, and no batch is no task.
  nuantu.total = (rows, field) => {
    const value = sum(rows, field);
    const kept = field !== "batch" && rows.some((row) => nuantu.missing(row[field]) && !row.merged);
    return nuantu.missing(value) ? nuantu.none : `${kept ? "≥" : ""}${nuantu.count(value)}`;
  };

  // Where the reader has narrowed the page, classes of villages, gaps and transformers count what is left.
  const narrowed = () => Boolean(state.township) || Object.keys(state.filter).length > 0;
  const villagesIn = () => data.villages.filter(({ code }) => nuantu.passesCode(code));
  const scope = () => nuantu.joined([state.township && nuantu.name(nuantu.township.get(state.township)),
    Object.keys(state.filter).length ? t("legend.counts_filter") : ""].filter(Boolean));

  const counted = (rows, unit, field = "households", homes = rows) => [
    el("span", { class: "count" }, t(`legend.${unit}`, { n: nuantu.number(rows.length) })),
    el("span", { class: "count faint" }, homesOf(nuantu.total(homes, field))),
  ];
  // Rounded counts do not add up, and one alone is its own sum.
  const addable = (rows) => (data.count_step && rows.length > 1 ? [] : rows);
  const homesOf = (n) => (n === nuantu.none ? "" : t("legend.homes_n", { n }));

  // Homes by route are told with the edition, of the whole city: rounded counts do not add up.
  const HOMES = {
    approach: (key) => (narrowed() ? [] : [{ households: data.route_homes[key] ?? null }]),
    b: (key) => (narrowed() ? [] : [{ households: scenario().route_homes[key] ?? 0 }]),
  };

  const scenario = () => data.comparison.scenarios[state.scenario];
  // What stands out beside a scenario: villages that change, and those that a ruling holds.
  const differing = () => ["moved", "held"].map((kind) => {
    const mine = data.comparison.changes.filter((change) => nuantu.differing(change) === kind && nuantu.passesCode(change.code));
    return mine.length ? still(swatch.line(kind), t(kind === "moved" ? "compare.moving" : "compare.held_key"), [
      el("span", { class: "count" }, t("legend.villages_n", { n: nuantu.number(mine.length) })),
      el("span", { class: "count faint" }, kind === "moved" && !narrowed() ? homesOf(nuantu.number(scenario().moved)) : "")]) : null;
  });

  const classes = (theme, group, field = "households") => {
    const rows = new Map(data.villages.map((village) => [nuantu.classOf[theme](village), []])); // a class with none left stays
    for (const village of villagesIn()) rows.get(nuantu.classOf[theme](village)).push(village);
    const look = nuantu.themeLook[theme];
    return Object.keys(data.looks[look]).filter((key) => rows.has(key)).flatMap((key) => [
      entry(`${group}.${key}`, swatch.area(look, key),
        look === "share" ? t(`share.${key}`) : term("approach", key), counted(rows.get(key), "villages_n", field, HOMES[theme]?.(key))),
      ...(theme === "approach" && key === "done" ? heatingKinds(rows.get(key)) : [])]);
  };
  // Villages that are done by what most of their homes heat with, and all their homes by heating.
  const heatingKinds = (villages) => Object.keys(data.looks.done).map((kind) => {
    const mine = villages.filter((village) => nuantu.heats(village) === kind);
    const homes = sum(villages.flatMap((village) => village.heating_homes ?? []).filter((row) => row.kind === kind), "homes");
    return mine.length ? still(swatch.area("done", kind), t("legend.heats", { heating: term("heating", kind) }), [
      el("span", { class: "count" }, t("legend.villages_n", { n: nuantu.number(mine.length) })),
      el("span", { class: "count faint" }, homesOf(nuantu.missing(homes) ? nuantu.none : nuantu.number(homes)))], "inner") : null;
  });

  // Villages whose route hangs on an unverified number, by their edge.
  const unsure = () => {
    const mine = villagesIn().filter(nuantu.hangs);
    return mine.length ? [still(swatch.line("hangs"), term("certainty", "hangs"), counted(mine, "villages_n"))] : [];
  };

  const gapKinds = () => {
    const kinds = [...new Set(data.gaps.map((gap) => gap.kind))];
    return kinds.map((kind) => {
      const rows = data.gaps.filter((gap) => gap.kind === kind && nuantu.passesCode(gap.village_code));
      return entry(`gaps.${kind}`, swatch.mark(kind), term("gap_kind", kind),
        data.kind === "public" && !rows.length ? [] : counted(rows, "gaps_n", "households", addable(rows)));
    });
  };

  const still = (mark, label, counts, kind = "") =>
    el("div", { class: `entry still ${kind}` }, mark, el("span", { class: "entry-name" }, label), ...counts);
  const verdictKinds = () => ["cleared", "not_cleared", "unconfirmed"].map((key) => {
    const rows = data.zones.filter((zone) => zone.verdict === key);
    return rows.length ? still(swatch.area("verdict", key), term("verdict", key), [el("span", { class: "count" }, t("legend.zones_n", { n: nuantu.number(rows.length) }))]) : null;
  });

  const pointKinds = () => {
    const { field, table, counts } = nuantu.points.scheme();
    const chosen = el("select", { id: "colour-by", change: (event) => nuantu.set({ colour: event.target.value }) },
      ...nuantu.points.fields().map((name) => el("option", { value: name, selected: name === field }, nuantu.fieldOf(name))));
    return [
      entry("households.points", swatch.dot("#1b2733"), t("legend.points"),
        [el("span", { class: "count faint" }, t("legend.homes_n", { n: nuantu.number(nuantu.points.size()) }))]),
      nuantu.points.apart() ? el("p", { class: "note" }, t("legend.on_line", { n: nuantu.number(nuantu.points.apart()) })) : null,
      el("label", { class: "colour-by", for: "colour-by" }, t("legend.colour_by"), chosen),
      ...withOnly(counts.map(([key, n]) => entry(`points.${key}`, nuantu.points.sign(key), term(table, key),
        [el("span", { class: "count faint" }, t("legend.homes_n", { n: nuantu.number(n) }))]))),
    ];
  };

  // The entries of a group that the maps of this page have, from the top down.
  const layerEntries = (group) => data.drawn.filter((layer) => layer.group === group)
    .flatMap((layer) => layer.entries.map(({ name }) => [layer, name])).reverse()
    .filter(([, name]) => nuantu.views.some((view) => view.options.layers.includes(name)) && nuantu.present(name))
    .filter(([{ name }]) => name !== "outline")
    .map(([layer, name]) => entry(`${group}.${name}`, swatch[layer.shape === "point" ? "shape" : "line"](name),
      data.words.legend[name] ? t(`legend.${name}`) : term("layer", layer.layer), []));

  const loadKinds = () => layerEntries("loads").map((row) => {
    const all = data.loads.filter((one) => `loads.load_${one.total_state}` === row.dataset.key);
    const rows = all.filter((one) => nuantu.passesCode(one.village_code));
    row.append(el("span", { class: "count" }, t("legend.stations_n", { n: nuantu.number(rows.length) })));
    return all.length ? row : null;
  });

  // The picture below: how much of the ground a pixel shows, and how old it is where that is stated.
  const picture = () => {
    if (!data.picture) return [];
    const { metres_per_pixel: metres, of_file_m: own, taken_on: day, source, synthetic } = data.picture;
    const told = [synthetic ? t("site.picture_synthetic") : "", t("legend.picture_metres", { n: nuantu.decimal(metres) }), own < metres * 0.9 ? t("legend.picture_own", { n: nuantu.hundredths(own) }) : "",
      day ? t("legend.picture_day", { date: nuantu.date(day) }) : t("legend.picture_undated"), source].filter(Boolean).join(" · ");
    return [entry("ground.picture", swatch.text("▦"), t("legend.picture"), []), el("p", { class: "note" }, told)];
  };
  const ground = () => (data.maps ? groundEntries() : []);
  const groundEntries = () => {
    const names = entry("ground.names", swatch.text(state.lang === "zh" ? "村" : "Abc"), t("legend.names"), []);
    const [first, ...others] = layerEntries("ground");
    return [first, names, ...others, ...picture()].filter(Boolean);
  };

  const GROUPS = {
    routes: () => [...withOnly(classes("approach", "routes")), ...unsure()],
    routes_compared: () => [...withOnly(classes("b", "routes")), ...differing()],
    share: () => withOnly(classes("share", "share", "batch")),
    gaps: () => withOnly(gapKinds()),
    verdicts: verdictKinds,
    households: () => (data.points ? pointKinds() : []),
    loads: () => withOnly(loadKinds()),
    network: () => layerEntries("network"),
    ground,
  };

  // What the slider does stands beside it; a screen reader hears its label.
  const slider = (group) => {
    const range = el("input", { type: "range", min: 0, max: 90, step: 5, class: "opacity",
      value: 100 - (state.opacity[group] ?? 100),
      "aria-label": t("legend.opacity", { group: t(`legend.${group}`) }) });
    range.addEventListener("input", () =>
      nuantu.set({ opacity: { ...state.opacity, [group]: 100 - Number(range.value) } }));
    return el("span", { class: "fader" }, el("span", { "aria-hidden": "true" }, t("legend.fade")), range);
  };

  // Whose counts a group has, where those of another differ.
  const FOLLOWS = new Set(["routes", "routes_compared", "share", "gaps", "loads"]);
  const whose = (name, rows) => {
    if (!narrowed() || !rows.some((row) => row.querySelector(".count")?.textContent)) return null;
    return el("p", { class: "note" }, FOLLOWS.has(name) ? t("legend.counts_only", { name: scope() }) : t("legend.counts_all"));
  };
  const group = (name) => {
    const rows = GROUPS[name]().filter(Boolean);
    if (!rows.length) return null;
    const title = name === "routes_compared" ? "routes" : name;
    return el("section", { class: "legend-group", "data-group": name },
      el("div", { class: "legend-head" }, el("h2", {}, t(`legend.${title}`)), data.maps ? slider(title) : null),
      name === title ? null : el("p", { class: "note" }, t("legend.counts_of", { name: say(scenario().name) })),
      whose(name, rows),
      el("div", { class: "entries" }, ...rows));
  };

  nuantu.legend = (names) => {
    const draw = (changed) => {
      const focus = document.activeElement?.dataset?.key;
      nuantu.show("legend", names.map(group));
      if (focus && changed.has("off")) {
        nuantu.slot("legend").querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
      }
    };
    nuantu.on(["off", "lang", "month", "colour", "scenario", "township", "filter"], draw);
  };
}
