// What the winter needs, what is secured and what is missing; then emissions and bills by route.
{
  const { data, el, t, say, term } = nuantu;

  // A few watts are not nothing: small quantities keep three digits.
  const amount = (value) => (nuantu.missing(value) ? nuantu.none
    : Math.abs(value) >= 100 ? nuantu.number(value) : String(Number(value.toPrecision(3))));
  const HORIZONS = ["stock", "year", "all"];

  const byQuantity = () => {
    const rows = new Map();
    for (const row of data.supply) rows.set(row.quantity, { ...rows.get(row.quantity), quantity: row.quantity, [row.horizon]: row });
    return [...rows.values()];
  };
  const horizon = (name) => say(data.supply_words.horizon[name]);
  const codes = (row) => [...new Set(HORIZONS.flatMap((name) => row[name].reason.split("+")).filter(Boolean))];
  const reasons = (row) => codes(row).map((code) => say(data.supply_words.reason[code])).join(nuantu.language === "zh" ? "；" : "; ");
  // Why, and for whoever fills it in where.
  const whyCell = (row) => {
    const keys = codes(row).map((code) => data.supply_words.key[code]).filter(Boolean);
    return reasons(row) ? el("span", {}, reasons(row), keys.length ? el("span", { class: "line faint" }, t("supply.key", { keys: nuantu.joined(keys) })) : null) : nuantu.none;
  };
  const homesOf = (row) => (row.all.not_counted ? t("supply.homes_some", { n: nuantu.number(row.all.homes), left: nuantu.number(row.all.not_counted) }) : nuantu.number(row.all.homes));
  const short = (row) => HORIZONS.find((name) => row[name].missing < 0);
  const left = (row) => {
    const when = short(row);
    if (when) return t("supply.short", { amount: amount(-row[when].missing), when: horizon(when) });
    return nuantu.missing(row.all.missing) ? nuantu.none : t("supply.enough", { amount: amount(row.all.missing) });
  };
  const leftCell = (row) => {
    const known = short(row) || !nuantu.missing(row.all.missing);
    return known ? nuantu.chip(left(row), short(row) ? "warn" : "good") : nuantu.none;
  };

  const needs = () => nuantu.rows(t("supply.title"), [
    { words: t("supply.quantity"), value: (row) => say(data.supply_words.quantity[row.quantity]) },
    ...HORIZONS.map((name) => ({ words: t("supply.needed", { when: horizon(name) }), number: true,
      value: (row) => row[name].needed, cell: (row) => amount(row[name].needed) })),
    { words: t("supply.secured"), number: true, value: (row) => row.all.secured, cell: (row) => amount(row.all.secured) },
    { words: t("supply.left"), value: left, cell: leftCell },
    { words: t("supply.homes"), number: true, value: (row) => row.all.homes, cell: homesOf },
    { words: t("supply.why"), value: (row) => reasons(row) || null, cell: whyCell },
  ], byQuantity());

  const bySource = () => {
    const rows = new Map();
    for (const row of data.heat_sources) rows.set(row.source_piece, { ...rows.get(row.source_piece), piece: row.source_piece, names: row.source_ids, [row.horizon]: row });
    return [...rows.values()];
  };
  const megawatts = (row) => {
    const when = HORIZONS.find((name) => row[name]?.missing_mw < 0);
    if (when) return t("supply.short", { amount: amount(-row[when].missing_mw), when: horizon(when) });
    return nuantu.missing(row.all?.missing_mw) ? nuantu.none : t("supply.enough", { amount: amount(row.all.missing_mw) });
  };
  const sources = () => nuantu.rows(t("supply.sources"), [
    { words: t("supply.source"), value: (row) => row.names || (row.piece ? t("supply.unfed", { piece: row.piece }) : t("supply.no_source")) },
    ...HORIZONS.map((name) => ({ words: t("supply.needed", { when: horizon(name) }), number: true,
      value: (row) => row[name]?.needed_mw ?? null, cell: (row) => amount(row[name]?.needed_mw ?? null) })),
    { words: t("supply.available"), number: true, value: (row) => row.all?.available_mw ?? null, cell: (row) => amount(row.all?.available_mw ?? null) },
    { words: t("supply.left"), value: megawatts, cell: (row) => {
      const said = megawatts(row);
      return said === nuantu.none ? said : nuantu.chip(said, HORIZONS.some((name) => row[name]?.missing_mw < 0) ? "warn" : "good");
    } },
    { words: t("supply.homes"), number: true, value: (row) => row.all?.homes ?? null },
  ], bySource());

  // Which village cannot begin yet, what for, and the day on which it can.
  const until = (row) => [row.near_term && term("approach", row.near_term), row.interim && term("interim", row.interim)].filter(Boolean).join(" · ");
  const named = (row) => {
    const village = nuantu.village.get(row.village_code);
    return [village ? nuantu.name(village) : row.village, row.part && term("part", row.part)].filter(Boolean).join(" · ");
  };
  const waiting = () => nuantu.rows(t("supply.waiting"), [
    { words: t("table.village"), value: named }, { words: t("table.township"), value: (row) => row.township },
    { words: t("table.approach"), value: (row) => (row.route === "electric_waiting" ? say(data.supply_words.electric_waiting) : term("approach", row.route)) },
    { words: t("supply.pending"), number: true, value: (row) => row.pending },
    { words: t("supply.ready_on"), value: (row) => (row.ready_on ? nuantu.date(row.ready_on) : t("supply.undated")) },
    { words: t("supply.works"), value: (row) => say(row.works) },
    { words: t("supply.works_cny"), number: true, value: (row) => row.works_cny },
    { words: t("supply.until"), value: (row) => until(row) || null },
  ], data.waiting);

  const route = (row) => (row.approach ? term("approach", row.approach) : t("table.total"));
  const number = (words, field) => ({ words: t(words), number: true, value: (row) => row[field], cell: (row) => amount(row[field]) });
  const bills = () => nuantu.rows(t("supply.bills"), [
    { words: t("table.approach"), value: route },
    number("supply.homes_left", "pending"), number("supply.coal_homes", "coal_homes"), number("supply.coal", "coal_before_t_a"),
    number("supply.co2_before", "co2_before_t_a"), number("supply.co2_after", "co2_after_t_a"),
    number("supply.pm25_before", "pm25_before_t_a"), number("supply.pm25_after", "pm25_after_t_a"),
    number("supply.so2_before", "so2_before_t_a"), number("supply.so2_after", "so2_after_t_a"),
    number("supply.bill_before", "bill_before_per_home_cny_a"), number("supply.bill_after", "bill_after_per_home_cny_a"),
    number("supply.not_counted", "not_counted_homes"),
  ], data.bills);

  // Where the list of the year is converted already, its need is that of today: said, since it looks like an error.
  const sameYear = () => {
    const rows = byQuantity();
    const homes = nuantu.sum(data.villages, "batch");
    const same = rows.length && rows.every(({ stock, year }) => stock.homes === year.homes && stock.needed === year.needed);
    return same ? t(homes ? "supply.same" : "supply.no_list", { n: nuantu.number(homes) }) : "";
  };

  nuantu.supplied = () => nuantu.on(["lang"], () => {
    nuantu.show("supply", ...needs(), sameYear() ? el("p", { class: "note" }, sameYear()) : null, el("p", { class: "note" }, say(data.supply_words.note)), el("details", { class: "fold" }, el("summary", {}, t("supply.keys")), el("p", { class: "note faint" }, say(data.supply_words.keys))));
    if (data.heat_sources.length) nuantu.show("sources", ...sources(), el("p", { class: "note" }, say(data.supply_words.sources)));
    nuantu.show("waiting", ...(data.waiting.length ? waiting() : []), el("p", { class: "note" }, data.waiting.length ? say(data.supply_words.waiting) : t("supply.none_waits")));
    nuantu.show("bills", ...bills(), el("p", { class: "note" }, say(data.supply_words.bills)));
  });
}
