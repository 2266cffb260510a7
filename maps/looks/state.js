// What the reader has chosen, kept in the address so that a link says it again.
{
  const { data } = nuantu;
  const last = Math.max(0, (data.months?.length ?? 0) - 1);
  const first = data.lang ?? "zh";
  const state = {
    lang: first, village: "", township: "", gap: "", zone: "", main: "", load: "", household: -1,
    off: new Set(), opacity: {}, month: last, sort: "", colour: "", view: null, list: "", singles: false, filter: {}, scenario: 1,
  };
  // What villages are filtered by beside township and legend; "" is no class of the filter.
  const cost = (village) => (nuantu.missing(village.cost_cny_a) || nuantu.routeless.has(village.approach) ? ""
    : village.cost_cny_a < 2000 ? "a" : village.cost_cny_a < 3000 ? "b" : "c");
  nuantu.filters = {
    approach: { of: (village) => village.approach, said: (key) => nuantu.term("approach", key) },
    status: { of: (village) => village.status, said: (key) => nuantu.term("status", key) },
    zone: { of: (village) => (village.zone_id ? "in" : "out"), said: (key) => nuantu.t(`filter.zone_${key}`) },
    dissent: { of: (village) => (village.dissent ? "yes" : "no"), said: (key) => nuantu.t(`filter.dissent_${key}`) },
    certainty: { of: (village) => village.certainty, said: (key) => nuantu.term("certainty", key) },
    dear: { of: (village) => (village.works_dear ? "yes" : village.certainty ? "no" : ""), said: (key) => nuantu.t(`filter.dear_${key}`) },
    gap: { of: (village) => village.gap, said: (key) => nuantu.term("gap_kind", key) },
    move: { of: (village) => nuantu.moveOf?.(village) ?? "", said: (key) => nuantu.moveSaid(key) },
    cost: { of: cost, said: (key) => nuantu.t(`filter.cost_${key}`) },
  };
  const listeners = [];
  nuantu.state = state;

  const groupsOf = (before, after) => [...before, ...after].filter((key) => before.has(key) !== after.has(key))
    .map((key) => `off.${key.split(".")[0]}`);

  // on(["village"], f): f(changed) runs at once and whenever one of the keys changes. "off" is any
  // switch of the legend, "off.points" one of that group.
  nuantu.on = (keys, run) => {
    listeners.push({ keys, run });
    run(new Set(keys));
  };

  nuantu.set = (changes) => {
    const changed = new Set(Object.keys(changes).filter((key) => state[key] !== changes[key]));
    if (!changed.size) return;
    if (changed.has("off")) for (const key of groupsOf(state.off, changes.off)) changed.add(key);
    Object.assign(state, changes);
    nuantu.language = state.lang;
    for (const { keys, run } of listeners) if (keys.some((key) => changed.has(key))) run(changed);
    write();
  };

  nuantu.chosen = () => ["village", "gap", "zone", "main", "load"].some((kind) => state[kind]) || state.household >= 0;
  // One thing is selected at a time; "" closes the card.
  nuantu.select = (kind, id) => {
    const chosen = { village: "", gap: "", zone: "", main: "", load: "", household: -1 };
    if (kind) chosen[kind] = id;
    nuantu.set(chosen);
  };

  nuantu.toggle = (key) => {
    const off = new Set(state.off);
    if (!off.delete(key)) off.add(key);
    nuantu.set({ off });
  };

  const hashOf = () => {
    const part = new URLSearchParams();
    if (state.lang !== first) part.set("lang", state.lang);
    if (state.village) part.set("v", state.village);
    if (state.township) part.set("t", state.township);
    if (state.gap) part.set("g", state.gap);
    if (state.zone) part.set("z", state.zone);
    if (state.main) part.set("b", state.main);
    if (state.load) part.set("x", state.load);
    if (state.off.size) part.set("off", [...state.off].sort().join(","));
    const faded = Object.entries(state.opacity).filter(([, value]) => value < 100);
    if (faded.length) part.set("o", faded.map((pair) => pair.join(":")).sort().join(","));
    if (state.month !== last) part.set("m", data.months[state.month]);
    if (state.sort) part.set("s", state.sort);
    if (state.colour) part.set("c", state.colour);
    if (Object.keys(state.filter).length) part.set("f", Object.entries(state.filter).map((pair) => pair.join(":")).sort().join(","));
    if (state.list) part.set("l", state.list);
    if (state.scenario > 1) part.set("n", state.scenario);
    if (state.singles) part.set("one", "1");
    if (state.view) part.set("map", state.view);
    return part.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
  };

  // What another page can use of it.
  nuantu.carried = () => {
    const part = new URLSearchParams();
    if (state.lang !== "zh") part.set("lang", state.lang);
    if (state.village) part.set("v", state.village);
    return part.size ? `#${part}` : "";
  };

  let written = null;
  const write = () => {
    written = hashOf();
    const url = written ? `#${written}` : location.pathname + location.search;
    history.replaceState(null, "", url);
    for (const link of document.querySelectorAll("a[data-page]")) {
      link.setAttribute("href", `${link.dataset.page}.html${nuantu.carried()}`);
    }
  };

  const known = (map, id) => (id && map.has(id) ? id : "");
  const opacities = (text) => Object.fromEntries(
    (text ?? "").split(",").map((pair) => pair.split(":"))
      .filter(([key, value]) => /^\w+$/.test(key) && Number(value) >= 0 && Number(value) <= 100)
      .map(([key, value]) => [key, Number(value)]));

  const filters = (text) => Object.fromEntries((text ?? "").split(",").map((pair) => pair.split(":"))
    .filter(([name, key]) => Object.hasOwn(nuantu.filters, name) && /^[a-z_]+$/.test(key ?? "")));

  // The address is written by anyone: only what the page knows is taken from it.
  nuantu.readHash = () => {
    const text = location.hash.slice(1);
    if (text === written || (text && !text.includes("="))) return;
    const part = new URLSearchParams(text);
    const month = (data.months ?? []).indexOf(part.get("m"));
    const off = (part.get("off") ?? "").split(",").filter((key) => /^[a-z_]+\.\w+$/.test(key));
    const view = part.get("map") ?? "";
    nuantu.set({
      lang: ["zh", "en"].includes(part.get("lang")) ? part.get("lang") : first,
      village: known(nuantu.village, part.get("v")),
      township: known(nuantu.township, part.get("t")),
      gap: known(nuantu.gap, part.get("g")),
      zone: known(nuantu.zone, part.get("z")),
      main: known(nuantu.main, part.get("b")),
      load: known(nuantu.load, part.get("x")),
      off: new Set(off),
      opacity: opacities(part.get("o")),
      month: month < 0 ? last : month,
      sort: /^-?[a-z_]+$/.test(part.get("s") ?? "") ? part.get("s") : "",
      colour: /^[a-z_]+$/.test(part.get("c") ?? "") ? part.get("c") : "",
      list: ["uncovered", "works", "no_data", "moved", "held"].includes(part.get("l")) ? part.get("l") : "",
      singles: part.get("one") === "1",
      scenario: data.comparison?.scenarios[Number(part.get("n"))] && Number(part.get("n")) > 0 ? Number(part.get("n")) : 1,
      filter: filters(part.get("f")),
      view: /^\d+(\.\d+)?\/-?\d+(\.\d+)?\/-?\d+(\.\d+)?$/.test(view) ? view : null,
    });
  };
  window.addEventListener("hashchange", nuantu.readHash);
}
