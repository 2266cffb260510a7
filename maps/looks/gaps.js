// The coverage gaps of the page: which are shown, what they are called, which is chosen.
{
  const { data, term, state, el, t } = nuantu;

  // Three lists: what no route covers, what waits for works that are to be scheduled, and villages
  // without data. Single homes are told together until they are asked for.
  const LISTS = { uncovered: (gap) => gap.kind !== "headroom", works: (gap) => gap.kind === "headroom" };
  const isSingle = (gap) => gap.households === 1;
  nuantu.singleGap = isSingle;
  const inList = (gap) => (LISTS[state.list] ?? (() => state.list !== "no_data"))(gap);
  nuantu.gapShown = (gap) => inList(gap) && nuantu.passesCode(gap.village_code) && !state.off.has(`gaps.${gap.kind}`) && (!isSingle(gap) || state.singles || gap.gap_id === state.gap);

  const without = () => data.villages.filter(({ approach, code }) => approach === "no_data" && nuantu.passesCode(code));
  const tab = (name, words, n, homes) => {
    // To the public nothing listed is not nothing there.
    const told = [data.kind === "public" && !n ? "" : t(name === "no_data" ? "legend.villages_n" : "table.n_gaps", { n: nuantu.number(n) }), nuantu.missing(homes) ? "" : t("legend.homes_n", { n: nuantu.number(homes) })];
    return el("button", { type: "button", class: "tab", "aria-pressed": String(state.list === name), "data-list": name,
      click: () => nuantu.set({ list: state.list === name ? "" : name }) }, el("b", {}, words), el("span", {}, told.filter(Boolean).join(" · ")));
  };
  // What a list of single homes costs by the cheapest way, and what the next best would.
  const together = (gaps) => {
    const known = gaps.filter(({ cost_cny: cost }) => !nuantu.missing(cost));
    const ways = [...new Set(known.map(({ asset }) => asset))].map((asset) => {
      const mine = known.filter((gap) => gap.asset === asset);
      const others = mine.filter(({ other_cost_cny: cost }) => !nuantu.missing(cost));
      const instead = others.length === mine.length && mine.length
        ? t("gaps.instead", { asset: [...new Set(others.map((gap) => term("asset", gap.other_asset)))].join("、"), cost: nuantu.wan(nuantu.sum(others, "other_cost_cny")) }) : "";
      return `${t("gaps.single_way", { n: nuantu.number(mine.length), asset: term("asset", asset), cost: nuantu.wan(nuantu.sum(mine, "cost_cny")) })}${instead}`;
    });
    const rest = gaps.length - known.length;
    return [...ways, rest ? t("gaps.single_rest", { n: nuantu.number(rest) }) : ""].filter(Boolean).join(nuantu.language === "zh" ? "；" : "; ");
  };
  const singlesInList = () => data.gaps.filter((gap) => inList(gap) && isSingle(gap) && nuantu.passesCode(gap.village_code));
  const singles = () => {
    const mine = singlesInList();
    if (!mine.length) return null;
    return el("section", { class: "singles" },
      el("button", { type: "button", class: "plain-button", "aria-pressed": String(state.singles), click: () => nuantu.set({ singles: !state.singles }) },
        t(state.singles ? "gaps.single_hide" : "gaps.single_show", { n: nuantu.number(mine.length) })),
      data.kind === "planner" ? el("p", { class: "note" }, together(mine)) : null);
  };
  // By what the gaps are numbered, and which numbers the list leaves out.
  nuantu.gapOrder = () => {
    const hidden = !state.singles && singlesInList().length > 0;
    return [t(`gaps.order_${data.kind}`), hidden ? t("gaps.order_singles") : ""].filter(Boolean).join(nuantu.language === "zh" ? "" : " ");
  };
  const noData = () => (state.list && state.list !== "no_data" ? [] : nuantu.rows(t("gaps.no_data"), [
    { words: t("table.village"), value: nuantu.name }, { words: t("table.township"), value: nuantu.townshipOf },
    { words: t("take.reason"), value: (row) => nuantu.say(row.reason) },
  ], without(), { first: 12, pick: (row) => nuantu.select("village", row.code), key: (row) => row.code, chosen: (row) => row.code === state.village }));
  nuantu.gapLists = () => nuantu.on(["list", "singles", "lang", "village", "filter", "township"], () => {
    const of = (name) => data.gaps.filter((gap) => LISTS[name](gap) && nuantu.passesCode(gap.village_code));
    nuantu.show("tabs", ...["uncovered", "works"].map((name) => tab(name, t(`gaps.${name}`), of(name).length, data.kind === "planner" ? nuantu.sum(of(name), "households") ?? 0 : null)),
      data.kind === "public" && !without().length && state.list !== "no_data" ? null : tab("no_data", t("gaps.no_data"), without().length, null), singles());
    nuantu.show("lacking", ...(without().length ? noData() : state.list === "no_data" && data.kind === "planner" ? [el("p", { class: "note" }, t("gaps.all_data"))] : []));
  });

  nuantu.gapOptions = (view) => ({
    pane: "gaps",
    leaders: "leaders",
    ink: data.looks.line.selected.ink,
    shown: nuantu.gapShown,
    chosen: (gap) => gap.gap_id === state.gap,
    tell: (gap, at) => (gap ? nuantu.tip(view, at, nuantu.placeOf(gap), term("gap_kind", gap.kind)) : nuantu.tip(view, null)),
    pick: (gap) => nuantu.select("gap", gap.gap_id),
    drawn: (boxes) => { view.obstacles = boxes; },
  });
}
