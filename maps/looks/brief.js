// For who decides: five numbers, what is to be decided this week, three maps; two sheets of paper.
{
  const { data, el, t, term } = nuantu;
  const FEW = 3;

  const link = (page, words) => el("a", { "data-page": page, href: `${page}.html${nuantu.carried()}` }, words);
  const tile = (number, label, note) => el("section", { class: "tile" },
    el("p", { class: "tile-number" }, el("b", {}, number)), el("p", {}, label), el("p", { class: "tile-note" }, note));
  const names = (rows, of) => {
    const shown = nuantu.joined(rows.slice(0, FEW).map(of));
    return rows.length > FEW ? t("brief.and_more", { names: shown, n: nuantu.number(rows.length) }) : shown;
  };
  const least = (rows, field) => {
    const known = nuantu.sum(rows, field);
    return nuantu.missing(known) ? nuantu.none : `${rows.some((row) => nuantu.missing(row[field])) ? "≥" : ""}${nuantu.number(known)}`;
  };

  const numbers = () => {
    const aimed = nuantu.aimed();
    const [target, done] = ["target", "completed"].map((field) => nuantu.sum(aimed, field));
    const unknown = aimed.some(({ completed }) => nuantu.missing(completed));
    const need = nuantu.sum(aimed, "rate_needed");
    const clear = data.zones.filter(({ verdict }) => verdict === "cleared").length;
    const dissent = data.villages.filter((village) => village.dissent).length;
    return [
      tile(least(aimed, "completed"), t("overview.accepted"), [t("overview.of", { n: nuantu.number(target) }), unknown ? "" : nuantu.share(done, target)].filter(Boolean).join(" · ")),
      tile(nuantu.missing(need) ? nuantu.none : nuantu.number(Math.ceil(need)), t("brief.need"), t("brief.until", { date: nuantu.date(data.deadline) })),
      tile(`${nuantu.number(clear)} / ${nuantu.number(data.zones.length)}`, t("overview.zones"), t("brief.open_homes", { n: nuantu.number(nuantu.sum(data.zones, "not_cleared") ?? 0) })),
      tile(nuantu.number(data.gap_homes ?? 0), t("brief.gap_homes"), t("brief.gaps", { n: nuantu.number(data.gaps.length) })),
      tile(nuantu.number(dissent), t("brief.dissent"), t("overview.routes_of", { n: nuantu.number(data.villages.length) })),
    ];
  };

  // A matter: the question, its facts, what can be done (what it brings, what it costs), who does it by when.
  const comma = () => (nuantu.language === "zh" ? "；" : "; ");
  const n = nuantu.number;
  const named = (village) => nuantu.name(village);
  const duty = (...works) => {
    const found = works.map((work) => data.duties[work]).filter(Boolean);
    return [[...new Set(found.map(({ unit }) => unit).filter(Boolean))], found[0]?.due_on];
  };
  const matter = (question, facts, options, [units, due], page) => el("li", { class: "matter" },
    el("div", { class: "question" }, el("p", {}, el("b", {}, question), " ", link(page, t(`nav.${page}`))),
      el("p", { class: "who" }, [units.length ? t("brief.who", { unit: nuantu.joined(units) }) : "", due ? t("brief.due", { date: nuantu.date(due) }) : ""].filter(Boolean).join(comma()))),
    facts ? el("p", { class: "faint" }, facts) : null,
    el("div", { class: "options", role: "list" }, ...options.filter(Boolean).map(([what, brings, costs], at) => el("div", { class: "option", role: "listitem" },
      el("span", {}, el("b", {}, `${"ABCDE"[at]} `), what), el("span", {}, brings), el("span", {}, costs)))));
  const homesIn = (rows) => nuantu.sum(rows, "households") ?? 0;
  const invest = (rows, field = "cost_cny") => {
    const priced = rows.filter((row) => !nuantu.missing(row[field]));
    const rest = homesIn(rows) - homesIn(priced);
    return priced.length ? t("brief.invest", { cost: nuantu.wan(nuantu.sum(priced, field)) }) + (rest ? t("brief.left_out", { n: n(rest) }) : "") : t("brief.unpriced");
  };

  const ofTask = () => {
    const aimed = nuantu.aimed();
    const [left, need, done, target, reported] = ["remaining", "rate_needed", "completed", "target", "reported"].map((field) => nuantu.sum(aimed.filter((unit) => unit.remaining > 0 || ["completed", "target"].includes(field)), field) ?? 0);
    if (left <= 0) return null;
    const slow = nuantu.byLag(aimed.filter(({ remaining }) => remaining > 0)).slice(0, FEW).map((unit) => t("brief.slow_unit", { unit: nuantu.townshipBriefly({ township_code: unit.unit_code, township: unit.unit }), left: n(unit.remaining), need: nuantu.missing(unit.rate_needed) ? nuantu.none : n(Math.ceil(unit.rate_needed)) }));
    const known = aimed.every(({ completed }) => !nuantu.missing(completed));
    const [low, high] = ["forecast_low", "forecast_high"].map((field) => (aimed.every((unit) => !nuantu.missing(unit[field])) ? nuantu.sum(aimed, field) : null));
    const last = data.months.length - 1;
    const of = (month) => (month < 0 ? 0 : aimed.reduce((sum, { months }) => sum + months[month], 0));
    const pace = known && last >= 0 ? ((of(last) - of(last - 1)) * 7) / Number(data.as_of.slice(8)) : null;
    return matter(t("brief.task", { left: n(left) }), t("brief.slow", { units: slow.join(comma()) }), [
      reported && known ? [t("brief.accept", { n: n(reported) }), t("brief.accept_brings", { done: n(done + reported), share: nuantu.share(done + reported, target) }), t("brief.free")] : null,
      need ? [t("brief.pace", { need: n(Math.ceil(need)) }), nuantu.missing(pace) ? t("brief.pace_brings") : t("brief.pace_now", { month: nuantu.month(data.months[last]), n: n(pace) }), t("brief.unpriced")] : null,
      nuantu.missing(low) || nuantu.missing(high) ? null : [t("brief.keep_pace"), t("brief.keep_brings", { low: n(low), high: n(high) }), t("brief.free")],
    ], duty("conversion", "acceptance"), "progress");
  };

  // What a zone still takes, the one that takes least first.
  const TAKES = ["not_cleared", "unknown", "undecidable", "coal_findings", "open_complaints"];
  const doorsOf = (zone) => TAKES.slice(0, 3).reduce((sum, field) => sum + (zone[field] ?? 0), 0);
  const ofZones = () => {
    const zones = data.zones.filter(({ verdict }) => verdict !== "cleared").sort((a, b) => doorsOf(a) - doorsOf(b));
    return zones.length ? matter(t("brief.zones", { n: n(zones.length) }), "", zones.slice(0, FEW).map((zone) => [nuantu.zoneName(zone), t("brief.zone_brings", { n: n(zone.inside) }),
      t("brief.zone_costs", { n: n(doorsOf(zone)), parts: nuantu.joined(TAKES.filter((field) => zone[field] > 0).map((field) => t(`brief.zone_${field}`, { n: n(zone[field]) }))) })]), duty("patrol"), "clearance") : null;
  };

  const unitsOf = (rows) => [...new Set(rows.map(({ unit }) => unit).filter(Boolean))];
  const ofUncovered = () => {
    const rows = data.gaps.filter(({ kind }) => kind !== "headroom");
    if (!rows.length) return null;
    const told = (some) => t("brief.covers", { gaps: n(some.length), homes: n(homesIn(some)) });
    const [first, second] = ["cost_cny", "other_cost_cny"].map((field) => rows.filter((row) => !nuantu.missing(row[field])));
    const other = rows.filter(nuantu.rerouted);
    return matter(t("brief.uncovered", { gaps: n(rows.length), homes: n(homesIn(rows)) }), "", [
      first.length ? [t("brief.cheapest"), told(first), invest(first)] : null,
      second.length ? [t("brief.next_best"), told(second), invest(second, "other_cost_cny")] : null,
      ...other.slice(0, 1).map((gap) => [t("brief.reroute", { place: nuantu.placeOf(gap), route: term("approach", nuantu.rerouted(gap)) }), told([gap]), t("brief.unpriced")]),
      [t("brief.not_now"), t("brief.stay_coal", { homes: n(homesIn(rows)) }), t("brief.free")],
    ], [unitsOf(rows), data.duties.conversion?.due_on], "gaps");
  };

  // The cheapest works per home that serve four fifths of the homes, where that leaves some out.
  const MOST_HOMES = 0.8;
  const bestWorks = (rows) => {
    const ranked = rows.filter((row) => !nuantu.missing(row.cost_per_household_cny)).sort((a, b) => a.cost_per_household_cny - b.cost_per_household_cny);
    const upTo = ranked.findIndex((_, at) => homesIn(ranked.slice(0, at + 1)) >= MOST_HOMES * homesIn(rows));
    const most = ranked[upTo]?.cost_per_household_cny;
    const best = ranked.filter((row) => row.cost_per_household_cny <= most);
    return best.length < rows.length ? best : [];
  };
  const ofWorks = () => {
    const rows = data.gaps.filter(({ kind }) => kind === "headroom");
    if (!rows.length) return null;
    const best = bestWorks(rows);
    return matter(t("brief.works", { gaps: n(rows.length), homes: n(homesIn(rows)) }), "", [
      [t("brief.all_works"), t("brief.works_bring", { homes: n(homesIn(rows)) }), invest(rows)],
      best.length ? [t("brief.first_works", { gaps: n(best.length), most: nuantu.yuan(Math.ceil(best.at(-1).cost_per_household_cny)) }), t("brief.works_share", { homes: n(homesIn(best)), share: nuantu.share(homesIn(best), homesIn(rows)) }), invest(best)] : null,
      [t("brief.not_now"), t("brief.works_wait", { homes: n(homesIn(rows)) }), t("brief.free")],
    ], [unitsOf(rows), data.duties.grid?.due_on], "gaps");
  };

  // The cost a year of homes to convert, by the ruling and by the facts, of villages where both are known.
  const ofDissent = () => {
    const rows = data.villages.filter((village) => village.dissent);
    if (!rows.length) return null;
    const pending = (some) => nuantu.sum(some, "pending") ?? 0;
    const both = rows.filter((village) => village.runner_up === village.computed && !nuantu.missing(village.cost_cny_a) && !nuantu.missing(village.runner_up_cost_cny_a));
    const [ruled, found] = ["cost_cny_a", "runner_up_cost_cny_a"].map((field) => both.reduce((sum, village) => sum + village[field] * (village.pending ?? 0), 0));
    const rest = pending(rows) - pending(both);
    const year = (cost) => t("brief.a_year", { n: n(pending(both)), cost: nuantu.wan(cost) });
    const left = rest ? t("brief.left_out", { n: n(rest) }) : "";
    const change = found === ruled ? "" : t(found < ruled ? "brief.a_year_less" : "brief.a_year_more", { cost: nuantu.wan(Math.abs(found - ruled)) });
    const told = (village) => t("brief.differ_of", { name: nuantu.name(village), route: term("approach", village.approach), found: term("approach", village.computed) });
    return matter(t("brief.differ", { n: n(rows.length) }), names(rows, told), [
      [t("brief.keep"), t("brief.keep_homes", { n: n(pending(rows)) }), both.length ? year(ruled) + left : t("brief.unpriced")],
      [t("brief.change"), t("brief.change_homes", { n: n(pending(rows)) }), both.length ? year(found) + change + left : t("brief.unpriced")],
    ], duty("plan"), "approach");
  };

  const ofProposals = () => {
    const rows = data.villages.filter(({ status, approach }) => status === "proposed" && !nuantu.routeless.has(approach));
    if (!rows.length) return null;
    const homes = (some) => n(nuantu.sum(some, "pending") ?? 0);
    const open = rows.filter(nuantu.hangs);
    const sure = rows.filter((village) => !nuantu.hangs(village));
    const brings = (some) => t("brief.approve_brings", { n: n(some.length), homes: homes(some) });
    return matter(t("brief.proposed", { n: n(rows.length) }), names(rows, named), [
      [t("brief.approve"), brings(rows), t("brief.free")],
      open.length && sure.length ? [t("brief.approve_sure", { n: n(sure.length), names: names(open, named) }), brings(sure), t("brief.free")] : null,
      [t("brief.send_back"), t("brief.send_back_brings", { homes: homes(rows) }), t("brief.free")],
    ], duty("plan"), "approach");
  };

  const ofLedgers = () => {
    const rows = data.villages.filter(({ approach }) => approach === "no_data");
    return rows.length ? matter(t("brief.empty", { n: n(rows.length) }), names(rows, named), [[t("brief.ledger"), t("brief.ledger_brings"), t("brief.free")]], duty("ledger"), "gaps") : null;
  };
  const matters = () => [ofTask(), ofZones(), ofUncovered(), ofWorks(), ofDissent(), ofProposals(), ofLedgers()].filter(Boolean);

  const captions = () => {
    for (const view of nuantu.views) {
      const caption = el("p", { class: "map-caption" });
      view.map.getContainer().append(caption);
      nuantu.on(["lang"], () => { caption.textContent = t(`brief.map_${view.options.theme}`); });
    }
  };

  nuantu.brief = () => {
    captions();
    nuantu.on(["lang"], () => {
      nuantu.show("tiles-brief", ...numbers());
      const found = matters();
      nuantu.show("decide", el("h2", {}, t("brief.decide")), found.length ? el("p", { class: "note" }, t("brief.lead")) : null, found.length ? el("ol", {}, ...found) : el("p", {}, t("brief.nothing")));
    });
  };
}
