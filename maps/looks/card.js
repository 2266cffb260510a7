// The card of what is selected: what, how sure, why, what it costs, what would change it, whom to ask.
{
  const { data, el, t, term, say, state } = nuantu;

  const chip = (text, kind) => (text ? el("span", { class: `chip ${kind}` }, text) : null);
  const fact = (label, ...value) => [el("dt", {}, label), el("dd", {}, ...value)];
  const facts = (...rows) => el("dl", { class: "facts" }, ...rows.filter(Boolean).flat());
  const figure = (label, value, kind = "") =>
    el("div", { class: `figure ${kind}` }, el("span", {}, label), el("b", {}, value));
  Object.assign(nuantu, { chip, fact, facts, figure });

  const head = (title, under) => el("header", { class: "card-head" },
    el("div", {}, el("h2", { tabindex: -1 }, title), el("p", { class: "under" }, under)),
    el("button", { type: "button", class: "close", "aria-label": t("site.close"), title: t("site.close"),
      click: () => { nuantu.select("", ""); nuantu.slot("query")?.focus({ preventScroll: true }); } }, "×"));

  const routeChip = (village) => {
    const heats = nuantu.heats(village);
    const parts = [term("approach", village.approach), heats && term("heating", heats), village.device && term("device", village.device)];
    return chip(parts.filter(Boolean).join(" · "), `route route-${village.approach}`);
  };

  const why = (village) => {
    const clause = village.clause ? t("card.basis", { clause: village.clause }) : "";
    const number = village.document_no ? t("card.document", { number: village.document_no }) : "";
    const basis = [clause, number].filter(Boolean).join(nuantu.language === "zh" ? "　" : " · ");
    return el("p", { class: "why" }, say(village.reason), " ", el("span", { class: "basis" }, basis));
  };

  // What of the cost neither the home nor a subsidy pays. The public edition tells it with the subsidy.
  nuantu.restOf = (village) => {
    const rest = data.kind === "planner" ? village.cost_cny_a - village.own_cny_a - (village.subsidy_cny_a ?? 0) : 0;
    return rest >= 1 ? rest : null;
  };
  nuantu.subsidyWords = (where) => `${where}.${data.kind === "planner" ? "subsidy" : "subsidy_and_works"}`;
  // What a home pays and gets; before the tender of the equipment only its energy bill is known.
  const borne = (village) => {
    const known = !nuantu.missing(village.own_cny_a);
    const rows = known ? [["card.own", village.own_cny_a], [nuantu.subsidyWords("card"), village.subsidy_cny_a]]
      : [["card.bill", nuantu.billOf(village)], ["card.bill_subsidy", village.bill_subsidy_cny_a]];
    if (known && nuantu.restOf(village)) rows.push(["card.rest", nuantu.restOf(village)]);
    return rows.filter(([, value]) => !nuantu.missing(value)).map(([words, value]) => figure(t(words), nuantu.yuan(value)));
  };
  nuantu.billOf = (village) => (nuantu.missing(village.bill_cny_a) ? null : village.bill_cny_a - (village.bill_subsidy_cny_a ?? 0));
  const pendingTender = (village) => nuantu.missing(village.own_cny_a) && !nuantu.missing(village.bill_cny_a)
    && !nuantu.missing(village.cost_cny_a);
  nuantu.pendingTender = pendingTender;
  // What a home pays in the end is known, and what the main costs that is to reach it is not.
  const unpriced = (village) => village.approach === "central" && nuantu.missing(village.cost_cny_a)
    && !nuantu.missing(village.own_cny_a);

  const costs = (village) => {
    const second = village.runner_up
      ? figure(t("card.cost", { route: term("approach", village.runner_up) }), nuantu.yuan(village.runner_up_cost_cny_a))
      : figure(t("card.second"), t("card.no_second"), "words");
    if (nuantu.missing(village.cost_cny_a) && !village.runner_up) return null;
    return el("div", { class: "figures" },
      figure(t("card.cost", { route: term("approach", village.approach) }), nuantu.yuan(village.cost_cny_a), "main"), second,
      ...borne(village));
  };

  // That nobody is left in a village that is done is an official statement.
  nuantu.pendingOf = (village) => (village.approach === "done" ? nuantu.number : nuantu.count)(village.pending);
  const homes = (village) => {
    const all = t("legend.homes_n", { n: nuantu.number(village.households) });
    const pending = nuantu.missing(village.pending) ? "" : t("card.pending", { n: nuantu.pendingOf(village) });
    return [all, pending].filter(Boolean).join(" · ");
  };

  // What of the task is not accepted yet; 0 where that is not known, or counts are rounded apart.
  nuantu.restOfTask = (village) => (nuantu.missing(village.batch_done) ? 0 : Math.max(village.batch - village.batch_done, 0));
  const batch = (village) => (village.batch
    ? t(nuantu.restOfTask(village) ? "card.batch_rest" : "card.batch_done",
      { batch: nuantu.number(village.batch), done: nuantu.number(village.batch_done), rest: nuantu.number(nuantu.restOfTask(village)) })
      + (village.batch_draft ? t("card.draft") : "")
    : village.merged ? nuantu.none : t(nuantu.unlisted(village) ? "card.no_list" : "card.no_batch"));

  const pipe = (village) => {
    if (nuantu.missing(village.pipe_m)) {
      return nuantu.data.kind === "public" ? nuantu.none : t("card.pipe_none");
    }
    return village.pipe_m === 0 ? t("card.on_pipe") : nuantu.metres(village.pipe_m);
  };

  // Whose homes the counts are of, where villages are counted together.
  nuantu.together = (village) => {
    const names = nuantu.joined(village.counted_with.map((code) => nuantu.village.get(code)?.name ?? code));
    if (village.merged) return names ? t("site.merged", { names }) : t("site.withheld");
    return names ? t("site.counted_with", { names }) : "";
  };
  nuantu.counted = (village) => (village.merged || !village.counted_with.length ? nuantu.name(village)
    : t("site.counted", { name: nuantu.name(village), n: village.counted_with.length + 1 }));

  const zoneOf = (village) => (nuantu.zone.has(village.zone_id) ? nuantu.zoneName(nuantu.zone.get(village.zone_id)) : village.zone_id);

  // The last day to object counts from the day of publication, of a corrected notice from that of the
  // correction. One that is withdrawn or not yet made says the days alone, and so does every one
  // where no day of publication is stated.
  const DAY_MS = 86400000;
  nuantu.objectionDays = (village) => {
    const { days } = data.issuer;
    const note = (data.notice_notes[village.code] ?? []).slice(-1)[0];
    const from = note ? note.on : data.published_on;
    const first = Date.parse(from);
    if (village.approach === "unpublished" || note?.action === "withdrawn" || Number.isNaN(first)) return t("notice.days", { n: days });
    const until = new Date(first + days * DAY_MS).toISOString().slice(0, 10);
    return t("notice.days_until", { n: days, from: nuantu.date(from), until: nuantu.date(until) });
  };
  // To residents: who publishes, answers the telephone, and until when.
  const issuer = (village) => (data.kind === "public" && data.issuer
    ? [say(data.issuer.name), data.issuer.phone && t("card.phone", { phone: data.issuer.phone }), nuantu.objectionDays(village)]
      .filter(Boolean).map((line) => el("span", { class: "line" }, line)) : []);
  // Whom to object to; a township with its pinyin in English, like everywhere.
  nuantu.officeOf = (village) => (say(village.contact) === village.township ? nuantu.townshipOf(village) : say(village.contact));
  const contactFact = (village) => {
    const lines = [nuantu.officeOf(village), ...issuer(village)].filter(Boolean);
    if (lines.length === 1) return fact(t("card.contact"), ...lines);
    return lines.length ? [el("dt", { class: "wide" }, t("card.contact")), el("dd", { class: "wide" }, ...lines)] : null;
  };

  // Rows that show more than their value. The others follow from the column declared in the payload.
  const homesFact = (words, n) => (n ? fact(t(words), t("legend.homes_n", { n: nuantu.number(n) })) : null);
  const ROWS = {
    heating_homes: (village) => heating(village),
    flip: (village) => say(village.flip) && fact(t("card.flip"), say(village.flip)),
    pipe_m: (village) => (data.kind === "public" && nuantu.missing(village.pipe_m) ? null : fact(t("card.pipe"), pipe(village))),
    households: (village) => fact(t("card.homes"), homes(village)),
    batch: (village) => fact(t("card.batch"), batch(village)),
    reported: (village) => homesFact("card.reported", village.reported),
    stock: (village) => homesFact("card.stock", village.stock),
    late: (village) => homesFact("card.late", village.late),
    zone_id: (village) => village.zone_id && fact(t("card.zone"), zoneOf(village)),
    gap: (village) => village.gap && fact(t("card.gap"), term("gap_kind", village.gap)),
    contact: contactFact,
    ready_on: (village) => (say(village.works) ? fact(say(data.columns.ready_on.heading), village.ready_on ? nuantu.date(village.ready_on) : t("card.undated")) : null),
    heat_by_median: (village) => grounds(village),
    heat_by_area: () => null,
    heat_by_default: () => null,
  };
  // How many homes' annual heat stands on what: a line each, under the first of the columns.
  const grounds = (village) => {
    const lines = ["median", "area", "default"].map((name) => [name, village[`heat_by_${name}`]]).filter(([, n]) => n)
      .map(([name, n]) => el("span", { class: "line" }, t(`card.heat_by_${name}`, { n: nuantu.number(n) })));
    return lines.length ? fact(t("card.heat_by"), ...lines) : null;
  };
  // What the homes of a village that is done heat with, and of how many that is secure.
  const SECURE = { gas: ["card.gas_all", "card.gas_some", "card.gas_none"], central: ["card.main_all", "card.main_some", "card.main_none"] };
  const secure = ({ kind, homes, secure: n }) => {
    if (nuantu.missing(n) || !SECURE[kind]) return "";
    return t(SECURE[kind][n === homes ? 0 : n > 0 ? 1 : 2], { n: nuantu.number(n) });
  };
  const heating = (village) => {
    const lines = (village.heating_homes ?? []).map((row) => (nuantu.missing(row.homes)
      ? t("card.mostly", { heating: term("heating", row.kind) })
      : [`${term("heating", row.kind)} ${t("legend.homes_n", { n: nuantu.number(row.homes) })}`, secure(row)].filter(Boolean).join(nuantu.language === "zh" ? "，" : ", ")));
    return lines.length ? fact(t("legend.by_heating_now"), ...lines.map((line) => el("span", { class: "line" }, line))) : null;
  };
  const anyRow = (name) => (village) => {
    const column = data.columns[name];
    const said = nuantu.said(column, village[name]);
    const sign = nuantu.numeric(column) ? nuantu.unitOf(column.unit) : "";
    return said && fact(say(column.heading), sign ? `${said} ${sign}` : said);
  };
  const villageFacts = (village) => facts(...data.card.map((name) => (ROWS[name] ?? anyRow(name))(village)));

  const parts = (village) => (village.parts.length ? el("section", { class: "tried" }, el("h3", {}, t("card.parts")),
    el("ul", {}, ...village.parts.map((part) => el("li", {},
      el("b", {}, term("part", part.part)), ` ${term("approach", part.approach)} · `,
      t("legend.homes_n", { n: nuantu.number(part.households) }),
      el("span", { class: "tried-why" }, say(part.reason)))))) : null);

  const tried = (village) => {
    if (!village.tried?.length) return null;
    return el("details", { class: "tried" }, el("summary", {}, t("card.tried")),
      el("ol", {}, ...village.tried.map((route) => el("li", {},
        el("b", {}, term("approach", route.route)), " ",
        chip(t(route.eligible ? "card.eligible" : "card.refused"), route.eligible ? "good" : "muted"), " ",
        nuantu.missing(route.cost_cny_a) ? null : el("span", { class: "basis" }, nuantu.yuan(route.cost_cny_a)),
        el("span", { class: "tried-why" }, say(route.reason),
          route.clause ? ` ${t("card.basis", { clause: route.clause })}` : "")))));
  };

  const link = (page, village, words) => el("a", { href: `${page}.html#${new URLSearchParams({
    ...(nuantu.language === "en" ? { lang: "en" } : {}), v: village.code })}` }, words);
  const onward = (village) => el("p", { class: "onward" },
    data.page === "approach" ? null : link("approach", village, t("card.open")),
    data.pages.includes("notice") ? link("notice", village, t("notice.open")) : null);

  nuantu.onward = onward;

  const villageCard = (village) => [
    head(nuantu.name(village), [nuantu.townshipOf(village), village.full, village.code].filter(Boolean).join(" · ")),
    el("p", { class: "chips" }, routeChip(village), chip(village.status && term("status", village.status), "status"),
      village.works_dear ? chip(t("card.works_dear"), "warn") : null,
      village.certainty === "hangs" ? chip(term("certainty", "hangs"), "warn") : null,
      village.dissent ? chip(t("card.dissent", { route: term("approach", village.computed) }), "warn") : null),
    state.household >= 0 ? nuantu.householdBox(state.household) : null,
    ...nuantu.noticeNotes(village),
    data.page === "clearance" ? null : why(village),
    data.page === "clearance" ? null : nuantu.changeFigures?.(village) ?? costs(village),
    pendingTender(village) ? el("p", { class: "note" }, t("card.tender")) : null,
    unpriced(village) ? el("p", { class: "note" }, t("card.unpriced")) : null,
    nuantu.monthBars?.(village),
    data.page === "clearance" ? facts(...nuantu.zoneFacts(village)) : null,
    villageFacts(village),
    nuantu.together(village) ? el("p", { class: "note" }, nuantu.together(village)) : null,
    parts(village),
    tried(village),
    onward(village),
  ];

  const gapCard = (gap) => [
    head(nuantu.placeOf(gap), `${gap.township} · ${t("gaps.rank", { n: gap.rank })}`),
    el("p", { class: "chips" }, chip(term("gap_kind", gap.kind), "warn"), gap.in_zone ? chip(t("gaps.in_zone"), "status") : null),
    el("p", { class: "why" }, say(gap.reason), " ", el("span", { class: "basis" }, gap.clause ? t("card.basis", { clause: gap.clause }) : "")),
    el("div", { class: "figures" },
      figure(t("gaps.size"), t("legend.homes_n", { n: nuantu.number(gap.households) }), "main"),
      figure(t("gaps.closes"), nuantu.assetOf(gap)),
      nuantu.missing(gap.cost_cny) ? null : figure(t("gaps.cost"), nuantu.wan(gap.cost_cny)),
      nuantu.missing(gap.cost_per_household_cny) ? null : figure(t("gaps.per_home"), nuantu.yuan(gap.cost_per_household_cny))),
    facts(gap.other_asset && fact(t("gaps.other"), [term("asset", gap.other_asset), nuantu.missing(gap.other_cost_cny) ? "" : nuantu.wan(gap.other_cost_cny)].filter(Boolean).join(" ")),
      gap.unit && fact(t("gaps.unit"), gap.unit)),
    nuantu.village.has(gap.village_code) ? onward({ code: gap.village_code }) : null,
  ];
  // What closes a gap; where another route is open to its village, that one.
  nuantu.rerouted = (gap) => {
    const village = nuantu.village.get(gap.village_code);
    return !gap.asset && village?.runner_up && !village.parts.length ? village.runner_up : "";
  };
  const reroute = (gap) => nuantu.rerouted(gap) && t("gaps.reroute", { route: term("approach", nuantu.rerouted(gap)) });
  const size = ({ asset_amount: amount, asset_unit: unit }) => {
    if (!unit) return `× ${nuantu.number(amount)}`;
    return unit === "m" ? t("map.m", { n: nuantu.number(amount) }) : `${nuantu.number(amount)} ${unit}`;
  };
  nuantu.assetOf = (gap) => (nuantu.missing(gap.asset_amount) ? reroute(gap) || term("asset", gap.asset) : `${term("asset", gap.asset)} ${size(gap)}`);

  const CARDS = {
    village: () => nuantu.village.has(state.village) && villageCard(nuantu.village.get(state.village)),
    household: () => state.household >= 0 && [head(nuantu.householdTitle(state.household), ""), nuantu.householdBox(state.household)],
    gap: () => nuantu.gap.has(state.gap) && gapCard(nuantu.gap.get(state.gap)),
    load: () => nuantu.load.has(state.load) && nuantu.loadCard(nuantu.load.get(state.load), head),
    main: () => nuantu.main.has(state.main) && nuantu.mainCard(nuantu.main.get(state.main), head),
    zone: () => nuantu.zone.has(state.zone) && nuantu.zoneCard(nuantu.zone.get(state.zone), head),
  };

  // The card alone on a sheet of paper.
  const printCard = () => {
    const title = document.querySelector(".paper-title");
    const folds = [...nuantu.slot("card").querySelectorAll("details:not([open])")];
    document.body.classList.add("card-only");
    title.textContent = t("paper.card");
    for (const fold of folds) fold.open = true;
    window.print();
    for (const fold of folds) fold.open = false;
    title.textContent = nuantu.paperTitle();
    document.body.classList.remove("card-only");
  };
  // The address says the choice again. Where a browser lets nobody into its clipboard the address stands there to be copied.
  const copyLink = async ({ currentTarget: button }) => {
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = t("take.copied");
    } catch {
      const field = el("input", { type: "text", class: "link-field", readonly: "", value: location.href, "aria-label": t("take.link") });
      button.replaceWith(field);
      field.select();
    }
  };
  const tools = () => el("p", { class: "card-tools" }, el("button", { type: "button", class: "plain-button", click: printCard }, t("take.card")),
    el("button", { type: "button", class: "plain-button copy-link", click: copyLink }, t("take.link")));

  // The public edition speaks to residents, who may have no map before them.
  const hint = () => {
    const own = `hint_${data.page}_public`;
    return t(`card.${data.kind === "public" && data.words.card[own] ? own : `hint_${data.page}`}`);
  };

  nuantu.card = () => {
    let scrolled = false; // kept up to date: to ask for it the page would be laid out
    nuantu.slot("card").addEventListener("scroll", ({ target }) => { scrolled = target.scrollTop > 0; }, { passive: true });
    const draw = () => {
      const made = Object.values(CARDS).map((make) => make()).find(Boolean);
      const slot = nuantu.show("card", ...(made ? [...made, tools()] : [el("p", { class: "hint" }, hint()), nuantu.vacantLoad?.()]));
      slot.classList.toggle("open", Boolean(made));
      document.body.classList.toggle("has-card", Boolean(made));
      if (made) requestAnimationFrame(() => { if (scrolled) slot.scrollTop = 0; }); // in the frame: what was scrolled is told before it
    };
    nuantu.on(["village", "gap", "zone", "main", "load", "household", "lang", "month", "scenario"], draw);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && event.target !== nuantu.slot("query")) nuantu.select("", "");
    });
  };
}
