// Transformers and their loads: what each carries today, with this year's homes, and with all.
{
  const { data, el, t, say, fact, facts, figure, chip } = nuantu;

  const word = (table, key) => say(data.load_words[table][key]) || key;
  const kva = (value) => (nuantu.missing(value) ? nuantu.none : `${nuantu.decimal(value)} kVA`);
  const homes = (n) => t("legend.homes_n", { n: nuantu.number(n) });
  const KIND = { free: "good", heavy: "heavy", overloaded: "warn", unverified: "muted" };
  nuantu.loadState = (row) => word("load_state", row.total_state);
  nuantu.loadWorks = (row) => (row.works === "none" ? "" : word("grid_works", row.works));

  const stands = (row) => {
    if (row.basis === "open") return t("loads.by_open", { document: row.open_document });
    if (row.basis === "peak") return row.peak_on ? t("loads.by_peak", { date: nuantu.date(row.peak_on) }) : word("load_basis", "peak");
    return t("loads.by_nobody");
  };

  // One bar a step, all to one measure, with a mark at the nameplate for the eye alone.
  const most = (row) => Math.max(1, ...[row.base_kva, row.year_total_kva, row.total_kva].map((value) => (value ?? 0) / row.capacity_kva));
  const step = (words, value, state, row) => el("li", { class: "load-step" },
    el("span", {}, words), el("b", {}, kva(value)), chip(word("load_state", state), KIND[state]),
    nuantu.missing(value) || !row.capacity_kva ? null : nuantu.meter(value / row.capacity_kva, most(row)));

  // By how much and to what: "200 kVA" alone could be either.
  const added = (row) => (nuantu.missing(row.capacity_kva) ? t("loads.adds", { more: kva(row.works_kva) })
    : t("loads.adds_to", { more: kva(row.works_kva), to: kva(row.capacity_kva + row.works_kva) }));
  const limits = (row) => (row.capacity_kva ? t("loads.limits_of", { usable: kva(row.usable_kva), limit: kva(row.limit_kva),
    usable_share: nuantu.share(row.usable_kva, row.capacity_kva), limit_share: nuantu.share(row.limit_kva, row.capacity_kva) }) : "");

  // Homes that stand empty heat when families come back, in no load of the list: said before anything is chosen.
  nuantu.vacantLoad = () => {
    const n = nuantu.sum(data.loads ?? [], "vacant_homes");
    return n ? el("p", { class: "note" }, t("loads.city_vacant", { n: nuantu.number(n), kva: kva(nuantu.sum(data.loads, "vacant_kva")) })) : null;
  };

  const works = (row) => (row.works === "none" ? t("loads.no_works") : [nuantu.loadWorks(row),
    nuantu.missing(row.works_kva) ? "" : added(row), nuantu.missing(row.works_cny) ? "" : nuantu.wan(row.works_cny),
    row.works_on ? nuantu.date(row.works_on) : ""].filter(Boolean).join(" · "));

  nuantu.loadCard = (row, head) => [
    head(row.transformer_id, [row.village, row.township, row.feeder_id].filter(Boolean).join(" · ")),
    el("p", { class: "chips" }, chip(nuantu.loadState(row), KIND[row.total_state]), chip(stands(row), "status")),
    el("div", { class: "figures" }, figure(t("table.capacity"), kva(row.capacity_kva), "main")),
    el("ul", { class: "load-steps" },
      step(t("loads.now"), row.base_kva, row.state, row),
      step(t("loads.year", { n: homes(row.year_homes) }), row.year_total_kva, row.year_state, row),
      step(t("loads.all", { n: homes(row.later_homes) }), row.total_kva, row.total_state, row)),
    facts(
      fact(t("table.load_works"), works(row)),
      limits(row) ? fact(t("loads.limits"), limits(row)) : null,
      fact(t("loads.fed"), `${homes(row.fed_homes)} · ${nuantu.hundredths(row.simultaneity)}`),
      row.since_homes ? fact(t("loads.since"), homes(row.since_homes)) : null,
      row.vacant_homes ? fact(t("loads.vacant"), `${homes(row.vacant_homes)} · ${kva(row.vacant_kva)}`) : null,
      row.inferred_homes ? fact(t("loads.inferred"), homes(row.inferred_homes)) : null),
    el("p", { class: "note" }, t("loads.note")),
    nuantu.village.has(row.village_code) ? nuantu.onward({ code: row.village_code }) : null,
  ];
}
