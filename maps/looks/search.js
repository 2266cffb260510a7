// Instant search by name, township, pinyin initials or code: a combobox with its list of hits.
{
  const { data, el, t, state } = nuantu;
  const MOST = 8;

  // ü may be typed as v.
  const plain = (text) => (text ?? "").normalize("NFKC").toLowerCase().replace(/\s+/g, "").replaceAll("ü", "v");

  // 三兴村 finds 三兴行政村: the kind of a village does not count, with its township before it or not.
  const KIND = /(社区居民委员会|村民委员会|居民委员会|社区居委会|村委会|居委会|行政村|社区|村委|居委|村)$/;
  const stem = (name) => {
    const bare = name.replace(KIND, "");
    return bare && bare !== name ? stem(bare) : name;
  };
  // Former names, each also by its pinyin and initials.
  function namesOf(row) {
    return (row.old_names ?? "").split(/[、，,；;/\s]+/).filter(Boolean).map((name, n) => ({ name: plain(name), stem: stem(plain(name)), spelt: row.old_spelt?.[n] ?? [] }));
  }
  const wasCalled = ({ old }, query) => old?.some((one) => one.name.includes(query) || one.stem === stem(query) || one.spelt.some((spelt) => plain(spelt).startsWith(query)));

  const index = [
    ...data.townships.map((row) => ({ kind: "township", row, name: plain(row.name), initials: row.initials, pinyin: plain(row.pinyin), code: row.code })),
    ...data.villages.map((row) => ({ kind: "village", row, name: plain(row.name), initials: row.initials, pinyin: plain(row.pinyin), code: row.code, township: plain(row.township), full: plain(row.full), old: namesOf(row), seat: nuantu.township.get(row.township_code) })),
  ];

  for (const item of index) item.stem = item.kind === "village" ? stem(item.name) : item.name;

  // 镇, 乡 and 街道 may be left out: a township answers to the beginning of its pinyin.
  const ofTownship = (row, query) =>
    Boolean(row) && (row.initials.startsWith(query) || plain(row.pinyin).startsWith(query));

  // Lower is better; Infinity is no hit.
  const rank = (item, query) => {
    const at = item.name.indexOf(query);
    if (at === 0) return item.name === query ? 0 : 1;
    if (item.stem === stem(query) || (item.township && item.township + item.stem === stem(query))) return 2;
    if (item.initials === query) return 2;
    if (item.initials?.startsWith(query) || item.pinyin?.startsWith(query)) return 3;
    if (at > 0 || item.full?.includes(query) || wasCalled(item, query)) return 4;
    if (item.township?.startsWith(query) || (query.length > 1 && ofTownship(item.seat, query))) return 5;
    return query.length >= 4 && item.code.startsWith(query) ? 6 : Infinity;
  };

  nuantu.find = (text) => {
    const query = plain(text);
    if (!query) return [];
    const places = index.map((item) => ({ item, rank: rank(item, query) }))
      .filter((hit) => hit.rank < Infinity)
      .sort((a, b) => a.rank - b.rank || (a.item.code < b.item.code ? -1 : 1))
      .slice(0, MOST).map((hit) => hit.item);
    // An id of a home is longer than a village's code, or begins like none of them.
    return places.length && query.length < 13 ? places : [...places, ...(nuantu.homesLike?.(query, MOST) ?? [])].slice(0, MOST);
  };

  const describe = ({ kind, row }) => (kind === "home" ? row.village : kind === "township"
    ? t("search.township", { n: row.villages })
    : [nuantu.townshipOf(row), row.old_names && t("search.old", { names: row.old_names }), nuantu.routeOf(row)].filter(Boolean).join(" · "));

  const search = { hits: [], at: -1, open: null };

  const choose = (item) => {
    const { box, list } = search;
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    if (!item) return;
    box.value = item.row.name;
    if (item.kind === "home") {
      nuantu.pickHome(item.row.name);
    } else if (item.kind === "township") {
      nuantu.set({ township: item.row.code });
    } else {
      nuantu.set({ township: "" });
      nuantu.select("village", item.row.code);
      nuantu.views.forEach(nuantu.goNear);
      const card = nuantu.slot("card");
      card?.querySelector("h2")?.focus({ preventScroll: !nuantu.narrow() });
      // On the overview the answer lies below the numbers: it is brought whole into sight.
      if (data.page === "index" && !nuantu.narrow() && card.getBoundingClientRect().bottom > window.innerHeight) box.scrollIntoView({ block: "start" });
    }
  };

  const option = (item, n) => el("li", { role: "option", id: `hit-${n}`, "aria-selected": String(n === search.at),
    mousedown: (event) => { event.preventDefault(); choose(item); } },
    el("b", {}, nuantu.name(item.row)), el("span", {}, describe(item)));

  const draw = () => {
    const { box, list, hits } = search;
    const query = box.value.trim();
    list.hidden = !query;
    box.setAttribute("aria-expanded", String(Boolean(query) && hits.length > 0));
    list.replaceChildren(...hits.map(option));
    search.said.textContent = query && !hits.length ? t("search.none", { query }) : "";
    search.said.classList.toggle("shown", Boolean(query) && !hits.length);
    if (!hits.length) list.hidden = true;
    if (search.at >= 0) box.setAttribute("aria-activedescendant", `hit-${search.at}`);
    else box.removeAttribute("aria-activedescendant");
  };

  const keys = {
    ArrowDown: () => { search.at = Math.min(search.at + 1, search.hits.length - 1); },
    ArrowUp: () => { search.at = Math.max(search.at - 1, -1); },
    Escape: () => { search.box.value = ""; search.hits = []; search.at = -1; },
  };

  const pressed = (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      choose(search.hits[Math.max(search.at, 0)]);
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
      draw();
    }
  };

  const typed = () => {
    search.hits = nuantu.find(search.box.value);
    search.at = -1;
    draw();
  };

  // Filters that combine: each choice counts the villages that it would leave with the others as they are.
  const FILTERS = nuantu.filters;
  const passes = (village, without = "") => Object.entries(state.filter).every(([name, wanted]) => name === without || FILTERS[name].of(village) === wanted);
  nuantu.passes = (village) => passes(village);
  const inTownship = (village) => !state.township || village.township_code === state.township;
  // The same for what a page lists of villages; what is of no village passes where nothing is asked.
  nuantu.passesAny = (codes) => {
    const villages = codes.map((code) => nuantu.village.get(code)).filter(Boolean);
    return villages.length ? villages.some((village) => passes(village) && inTownship(village)) : !state.township && !Object.keys(state.filter).length;
  };
  nuantu.passesCode = (code) => nuantu.passesAny([code]);
  const every = () => data.villages.map(({ code }) => code);
  const LISTS = { villages: every, changes: every, gaps: () => data.gaps.map((gap) => gap.village_code),
    zones: () => (data.zone_villages ?? []).map(({ code }) => code), loads: () => data.loads.map((row) => row.village_code),
    mains: () => [...data.growth.villages.map(({ code }) => code), ...data.growth.mains.flatMap(({ villages }) => villages)] };
  const listed = () => {
    const codes = new Set(LISTS[data.table.source]());
    return data.villages.filter(({ code }) => codes.has(code));
  };
  const shown = (village) => (!data.comparison || nuantu.listed(village)) && nuantu.shown(nuantu.theme(), village);
  const left = () => listed().filter((village) => passes(village) && inTownship(village) && shown(village)).length;
  const choices = (name) => {
    const counts = new Map();
    for (const village of listed()) {
      const key = FILTERS[name].of(village);
      if (key) counts.set(key, (counts.get(key) ?? 0) + Number(passes(village, name) && inTownship(village) && shown(village)));
    }
    return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  };
  const townships = () => data.townships.map(({ code }) => [code, listed().filter((village) => village.township_code === code)])
    .filter(([, mine]) => mine.length).map(([code, mine]) => [code, mine.filter((village) => passes(village) && shown(village)).length]);
  const ofTownshipOnly = (code) => {
    nuantu.set({ township: code });
    if (!code) nuantu.views.forEach(nuantu.whole);
  };
  const filterBox = () => {
    const made = Object.keys(FILTERS).map((name) => [name, choices(name)]).filter(([name, keys]) => keys.length > 1 || state.filter[name]);
    const n = Object.keys(state.filter).length;
    const change = (name) => (event) => {
      const { [name]: _, ...others } = state.filter;
      nuantu.set({ filter: event.target.value ? { ...others, [name]: event.target.value } : others });
    };
    const choice = (name, keys, said, chosen, run) => el("label", {}, el("span", {}, t(`filter.${name}`)),
      el("select", { id: `filter-${name}`, change: run }, el("option", { value: "" }, t("filter.any")),
        ...keys.map(([key, count]) => el("option", { value: key, selected: chosen === key }, `${said(key)} · ${nuantu.number(count)}`))));
    search.open ??= n > 0;
    return el("details", { class: "fold filters", open: search.open, toggle: (event) => { search.open = event.target.open; } },
      el("summary", {}, t("filter.title"), n || state.township ? ` · ${t("filter.left", { n: nuantu.number(left()) })}` : ""),
      el("div", { class: "filter-choices" },
        choice("township", townships(), (code) => nuantu.name(nuantu.township.get(code)), state.township, (event) => ofTownshipOnly(event.target.value)),
        ...made.map(([name, keys]) => choice(name, keys, FILTERS[name].said, state.filter[name], change(name)))),
      n || state.township ? el("button", { type: "button", class: "plain-button", click: () => { nuantu.set({ filter: {} }); ofTownshipOnly(""); } }, t("filter.clear")) : null);
  };
  const drawFilters = () => {
    const focus = document.activeElement?.id;
    search.open = nuantu.slot("filters").querySelector("details")?.open ?? search.open; // its toggle event may come later
    nuantu.show("filters", filterBox());
    if (focus?.startsWith("filter-")) nuantu.slot(focus)?.focus();
  };

  // Beside the map there is room for the filters or for the card of what is chosen.
  const giveWay = () => {
    const box = nuantu.slot("filters")?.querySelector("details");
    if (box && nuantu.chosen() && !nuantu.narrow()) box.open = search.open = false;
  };

  const filterChip = () => {
    const township = nuantu.township.get(state.township);
    nuantu.show("filter", township && el("button", { type: "button", class: "chip-button",
      click: () => { search.box.value = ""; nuantu.set({ township: "" }); nuantu.views.forEach(nuantu.whole); } },
      t("search.filtered", { name: nuantu.name(township) }), el("span", { "aria-hidden": "true" }, " × "),
      el("span", { class: "unseen" }, t("search.clear"))));
  };

  nuantu.search = () => {
    const box = nuantu.slot("query");
    if (!box) return;
    Object.assign(search, { box, list: nuantu.slot("hits"), said: nuantu.slot("said") });
    box.addEventListener("input", typed);
    box.addEventListener("focus", typed);
    box.addEventListener("keydown", pressed);
    box.addEventListener("blur", () => { search.list.hidden = true; box.setAttribute("aria-expanded", "false"); });
    nuantu.on(["lang"], () => {
      box.setAttribute("placeholder", t("search.placeholder"));
      if (document.activeElement === box) draw();
    });
    nuantu.on(["township", "lang"], filterChip);
    if (nuantu.slot("filters") && LISTS[data.table?.source] && listed().length) nuantu.on(["township", "lang", "filter", "off.routes", "off.share", "month", "scenario", "list"], drawFilters);
    nuantu.on(["village", "gap", "zone", "main", "load", "household"], giveWay);
  };
}
