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
  const homes = (n) => t("legend.homes_n", { n: nuantu.number(n) });
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

  // One line a matter: what, how much, the way out, and the page with the rest.
  const matter = (title, said, page) => (said ? el("li", {}, el("b", {}, title), " ", el("span", {}, said), " ", link(page, t(`nav.${page}`))) : null);
  const matters = () => {
    const slow = nuantu.byLag(nuantu.aimed().filter(({ remaining }) => remaining > 0)).slice(0, FEW);
    const zones = data.zones.filter(({ verdict }) => verdict !== "cleared");
    const works = data.gaps.filter(({ kind }) => kind === "headroom");
    const open = data.gaps.filter(({ kind }) => kind !== "headroom");
    const cost = (rows) => (rows.every((row) => nuantu.missing(row.cost_cny)) ? "" : nuantu.wan(nuantu.sum(rows, "cost_cny")));
    const told = (rows) => [t("table.n_gaps", { n: nuantu.number(rows.length) }), homes(nuantu.sum(rows, "households") ?? 0), cost(rows),
      [...new Set(rows.map(({ unit }) => unit).filter(Boolean))].join("、")].filter(Boolean).join(" · ");
    const differ = data.villages.filter((village) => village.dissent);
    const proposed = data.villages.filter(({ status, approach }) => status === "proposed" && !nuantu.routeless.has(approach));
    const empty = data.villages.filter(({ approach }) => approach === "no_data");
    return [
      matter(t("brief.slow"), slow.map((unit) => t("brief.slow_unit", { unit: unit.unit, left: nuantu.number(unit.remaining), need: nuantu.missing(unit.rate_needed) ? nuantu.none : nuantu.number(Math.ceil(unit.rate_needed)) })).join(nuantu.language === "zh" ? "；" : "; "), "progress"),
      matter(t("brief.zones"), zones.map((zone) => [nuantu.zoneName(zone), term("verdict", zone.verdict), ...["not_cleared", "unknown"].filter((state) => zone[state] > 0).map((state) => `${homes(zone[state])}${nuantu.language === "en" ? " " : ""}${t(`clearance.${state}`)}`)].join(" · ")).slice(0, FEW).join(nuantu.language === "zh" ? "；" : "; "), "clearance"),
      matter(t("gaps.uncovered"), open.length && told(open), "gaps"),
      matter(t("gaps.works"), works.length && told(works), "gaps"),
      matter(t("brief.differ"), differ.length && names(differ, (village) => `${nuantu.name(village)}（${term("approach", village.approach)}，${t("brief.computed", { route: term("approach", village.computed) })}）`), "approach"),
      matter(t("brief.proposed"), proposed.length && names(proposed, (village) => nuantu.name(village)), "approach"),
      matter(t("gaps.no_data"), empty.length && names(empty, (village) => nuantu.name(village)), "gaps"),
    ].filter(Boolean);
  };

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
      nuantu.show("decide", el("h2", {}, t("brief.decide")), found.length ? el("ol", {}, ...found) : el("p", {}, t("brief.nothing")));
    });
  };
}
