// Head, notices and foot of every page, and the start.
{
  const { data, el, t, say, state } = nuantu;

  const PAGES = ["index", "brief", "approach", "progress", "gaps", "extension", "loads", "supply", "clearance", "compare", "notice"];
  const navigation = () => nuantu.show("nav",
    ...PAGES.filter((page) => data.pages.includes(page) && !data.only).map((page) => el("a", {
      href: `${page}.html${nuantu.carried()}`, "data-page": page,
      "aria-current": page === data.page ? "page" : null }, t(`nav.${page}`))));

  const showCurrent = () => {
    const nav = nuantu.slot("nav");
    const current = nav.querySelector("[aria-current]");
    if (current && nav.scrollWidth > nav.clientWidth) nav.scrollLeft = current.offsetLeft - nav.clientWidth / 2;
  };

  const subtitle = () => [say(data.title), t("site.as_of", { date: nuantu.date(data.as_of) }), t(`site.${data.kind}`)]
    .join(" · ");

  // On paper a map of one township bears its name.
  nuantu.paperTitle = () => {
    const place = nuantu.township.get(state.township);
    return place ? t("paper.of_township", { place: nuantu.name(place), title: t(`paper.${data.page}`) }) : t(`paper.${data.page}`);
  };
  // What the reader has narrowed the page to, in words.
  nuantu.filtersSaid = () => Object.entries(state.filter).map(([name, key]) => t("filter.said", { name: t(`filter.${name}`), value: nuantu.filters[name].said(key) }));
  const paperTitle = () => {
    const title = document.querySelector(".paper-title");
    if (title) title.textContent = nuantu.paperTitle();
  };

  // A picture below the map that shows no real ground says so while it is there.
  const madeUp = () => (data.picture?.synthetic && !state.off.has("ground.picture") ? t("site.picture_synthetic") : "");
  const mark = () => [markOf(), madeUp()].filter(Boolean).join(" · ");
  const markOf = () => {
    if (data.kind === "planner") return t("site.internal");
    if (data.review_no) return t("site.review_no", { number: data.review_no });
    return data.maps ? t("site.sketch") : "";
  };

  // A page outlives its day on somebody's stick: it says so itself.
  const expired = () => data.expires_on && new Date().toLocaleDateString("sv") > data.expires_on;
  const bands = () => nuantu.show("bands",
    data.kind === "planner" ? el("p", { class: "band internal" }, t("site.internal")) : null,
    data.demonstration ? el("p", { class: "band demo" }, t("site.demo")) : null,
    expired() ? el("p", { class: "band expired" }, t("site.expired", { date: nuantu.date(data.expires_on) })) : null,
    data.maps ? null : el("p", { class: "band" }, el("b", {}, t("site.no_maps")), " ", say(data.why_no_maps)));

  const credit = (row) => el("tr", {}, el("th", { scope: "row" }, say(row.name) || nuantu.term("layer", row.layer)),
    ...[["source", row.source], ["licence", row.licence], ["date", nuantu.date(row.as_of)], ["steward", row.steward]]
      .map(([key, words]) => el("td", { "data-name": t(`overview.${key}`) }, words || nuantu.none)));

  const sources = () => el("details", { class: "fold", open: data.page === "index" && !nuantu.narrow() },
    el("summary", {}, t("overview.sources")),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("overview.sources") },
      el("table", { class: "rows plain stacked" },
        el("thead", {}, el("tr", {}, ...["layer", "source", "licence", "date", "steward"].map((key) =>
          el("th", { scope: "col" }, t(`overview.${key}`))))),
        el("tbody", {}, ...data.credits.map(credit)))));

  const foot = () => nuantu.show("foot",
    sources(),
    el("p", {}, ...[data.maps && t("site.not_legal"), data.review_no && t("site.review_no", { number: data.review_no }),
      data.document && t("card.document", { number: data.document }), holds(), say(data.count_note), say(data.missing)]
      .filter(Boolean).join(" · ")),
    say(data.rests_on) ? el("p", { class: "rests-on" }, say(data.rests_on)) : null,
    el("p", { class: "faint" }, [t(data.kind === "planner" ? "site.made_list" : "site.made_by"), data.maps && t("site.leaflet")].filter(Boolean).join(" · ")));

  const language = () => {
    const button = nuantu.slot("language");
    button.addEventListener("click", () => nuantu.set({ lang: state.lang === "zh" ? "en" : "zh" }));
    nuantu.on(["lang"], () => {
      button.textContent = t("site.language");
      button.setAttribute("lang", nuantu.language === "zh" ? "en" : "zh-CN");
      button.setAttribute("aria-label", t("site.language_to"));
    });
  };

  const holds = () => (data.expires_on ? t("site.valid_until", { date: nuantu.date(data.expires_on) }) : t("site.valid_next"));

  Object.assign(nuantu, { mark_of: mark, holds });
  // What is above and below the maps comes first, so that they have their room when they are made.
  nuantu.dress = () => {
    nuantu.on(["lang"], () => {
      nuantu.relabel();
      navigation();
      requestAnimationFrame(showCurrent);
      nuantu.slot("sub").textContent = subtitle();
      bands();
      foot();
    });
    nuantu.on(["lang", "off.ground"], () => {
      const stamp = nuantu.slot("stamp");
      if (stamp) stamp.textContent = mark();
    });
    nuantu.on(["lang", "township"], paperTitle);
    language();
  };

  nuantu.start = () => {
    if (nuantu.slot("query")) nuantu.search();
    if (data.legend.length) nuantu.legend(data.legend);
    if (nuantu.slot("card")) nuantu.card();
    if (data.table) nuantu.table(data.table);
    nuantu.slider();
    if (nuantu.slot("units")) nuantu.units();
    if (nuantu.slot("tiles")) nuantu.overview();
    if (nuantu.slot("decide")) nuantu.brief();
    if (nuantu.slot("tabs")) nuantu.gapLists();
    if (nuantu.slot("doors")) nuantu.doors();
    if (data.growth) nuantu.growth();
    if (data.comparison) nuantu.compare();
    if (data.supply) nuantu.supplied();
    if (nuantu.slot("sheets")) nuantu.notices();
    nuantu.printing();
    document.documentElement.dataset.ready = "true";
  };
}
