// A coal-ban zone: its verdict, the bound on the cleared share, and why.
{
  const { el, svg, t, term, say, fact, facts, figure } = nuantu;

  // What a verdict says by itself is no rounded count: nobody is left in a zone that is cleared.
  const SAID = { cleared: ["not_cleared", "unknown"], unconfirmed: ["not_cleared"] };
  nuantu.zoneCount = (zone, name) => ((SAID[zone.verdict] ?? []).includes(name) ? nuantu.number : nuantu.count)(zone[name]);

  const bound = (zone) => {
    const low = zone.share_certain;
    const high = zone.share_possible;
    if (nuantu.missing(low) || nuantu.missing(high)) return null;
    const bar = (share, look) => svg("rect", { x: 0, y: 4, width: `${(share * 100).toFixed(2)}%`, height: 12, ...look });
    const picture = svg("svg", { class: "bound", "aria-hidden": "true" }, bar(1, { class: "bound-all" }),
      bar(high, { fill: nuantu.fill("verdict", "unconfirmed") }), bar(low, { class: "bound-certain" }));
    return el("figure", { class: "bound-figure" },
      el("figcaption", {}, t("clearance.bound"), " ",
        el("b", {}, t("clearance.between", { low: percent(low, Math.floor), high: percent(high, Math.ceil) }))), picture);
  };
  // The bound is rounded outward, and to 100 % only where it is 100 %.
  const percent = (share, round) =>
    `${share === 1 ? 100 : Math.min(99.9, round(share * 1000) / 10)}%`;

  const dates = (zone) => [
    zone.effective_on && t("clearance.effective", { date: nuantu.date(zone.effective_on) }),
    zone.expires_on && t("clearance.until", { date: nuantu.date(zone.expires_on) }),
  ].filter(Boolean).join(" ");

  // What keeps a zone open, by reason and by village; homes whose place on the line is open come last.
  const { data, state } = nuantu;
  const doors = data.doors ? data.doors.id.map((id, n) => ({ n, id, code: data.doors.code[n], stop: data.doors.stop[n],
    zones: data.doors.zones[data.doors.zone[n]].split(" "), why: data.doors.whys[data.doors.why[n]] ?? "",
    checks: data.doors.checks[data.doors.check[n]].split(","), inside: data.doors.inside[n], clearance: data.doors.clearance[n] })) : [];
  const sayWhy = (why) => (data.why?.[why] ? say(data.why[why]) : term("clearance", why));
  const checksOf = (row) => row.checks.map((check) => say(data.door[check])).join(nuantu.language === "zh" ? "；" : "; ");
  const ofChoice = (row) => (!state.zone || row.zones.includes(state.zone)) && (!state.village || row.code === state.village) && nuantu.passesCode(row.code);
  const nameOf = (code) => (nuantu.village.has(code) ? nuantu.name(nuantu.village.get(code)) : nuantu.none);
  const plural = (rows) => t("legend.homes_n", { n: nuantu.number(rows.length) });

  // Reasons with their homes, those known to be not cleared first.
  const whysOf = (rows) => {
    const found = new Map();
    for (const row of rows.filter(({ inside }) => inside)) {
      const key = `${row.clearance === "not_cleared" ? 0 : 1}${row.why}`;
      found.set(key, [...(found.get(key) ?? []), row]);
    }
    return [...found.entries()].sort(([a, x], [b, y]) => a[0].localeCompare(b[0]) || y.length - x.length).map(([, homes]) => homes);
  };
  const todo = (zone) => {
    const mine = doors.filter(({ zones }) => zones.includes(zone.zone_id));
    if (!mine.length) return null;
    const line = mine.filter(({ inside }) => !inside);
    const item = (words, rows, kind) => el("li", { class: kind }, el("span", {}, words), el("b", {}, plural(rows)));
    return el("section", { class: "reasons todo" }, el("h3", {}, t("clearance.todo")),
      el("ul", {}, ...whysOf(mine).map((homes) => item(sayWhy(homes[0].why), homes, homes[0].clearance)),
        line.length ? item(t("clearance.line"), line, "unknown") : null));
  };

  const villagesOf = (zone) => (data.zone_villages ?? []).filter((row) => !zone || row.zone_id === zone);
  const villageRows = () => villagesOf(state.zone).filter((row) => nuantu.passesCode(row.code))
    .sort((a, b) => b.not_cleared - a.not_cleared || b.unknown - a.unknown || (a.code < b.code ? -1 : 1));
  // 已销号 n/m: a village is judged as its zone is, by its homes, findings and complaints.
  const struckOff = (rows) => t("clearance.struck_of", { n: nuantu.number(rows.filter(({ verdict }) => verdict === "cleared").length), all: nuantu.number(rows.length) });
  const byVillage = () => nuantu.rows(`${t("clearance.by_village")} · ${struckOff(villageRows())}`, [
    { words: t("table.village"), value: (row) => nameOf(row.code) },
    { words: t("table.verdict"), marked: true, value: (row) => term("village_verdict", row.verdict), cell: (row) => [nuantu.swatch.area("verdict", row.verdict), " ", term("village_verdict", row.verdict)] },
    { words: t("table.zone"), value: (row) => (nuantu.zone.has(row.zone_id) ? nuantu.zoneName(nuantu.zone.get(row.zone_id)) : row.zone_id), filed: true },
    { words: t("clearance.cleared_of"), value: (row) => `${nuantu.number(row.cleared)} / ${nuantu.number(row.inside)}`, number: true },
    { words: t("table.not_cleared"), value: (row) => row.not_cleared, number: true },
    { words: t("table.unknown"), value: (row) => row.unknown, number: true },
  ], villageRows(), { first: 12, key: (row) => row.code, chosen: (row) => row.code === state.village,
    pick: (row) => nuantu.set({ zone: row.zone_id, village: row.code === state.village ? "" : row.code, household: -1 }) });

  // One reason, or all homes of one state; what the choice no longer has is not asked for.
  const STATES = ["not_cleared", "unknown"];
  let wanted = "";
  const byDoor = () => {
    const mine = doors.filter(ofChoice);
    const whys = whysOf(mine);
    const ofState = (kind) => mine.filter(({ inside, clearance }) => inside && clearance === kind);
    if (!STATES.includes(wanted) && !whys.some(([{ why }]) => why === wanted)) wanted = "";
    const choice = el("select", { id: "door-why", change: (event) => { wanted = event.target.value; draw(); } },
      el("option", { value: "" }, t("clearance.every")),
      ...STATES.map((kind) => el("option", { value: kind, selected: wanted === kind }, `${t(`clearance.all_${kind}`)} · ${plural(ofState(kind))}`)),
      ...whys.map((homes) => el("option", { value: homes[0].why, selected: homes[0].why === wanted }, `${sayWhy(homes[0].why)} · ${plural(homes)}`)));
    const rows = STATES.includes(wanted) ? ofState(wanted) : mine.filter(({ why, inside }) => !wanted || (inside && why === wanted));
    return [el("label", { class: "colour-by", for: "door-why" }, t("clearance.reason"), choice),
      ...nuantu.rows(t("clearance.doors"), [
        { words: t("clearance.stop"), value: (row) => row.stop, number: true },
        { words: t("clearance.home"), value: (row) => row.id },
        ...(state.village ? [] : [{ words: t("table.village"), value: (row) => nameOf(row.code) }]),
        { words: t("table.verdict"), value: (row) => term("clearance", row.clearance), filed: true },
        { words: t("clearance.reason"), value: (row) => (row.inside ? sayWhy(row.why) : t("clearance.line")) },
        { words: t("clearance.check"), value: checksOf, filed: true },
      ], rows, { key: (row) => row.id, pick: (row) => nuantu.pickHome?.(row.id, row.code), chosen: (row) => state.household >= 0 && nuantu.points?.homes.idOf(state.household) === row.id }),
      el("p", { class: "note" }, t("clearance.walk"))];
  };
  const draw = () => {
    if (!doors.length && !data.zone_villages?.length) return;
    const slot = nuantu.show("doors", ...byVillage(), ...(state.zone || state.village ? byDoor() : [el("p", { class: "note" }, t("clearance.choose"))]));
    slot.hidden = false;
  };
  // Why a home keeps its zone open, and what to check there.
  nuantu.doorFacts = (id) => {
    const row = id && doors.find((one) => one.id === id);
    return row ? [nuantu.fact(t("clearance.reason"), row.inside ? sayWhy(row.why) : t("clearance.line")), nuantu.fact(t("clearance.check"), checksOf(row))] : [];
  };
  nuantu.doors = () => nuantu.on(["zone", "village", "lang", "household", "filter", "township"], draw);

  // How much of a village inside the zones is cleared, for its card on this page.
  nuantu.zoneFacts = (village) => (data.zone_villages ?? []).filter(({ code }) => code === village.code).map((row) =>
    nuantu.fact(nuantu.zone.has(row.zone_id) ? nuantu.zoneName(nuantu.zone.get(row.zone_id)) : row.zone_id, t("clearance.state", Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, typeof value === "number" ? nuantu.number(value) : value])))));

  nuantu.zoneCard = (zone, head) => [
    head(nuantu.zoneName(zone), dates(zone)),
    el("p", { class: "chips" }, nuantu.chip(term("verdict", zone.verdict), `verdict verdict-${zone.verdict}`)),
    bound(zone),
    el("div", { class: "figures thirds" },
      figure(t("clearance.cleared"), nuantu.zoneCount(zone, "cleared"), "main"),
      figure(t("clearance.not_cleared"), nuantu.zoneCount(zone, "not_cleared")),
      figure(t("clearance.unknown"), nuantu.zoneCount(zone, "unknown"))),
    todo(zone),
    zone.reasons.length ? el("section", { class: "reasons" }, el("h3", {}, t("clearance.why")),
      el("ul", {}, ...zone.reasons.map((reason) => el("li", {}, say(reason))))) : null,
    facts(
      villagesOf(zone.zone_id).length ? fact(t("clearance.struck"), struckOff(villagesOf(zone.zone_id))) : null,
      fact(t("clearance.inside"), t("legend.homes_n", { n: nuantu.zoneCount(zone, "inside") })),
      fact(t("clearance.undecidable"), t("legend.homes_n", { n: nuantu.zoneCount(zone, "undecidable") })),
      nuantu.missing(zone.coal_findings) ? null : fact(t("clearance.coal"), nuantu.number(zone.coal_findings)),
      nuantu.missing(zone.open_complaints) ? null : fact(t("clearance.complaints"), nuantu.number(zone.open_complaints)),
      zone.document_no && fact(t("card.document", { number: "" }).replace(/[:：]\s*$/, ""), zone.document_no)),
    el("p", { class: "note" }, t("clearance.missing")),
  ];
}
