// The month slider, the targets of each unit, and a village's months.
{
  const { data, el, t, say, state } = nuantu;

  const monthName = (n) => {
    if (n === data.months.length - 1) return t("progress.month_now", { date: nuantu.date(data.as_of) });
    return t("progress.month_end", { month: nuantu.month(data.months[n]) });
  };

  nuantu.slider = () => {
    const range = nuantu.slot("month");
    if (!range || !data.months.length) return;
    range.max = data.months.length - 1;
    range.addEventListener("input", () => nuantu.set({ month: Number(range.value) }));
    nuantu.on(["lang"], () => nuantu.show("months", ...data.months.map((month) =>
      el("span", {}, nuantu.monthMark(month)))));
    nuantu.on(["month", "lang"], () => {
      range.value = state.month;
      range.setAttribute("aria-valuetext", monthName(state.month));
      nuantu.slot("month-name").textContent = monthName(state.month);
    });
  };

  // Why the completions of a village are unknown: what is told of its township.
  const groundOf = (village) => say(data.targets.find((unit) =>
    unit.unit_code === village.township_code && nuantu.missing(unit.completed))?.note);
  const unknownMonths = (village) => el("p", { class: "note" },
    [t("card.no_months"), groundOf(village)].filter(Boolean).join(nuantu.language === "zh" ? "：" : ": "));

  const bars = (village) => {
    if (village.months.every(nuantu.missing)) return village.merged ? null : unknownMonths(village);
    const values = village.months.map((value) => value ?? 0);
    const most = Math.max(village.batch ?? 0, ...values, 1);
    return el("figure", { class: "months" },
      el("figcaption", {}, t("card.months")),
      el("ol", {}, ...values.map((value, n) => {
        const column = el("i", { class: n === state.month ? "now" : "" });
        column.style.height = `${Math.max(2, (value / most) * 44).toFixed(1)}px`;
        return el("li", {}, el("b", {}, nuantu.number(village.months[n])), column,
          el("span", {}, nuantu.monthMark(data.months[n])));
      })));
  };
  nuantu.monthBars = (village) => (data.page === "progress" && village.batch ? bars(village) : null);

  // Homes accepted in a unit, by its own mode, by the end of the month chosen.
  const doneIn = (unit) => (data.months.length ? unit.months[state.month] ?? null : unit.completed);

  const outlook = (unit) => {
    if (nuantu.missing(unit.target)) return t("progress.no_target");
    if (nuantu.missing(unit.remaining)) return say(unit.note) || t("progress.few");
    if (unit.remaining <= 0) return t("progress.met");
    const parts = [t("progress.left", { n: nuantu.number(unit.remaining) })];
    if (!nuantu.missing(unit.rate_needed)) parts.push(t("progress.need", { n: nuantu.number(Math.ceil(unit.rate_needed)) }));
    if (!nuantu.missing(unit.forecast_low) && !nuantu.missing(unit.forecast_high)) {
      parts.push(t("progress.expected", { low: nuantu.number(unit.forecast_low), high: nuantu.number(unit.forecast_high) }));
    }
    return [...parts, say(unit.note)].filter(Boolean).join(" · ");
  };

  nuantu.unitRow = (unit) => {
    const done = doneIn(unit);
    const share = unit.target ? done / unit.target : 0;
    const many = data.targets.some((other) => other.mode !== unit.mode && !nuantu.missing(other.target));
    return el("li", { class: "unit", "data-unit": `${unit.unit_code} ${unit.mode}` },
      el("div", { class: "unit-head" }, unitName(unit), many ? nuantu.chip(nuantu.term("approach", unit.mode), "muted") : null,
        el("span", { class: "unit-count" }, t("progress.of_target",
          { done: nuantu.number(done), target: nuantu.number(unit.target) })),
        el("b", { class: "unit-share" }, nuantu.share(done, unit.target))),
      nuantu.missing(done) ? null : nuantu.meter(share),
      el("p", {}, outlook(unit)),
      unit.reported ? el("p", {}, t("progress.reported", { n: nuantu.number(unit.reported) })) : null);
  };

  const modesOf = (unit) => nuantu.name({ ...nuantu.township.get(unit.unit_code), unit: unit.unit }, "unit");

  // A township that is chosen is shown alone; chosen again, all are.
  const unitName = (unit) => (nuantu.township.has(unit.unit_code)
    ? el("button", { type: "button", class: "unit-button", "aria-pressed": String(state.township === unit.unit_code),
      click: () => nuantu.chooseTownship(unit.unit_code) }, modesOf(unit)) : el("b", {}, modesOf(unit)));
  nuantu.chooseTownship = (code) => {
    const off = state.township === code;
    nuantu.set({ township: off ? "" : code });
    if (off) nuantu.views.forEach(nuantu.whole);
  };

  // A share of the task is that of the units and modes that have a target; what else was accepted
  // is told beside it.
  nuantu.aimed = () => data.targets.filter((unit) => !nuantu.missing(unit.target));
  nuantu.beyond = () => data.targets.filter((unit) => nuantu.missing(unit.target) && doneIn(unit) > 0);

  // How much of this year's batch is a draft; to the public no draft is told.
  nuantu.draftNote = () => {
    const drafts = data.targets.filter((unit) => unit.batch_draft);
    if (!drafts.length) return null;
    const words = data.kind === "public" ? t("progress.draft_open")
      : t("progress.draft", { n: nuantu.number(nuantu.sum(drafts, "batch")) });
    return el("p", { class: "note" }, words);
  };

  // Units with a target, each with its bar; what else was accepted is told in one line.
  // The township furthest behind comes first: by its share, then by what is left.
  const behind = (unit) => (nuantu.missing(doneIn(unit)) || !unit.target ? Infinity : doneIn(unit) / unit.target);
  nuantu.byLag = (units) => [...units].sort((a, b) => {
    const [x, y] = [behind(a), behind(b)];
    return (x === y ? 0 : x - y) || (b.remaining ?? 0) - (a.remaining ?? 0);
  });
  nuantu.unitRows = () => {
    const aimed = nuantu.byLag(nuantu.aimed());
    const beyond = nuantu.beyond();
    return [
      el("ul", { class: "units" }, ...aimed.map(nuantu.unitRow)),
      nuantu.draftNote(),
      say(data.missing) ? el("p", { class: "note" }, say(data.missing)) : null,
      beyond.length ? el("p", { class: "note" }, t("progress.beyond"), " ", beyond.map((unit) =>
        `${modesOf(unit)} ${nuantu.term("approach", unit.mode)} ${nuantu.number(doneIn(unit))}`).join(" · ")) : null,
    ];
  };

  nuantu.units = () => nuantu.on(["month", "lang", "township"], () =>
    nuantu.show("units", el("h2", {}, t("table.units")), ...nuantu.unitRows(),
      el("p", { class: "note" }, t("progress.at_now"))));
}
