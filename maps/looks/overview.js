// The front page: the few numbers that matter, each with the page that explains it.
{
  const { data, el, t, say } = nuantu;
  const DAY_MS = 86400000;

  const link = (page, ...children) =>
    el("a", { "data-page": page, href: `${page}.html${nuantu.carried()}`, class: "tile-link" }, ...children);

  const tile = (kind, page, number, label, note, extra) => el("section", { class: `tile ${kind}` },
    el("p", { class: "tile-number" }, el("b", {}, number), " ", el("span", {}, label)),
    extra ?? null, el("p", { class: "tile-note" }, note),
    link(page, t("overview.see", { page: t(`nav.${page}`) }), el("span", { "aria-hidden": "true" }, " →")));

  const deadline = () => {
    const days = Math.round((Date.parse(data.deadline) - Date.parse(data.as_of)) / DAY_MS);
    const date = nuantu.date(data.deadline);
    return days >= 0 ? t("overview.days", { date, n: days }) : t("overview.days_over", { date, n: -days });
  };

  const task = () => {
    const aimed = nuantu.aimed();
    const target = nuantu.sum(aimed, "target");
    const done = nuantu.sum(aimed, "completed");
    // Where the completions of some units are unknown the sum is a least, and no share is told.
    const partial = aimed.some((unit) => nuantu.missing(unit.completed));
    const reported = nuantu.sum(aimed, "reported");
    const share = target ? done / target : 0;
    const beyond = nuantu.sum(nuantu.beyond(), "completed");
    const parts = [t("overview.of", { n: nuantu.number(target) }), partial ? "" : nuantu.share(done, target), deadline(),
      reported ? t("progress.reported", { n: nuantu.number(reported) }) : "",
      beyond ? t("overview.beyond", { n: nuantu.number(beyond) }) : "", nuantu.say(data.missing)];
    return tile("task", "progress", `${partial && !nuantu.missing(done) ? "≥" : ""}${nuantu.number(done)}`, t("overview.accepted"),
      parts.filter(Boolean).join(" · "), partial ? null : nuantu.meter(share));
  };

  // What is not public yet is not none: it is told beside what is.
  const decided = () => {
    const rows = data.villages.filter(({ approach }) => !["undecided", "no_data", "unpublished"].includes(approach));
    const unpublished = nuantu.unpublished();
    const proposed = rows.filter(({ approach, status }) => approach !== "done" && !["approved", "published"].includes(status)).length;
    const parts = [t("overview.routes_of", { n: nuantu.number(data.villages.length) }),
      proposed ? t("overview.routes_proposed", { n: nuantu.number(proposed) }) : "",
      unpublished ? t("overview.routes_unpublished", { n: nuantu.number(unpublished) }) : "", nuantu.say(data.missing)];
    return tile("routes", "approach", rows.length || !unpublished ? nuantu.number(rows.length) : nuantu.none,
      t(data.kind === "public" ? "overview.routes_public" : "overview.routes"), parts.filter(Boolean).join(" · "), routeBar());
  };

  const routeBar = () => {
    const keys = Object.keys(data.looks.approach);
    const counts = keys.map((key) => [key, data.villages.filter((village) => village.approach === key).length]);
    const bar = el("span", { class: "route-bar", role: "img",
      "aria-label": counts.filter(([, n]) => n).map(([key, n]) => `${nuantu.term("approach", key)} ${n}`).join("，") });
    for (const [key, n] of counts) {
      if (!n) continue;
      const part = nuantu.svg("svg", { "aria-hidden": "true" },
        nuantu.svg("rect", { width: "100%", height: "100%", fill: nuantu.fill("approach", key) }));
      part.style.flexGrow = n;
      bar.append(part);
    }
    return bar;
  };

  const zones = () => {
    const clear = data.zones.filter(({ verdict }) => verdict === "cleared").length;
    const rows = data.zones.map((zone) => el("li", {}, nuantu.swatch.area("verdict", zone.verdict), " ",
      el("b", {}, nuantu.zoneName(zone)), " ", el("span", {}, nuantu.term("verdict", zone.verdict))));
    return tile("zones", "clearance", nuantu.number(clear), t("overview.zones"),
      data.zones.length ? t("overview.zones_of", { n: nuantu.number(data.zones.length) }) : t("table.none_zones"), el("ul", { class: "tile-list" }, ...rows.slice(0, 3)));
  };

  const gaps = () => {
    // Single homes are told together on their page; the first lines are the first of the others.
    const several = data.gaps.filter((gap) => !nuantu.singleGap(gap));
    const rows = (several.length ? several : data.gaps).slice(0, 3).map((gap) => el("li", {}, nuantu.swatch.mark(gap.kind), " ",
      el("b", {}, nuantu.placeOf(gap)), " ", el("span", {}, [nuantu.term("gap_kind", gap.kind), t("legend.homes_n", { n: nuantu.count(gap.households) })].join(" · "))));
    const open = data.kind === "public";
    const unpublished = nuantu.unpublished();
    const beside = open ? [unpublished ? t("table.gaps_unpublished", { n: nuantu.number(unpublished) }) : t("table.gaps_few")] : [];
    const parts = nuantu.missing(data.gap_homes) ? beside
      : [t("overview.gaps_homes", { n: nuantu.number(data.gap_homes) }), ...beside];
    return tile("gaps", "gaps", open && !data.gaps.length ? nuantu.none : nuantu.number(data.gaps.length),
      t(open ? "overview.gaps_public" : "overview.gaps"),
      data.gaps.length ? parts.join(" · ") : nuantu.noGaps(), el("ul", { class: "tile-list" }, ...rows));
  };

  const ledger = () => {
    const { households, without_location: without } = data.summary;
    if (!households) return null;
    const counts = { ...households, without, beyond: households.outside - without };
    return el("p", { class: "note" }, t("overview.ledger", Object.fromEntries(
      Object.entries(counts).map(([key, value]) => [key, nuantu.number(value)]))));
  };

  const unverified = () => (data.unverified.length ? el("details", { class: "fold" },
    el("summary", {}, t("overview.unverified"), ` ${data.unverified.length}`),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("overview.unverified") },
      el("table", { class: "rows plain" },
        el("thead", {}, el("tr", {}, ...["key", "value", "range", "effects"].map((key) => el("th", { scope: "col" }, t(`overview.${key}`))))),
        el("tbody", {}, ...data.unverified.map((row) =>
          el("tr", {}, el("th", { scope: "row" }, say(row.name)), el("td", { class: "number" }, say(row.value)),
            el("td", { class: "number" }, say(row.range) || nuantu.none),
            el("td", {}, ...row.effects.map((one) => el("span", { class: "line" }, say(one)))))))))) : null);

  const unanswered = () => (data.unanswered.length ? el("details", { class: "fold", open: true },
    el("summary", {}, t("overview.unanswered"), ` ${data.unanswered.length}`),
    el("ul", {}, ...data.unanswered.map((words) => el("li", {}, say(words))))) : null);

  nuantu.overview = () => nuantu.on(["lang", "township"], () => {
    nuantu.show("tiles", task(), decided(), zones(), gaps());
    nuantu.show("rows", el("h2", {}, t("overview.by_township")),
      ...nuantu.unitRows());
    nuantu.show("caveats", ledger(), unanswered(), unverified());
  });
}
