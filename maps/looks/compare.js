// The plan beside scenarios: two maps that move together, what differs, and what each comes to.
{
  const { data, el, t, term, say, state, figure } = nuantu;
  const all = data.comparison?.scenarios ?? [];
  const chosen = () => all[state.scenario] ?? all[1];

  // A village under the scenario chosen; null where it is as in the plan.
  nuantu.sideOf = (village) => {
    const change = nuantu.change.get(village.code);
    const side = change?.sides[state.scenario];
    return side && nuantu.differing(change) ? side : null;
  };
  // "moved": homes of it go another way; "held": they would, and a ruling holds them; "": neither.
  nuantu.differing = (change) => {
    const side = change.sides[state.scenario];
    if (side.held) return "held";
    return side.moved || side.approach !== change.sides[0].approach ? "moved" : "";
  };
  const move = (change) => {
    const side = change.sides[state.scenario];
    if (side.held) return [change.sides[0].computed, side.computed];
    return side.move ? side.move.split(">") : [change.sides[0].approach, side.approach];
  };
  const arrow = ([a, b]) => t("compare.from_to", { a: term("approach", a), b: term("approach", b) });
  const moveKey = (change) => (nuantu.differing(change) ? move(change).join("_to_") : "");
  nuantu.moveOf = (village) => (nuantu.change.has(village.code) ? moveKey(nuantu.change.get(village.code)) : "");
  nuantu.moveSaid = (key) => arrow(key.split("_to_"));
  // Where nothing moves, what rulings hold back comes first.
  nuantu.listKind = () => state.list || (!chosen().changed && chosen().held ? "held" : "moved");
  const listed = (change) => nuantu.differing(change) === nuantu.listKind();
  nuantu.listed = (village) => nuantu.change.has(village.code) && listed(nuantu.change.get(village.code));
  nuantu.changed = () => (data.comparison?.changes ?? []).filter((change) => {
    const village = nuantu.village.get(change.code);
    return listed(change) && village && (!state.township || village.township_code === state.township) && nuantu.passes(village);
  });
  nuantu.moveOfChange = move;

  const captions = () => {
    for (const view of nuantu.views) {
      const caption = el("p", { class: "map-caption" });
      view.map.getContainer().append(caption);
      nuantu.on(["lang", "scenario"], () => { caption.textContent = say((view.options.theme === "a" ? all[0] : chosen()).name); });
    }
  };

  const together = () => {
    let busy = false;
    for (const view of nuantu.views) {
      view.map.on("move", () => {
        if (busy) return;
        busy = true;
        for (const other of nuantu.views) {
          if (other !== view) other.map.setView(view.map.getCenter(), view.map.getZoom(), { animate: false });
        }
        busy = false;
      });
    }
  };

  const homes = (n) => t("compare.unit_homes", { n: nuantu.number(n) });
  nuantu.changeFigures = (village) => {
    const change = nuantu.change.get(village.code);
    if (!change || !nuantu.sideOf(village)) return null;
    const [before, after] = [change.sides[0], change.sides[state.scenario]];
    const route = (side) => (side.parts.length ? t("compare.parts", { parts: side.parts.map(({ part, approach, pending }) =>
      `${term("part", part)} ${term("approach", approach)} ${homes(pending)}`).join(nuantu.language === "zh" ? "；" : "; ") }) : "");
    const said = [route(before), route(after)];
    return el("div", {},
      el("div", { class: "figures" },
        figure(t("compare.cost", { name: say(all[0].name) }), `${term("approach", before.approach)} ${nuantu.yuan(before.cost_cny_a)}`),
        figure(t("compare.cost", { name: say(chosen().name) }), `${term("approach", after.approach)} ${nuantu.yuan(after.cost_cny_a)}`, "main")),
      el("p", { class: "chips" }, after.held
        ? nuantu.chip(t("compare.held_after", { held: term("approach", after.approach), found: term("approach", after.computed) }), "muted")
        : nuantu.chip([arrow(move(change)), t("compare.moved_homes", { n: nuantu.number(after.moved) })].join(" · "), "status")),
      ...said.filter((words, n) => words && said.indexOf(words) === n).map((words) => el("p", { class: "note" }, words)),
      el("h3", { class: "why" }, t(after.held ? "compare.why_held" : "compare.why")),
      el("p", {}, say(after.reason), " ", after.clause ? el("span", { class: "basis" }, t("card.basis", { clause: after.clause })) : null));
  };

  // Each total: its group, unit and how it is written.
  const UNITS = { cny: nuantu.wan, kva: (n) => t("compare.unit_kva", { n: nuantu.number(n) }), t: (n) => t("compare.unit_t", { n: nuantu.number(n) }),
    kw: (n) => t("compare.unit_kw", { n: nuantu.number(n) }), m: nuantu.metres, villages: (n) => t("legend.villages_n", { n: nuantu.number(n) }),
    count: (n) => t("compare.unit_count", { n: nuantu.number(n) }), homes };
  const GROUPS = {
    capital: ["capital_cny", "household_cny", "county_cny", "company_cny", "grid_cny"],
    year: ["cost_cny_a", "own_cny_a", "running_subsidy_cny_a"],
    waiting: ["waiting_villages", "waiting_homes"],
    grid: ["added_kva", "overloaded", "grid_works", "grid_verify", "grid_kva"],
    heat: ["heat_works", "heat_kw", "mains_m"],
    coal: ["coal_avoided_t_a", "co2_avoided_t_a"],
  };
  const unitOf = (name) => (name.includes("_cny") ? "cny" : name.endsWith("_t_a") ? "t" : (/_(kva|kw|m|homes|villages)$/.exec(name)?.[1] ?? "count"));
  const signed = (n, write) => (n > 0 ? `+${write(n)}` : n < 0 ? `−${write(-n)}` : write(0));
  const routes = () => Object.keys(data.looks.approach).filter((route) => all.some(({ pending }) => pending[route]));
  const lines = () => [
    ...routes().map((route) => ({ group: "homes", words: term("approach", route), unit: "homes", of: (one) => ({ amount: one.pending[route] ?? 0, left_out: 0 }) })),
    ...Object.entries(GROUPS).flatMap(([group, names]) => names.filter((name) => all.some((one) => !nuantu.missing(one.totals[name].amount) || one.totals[name].left_out))
      .map((name) => ({ group, words: t(`compare.${name}`), unit: unitOf(name), of: (one) => one.totals[name] }))),
  ].map((line, n, every) => ({ ...line, first: every[n - 1]?.group !== line.group }));
  // Sums over different homes are not subtracted from each other.
  const comparable = (one, other) => one.left_out === other.left_out;
  const cell = (line, one) => {
    const { amount, left_out: left } = line.of(one);
    const base = line.of(all[0]).amount;
    const write = UNITS[line.unit];
    return el("span", {}, el("b", {}, nuantu.missing(amount) ? nuantu.none : write(amount)),
      one === all[0] || nuantu.missing(amount) || nuantu.missing(base) ? null
        : comparable(line.of(one), line.of(all[0])) ? Math.round(amount) === Math.round(base) ? null : el("span", { class: "line against" }, signed(amount - base, write))
          : el("span", { class: "line against" }, t("compare.other_homes")),
      left ? el("span", { class: "line faint" }, t("compare.left_out", { n: nuantu.number(left) })) : null);
  };
  const totals = () => nuantu.rows(t("compare.all_title"), [
    { words: t("compare.item"), value: (line) => `${t(`compare.group_${line.group}`)} · ${line.words}`,
      cell: (line) => el("span", {}, line.first ? el("span", { class: "line faint" }, t(`compare.group_${line.group}`)) : null, line.words) },
    ...all.map((one) => ({ words: say(one.name), number: true, value: (line) => line.of(one).amount, cell: (line) => cell(line, one) })),
    ...all.map((one) => ({ words: `${say(one.name)} ${t("compare.left_out", { n: "" }).trim()}`, filed: true, value: (line) => line.of(one).left_out })),
  ], lines());
  const parameters = () => nuantu.rows(t("compare.parameters"), [
    { words: t("compare.parameter"), value: (row) => say(row.name) },
    ...all.map((one, n) => ({ words: say(one.name), value: (row) => say(row.values[n]),
      cell: (row) => (say(row.values[n]) === say(row.values[0]) ? say(row.values[n]) : el("b", {}, say(row.values[n]))) })),
  ], data.comparison.parameters);

  // What a scenario changes, what that does, and what it comes to: the card that chooses it.
  const tell = (one, n) => {
    const own = data.comparison.parameters.filter((row) => say(row.values[n]) !== say(row.values[0]));
    const deltas = ["capital_cny", "cost_cny_a", "waiting_homes", "added_kva", "overloaded", "coal_avoided_t_a"].filter((name) => comparable(one.totals[name], all[0].totals[name]))
      .map((name) => [name, all[0].totals[name].amount, one.totals[name].amount])
      .filter(([, before, after]) => !nuantu.missing(before) && !nuantu.missing(after) && Math.round(before) !== Math.round(after));
    return el("button", { type: "button", class: "scenario", "aria-pressed": String(n === state.scenario), "data-scenario": String(n), click: () => nuantu.set({ scenario: n, list: "" }) },
      el("b", { class: "scenario-name" }, say(one.name)),
      ...own.slice(0, 4).map((row) => el("span", { class: "line faint" }, t("compare.value", { name: say(row.name), before: say(row.values[0]), after: say(row.values[n]) }))),
      el("span", { class: "line" }, one.changed ? t("compare.changes", { villages: nuantu.number(one.changed), homes: nuantu.number(one.moved) }) : t("compare.changes_none")),
      one.held ? el("span", { class: "line faint" }, t("compare.held_n", { n: nuantu.number(one.held) })) : null,
      ...deltas.map(([name, before, after]) => el("span", { class: "line delta" }, el("span", {}, deltaName(name)), el("b", {}, signed(after - before, UNITS[unitOf(name)])))));
  };
  const deltaName = (name) => `${t(`compare.group_${Object.keys(GROUPS).find((group) => GROUPS[group].includes(name))}`)} · ${t(`compare.${name}`)}`;

  const tabs = () => {
    const of = (kind) => data.comparison.changes.filter((change) => nuantu.differing(change) === kind);
    const one = chosen();
    const tab = (name, words, n, more) => el("button", { type: "button", class: "tab", "aria-pressed": String(nuantu.listKind() === name), "data-list": name,
      click: () => nuantu.set({ list: name }) }, el("b", {}, words), el("span", {}, [t("legend.villages_n", { n: nuantu.number(n) }), more].filter(Boolean).join(" · ")));
    return [tab("moved", t("compare.moving"), of("moved").length, homes(one.moved)), tab("held", t("compare.held"), of("held").length, ""),
      el("p", { class: "note moves" }, one.moves.map((row) => t("compare.move", { a: term("approach", row.before), b: term("approach", row.after), homes: nuantu.number(row.homes), villages: nuantu.number(row.villages) })).join(nuantu.language === "zh" ? "；" : "; "))];
  };

  nuantu.compare = () => {
    if (nuantu.views.length) {
      captions();
      together();
    }
    nuantu.on(["lang", "scenario"], () => {
      const focus = document.activeElement?.dataset?.scenario;
      nuantu.show("scenarios", ...all.slice(1).map((one, n) => tell(one, n + 1)));
      if (focus) nuantu.slot("scenarios").querySelector(`[data-scenario="${focus}"]`)?.focus();
    });
    nuantu.on(["lang", "scenario", "list"], () => nuantu.show("moves", ...tabs()));
    nuantu.on(["lang"], () => {
      nuantu.show("totals", ...totals(), el("p", { class: "note" }, t("compare.note")));
      nuantu.show("parameters", ...parameters());
    });
  };
}
