// Every household of the planner edition: its classes, its words and what a click says of it.
{
  const { data, el, term, state } = nuantu;
  const packed = data.points;
  const TABLES = { approach: "route_point" };
  const homes = packed && nuantu.homes(packed, nuantu.streams);

  const fieldName = () => [state.colour, data.colour, ...Object.keys(packed.fields)]
    .find((name) => name && Object.hasOwn(packed.fields, name));
  const looksOf = (field) => data.looks[TABLES[field] ?? field] ?? {};
  const classOf = (looks, key) => ({ fill: looks[key]?.fill ?? "#555555", shape: Object.keys(looks).indexOf(key),
    hidden: state.off.has(`points.${key}`), above: looks[key]?.above });
  // Where clearance is counted, homes whose place on the zone's line is open are counted apart, as in the table.
  const LINE = "undecidable";
  const onLine = () => (data.page === "clearance" && packed.fields.zone_position ? packed.fields.zone_position.keys.indexOf(LINE) : -1);
  const apart = () => {
    const line = onLine();
    return line < 0 ? 0 : packed.fields.zone_position.counts[line];
  };
  const countsOf = (field) => {
    const { keys, counts } = packed.fields[field];
    if (!apart()) return counts;
    const [line, places, codes] = [onLine(), homes.codes("zone_position"), homes.codes(field)];
    const inside = keys.map(() => 0);
    for (let i = 0; i < packed.n; i++) if (places[i] !== line) inside[codes[i]]++;
    return inside;
  };
  const schemeOf = () => {
    const field = fieldName();
    const { keys } = packed.fields[field];
    const counts = countsOf(field);
    const order = Object.keys(looksOf(field));
    return { field, table: field, counts: keys.map((key, n) => [key, counts[n]]).filter(([, n]) => n)
      .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)) };
  };

  const valueOf = (name, i) => term(name, packed.fields[name].keys[homes.codeOf(name, i)]);
  const titleOf = (i) => (packed.stems.length ? nuantu.t("card.home", { id: homes.idOf(i) }) : nuantu.t("card.home_plain"));
  const villageOf = (i) => data.villages[homes.village(i)];

  nuantu.fieldOf = (name) => (packed.headings[name] ? nuantu.say(packed.headings[name]) : nuantu.t(`legend.by_${name}`));
  nuantu.householdBox = (i) => el("section", { class: "household" },
    el("h3", {}, titleOf(i)),
    nuantu.facts(...Object.keys(packed.fields).map((name) => nuantu.fact(nuantu.fieldOf(name), valueOf(name, i))), ...nuantu.doorFacts(homes.idOf(i))));
  nuantu.householdTitle = titleOf;

  // A home by its id: chosen and brought near.
  let byId = null;
  nuantu.homeOf = (id) => (byId ??= new Map(Array.from({ length: packed.n }, (_, i) => [homes.idOf(i), i]))).get(id) ?? -1;
  nuantu.pickHome = (id, code) => {
    const i = packed ? nuantu.homeOf(id) : -1;
    if (i < 0) return;
    nuantu.set({ household: i, village: code || (villageOf(i)?.code ?? ""), gap: "" });
    for (const { map } of nuantu.views) map.setView(nuantu.homePlace(i), Math.max(map.getZoom(), 17), { animate: false });
  };
  // Homes by a part of their id, which only the planner's pages have.
  nuantu.homesLike = (query, most) => {
    const found = [];
    if (!packed || query.length < 4) return found;
    for (let i = 0; i < packed.n && found.length < most; i++) {
      const id = homes.idOf(i);
      if (id.toLowerCase().includes(query)) found.push({ kind: "home", row: { name: id, village: villageOf(i)?.name ?? "" } });
    }
    return found;
  };
  nuantu.homePlace = (i) => nuantu.views[0].map.unproject(L.point(homes.x[i], homes.y[i]).multiplyBy(256), 0);

  nuantu.points = packed && {
    size: () => packed.n - apart(),
    apart,
    fields: () => Object.keys(packed.fields),
    scheme: schemeOf,
    sign: (key) => {
      const { fill, shape } = classOf(looksOf(fieldName()), key);
      return nuantu.homeSign(fill, shape);
    },
    nearest: (view, at) => view.layers.points?.nearest(at) ?? -1,
    homes,
    options: (view) => ({
      pane: "points",
      hidden: () => state.off.has("households.points"),
      classes: () => {
        const field = fieldName();
        const looks = looksOf(field);
        return { field, classes: packed.fields[field].keys.map((key) => classOf(looks, key)) };
      },
      tell: (i, at) => {
        if (i >= 0) nuantu.tip(view, at, titleOf(i), valueOf(fieldName(), i), villageOf(i)?.name ?? "");
        else if (!nuantu.village.size) nuantu.tip(view, null);
      },
      pick: (i) => nuantu.set({ household: i, village: villageOf(i)?.code ?? "", gap: "", zone: "", main: "", load: "" }),
    }),
  };
}
