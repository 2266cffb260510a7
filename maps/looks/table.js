// The same facts as a table: sortable, linked both ways, one stop for the Tab key.
{
  const { data, el, t, term, state, swatch } = nuantu;
  const FIRST = 24;
  const text = (value) => ({ sort: value, cell: value });
  const numbered = (make) => Object.assign(make, { numeric: true });
  const count = (value) => ({ sort: value, cell: nuantu.number(value), kind: "number" });
  // A count that is rounded in the public edition.
  const blurred = (value) => ({ ...count(value), cell: nuantu.count(value) });
  const area = (look, key, label) => ({ sort: label, cell: [swatch.area(look, key), " ", label], kind: "marked" });
  const routed = (route) => area("approach", route, term("approach", route));
  const bar = (part, whole, most = 1) => ({ kind: "number share",
    sort: nuantu.missing(part) || !whole ? null : part / whole,
    cell: [nuantu.missing(part) || !whole ? null : nuantu.meter(part / whole, most), nuantu.share(part, whole)] });

  // A bar as long as its share of `most`; where that is more than the whole, a mark stands at the whole.
  nuantu.meter = (share, most = 1) => {
    const percent = (part) => `${Math.max(0, Math.min(100, (part / most) * 100)).toFixed(1)}%`;
    const inner = el("i", { class: share > 1 && most > 1 ? "over" : "" });
    inner.style.width = percent(share);
    const mark = most > 1 ? el("b", {}) : null;
    if (mark) mark.style.left = percent(1);
    return el("span", { class: "meter", "aria-hidden": "true" }, inner, mark);
  };
  const mostLoaded = Math.max(1, ...(data.loads ?? []).map((row) => row.load_share ?? 0));
  const doneBy = (village) => (village.months ? village.months[state.month] ?? null : village.completed);
  // Of this year's task: who else was accepted is no part of it.
  nuantu.ofTask = (village) => (village.batch_months ? village.batch_months[state.month] ?? null : village.batch_done);

  // Columns of villages that show more than their value, and the columns of the other tables.
  const COLUMNS = {
    name: (row) => ({ sort: row.initials || row.name, cell: nuantu.counted(row) }),
    township: (row) => text(nuantu.townshipBriefly(row)),
    approach: (row) => ({ sort: nuantu.routeOf(row), cell: [swatch.area(...nuantu.routeFill(row)), " ", nuantu.routeOf(row)], kind: "marked" }),
    pending: numbered((row) => ({ ...count(row.pending), cell: nuantu.pendingOf(row) })),
    batch: numbered((row) => (row.batch_draft && row.batch
      ? { ...count(row.batch), value: row.batch, cell: [nuantu.number(row.batch), " ", nuantu.chip(t("progress.draft_mark"), "muted")] }
      : count(row.batch))),
    batch_done: numbered((row) => count(nuantu.ofTask(row))),
    completed: numbered((row) => count(doneBy(row))),
    late: numbered((row) => count(row.late)),
    stock: numbered((row) => count(row.stock)),
    heating_homes: (row) => text(nuantu.joined((row.heating_homes ?? []).map(({ kind }) => term("heating", kind)))),
    counted_with: (row) => text(nuantu.joined((row.counted_with ?? []).map((code) => nuantu.village.get(code)?.name ?? code))),
    share: numbered((row) => bar(nuantu.ofTask(row), row.batch)),
    rank: numbered((row) => count(row.rank)),
    gap_village: (row) => text(nuantu.placeOf(row)),
    kind: (row) => ({ sort: term("gap_kind", row.kind), cell: [swatch.mark(row.kind), " ", term("gap_kind", row.kind)], kind: "marked" }),
    way: (row) => ({ ...text(nuantu.assetOf(row)), kind: "wraps" }),
    gap_cost: numbered((row) => count(row.cost_cny)),
    zone: (row) => text(nuantu.zoneName(row)),
    verdict: (row) => area("verdict", row.verdict, term("verdict", row.verdict)),
    inside: numbered((row) => blurred(row.inside)),
    not_cleared: numbered((row) => ({ ...count(row.not_cleared), cell: nuantu.zoneCount(row, "not_cleared") })),
    unknown: numbered((row) => ({ ...count(row.unknown), cell: nuantu.zoneCount(row, "unknown") })),
    main: (row) => text(nuantu.mainName(row)),
    dn: numbered((row) => ({ ...count(row.dn_mm), cell: nuantu.mainSize(row) })),
    metres: numbered((row) => count(row.length_m)),
    density: numbered((row) => ({ sort: row.mwh_per_m_a, cell: nuantu.hundredths(row.mwh_per_m_a), kind: "number" })),
    capital: numbered((row) => ({ sort: row.capital_cny, value: row.capital_cny, cell: nuantu.wan(row.capital_cny), kind: "number" })),
    station: (row) => ({ sort: row.transformer_id, cell: [swatch.shape(`load_${row.total_state}`), "\u00a0", row.transformer_id], kind: "marked" }),
    load_village: (row) => text(nuantu.village.has(row.village_code) ? nuantu.name(nuantu.village.get(row.village_code)) : row.village ?? nuantu.none),
    load_share: numbered((row) => bar(row.load_share, 1, mostLoaded)),
    change_village: (row) => text(nuantu.name(nuantu.village.get(row.code) ?? { name: row.code })),
    before: (row) => routed(nuantu.moveOfChange(row)[0]),
    after: (row) => routed(nuantu.moveOfChange(row)[1]),
    moved: numbered((row) => count(row.sides[state.scenario].held ? null : row.sides[state.scenario].moved)),
  };
  const own = (object, key) => (Object.hasOwn(object, key) ? object[key] : null);
  // Any other column of villages, by what is declared of it.
  const declared = (name) => (row) => {
    const column = data.columns[name];
    const said = nuantu.said(column, row[name]);
    if (!nuantu.numeric(column)) return { sort: (column.kind === "date" ? row[name] : said) || null, cell: said || nuantu.none, kind: column.kind === "words" ? "wraps" : "" };
    return { sort: row[name] ?? null, cell: said || nuantu.none, kind: "number", ...(column.kind === "number" ? { value: row[name] } : {}) };
  };
  const cellOf = (column) => own(COLUMNS, column) ?? declared(column);
  const numeric = (column) => (own(COLUMNS, column) ? COLUMNS[column].numeric : nuantu.numeric(data.columns[column]));
  const HEADINGS = {
    load_village: () => t("table.village"), gap_village: () => t("table.village"), change_village: () => t("table.village"),
    before: () => t("table.route_before"), after: () => t(nuantu.listKind() === "held" ? "table.route_found" : "table.route_after"),
  };
  const heading = (column) => own(HEADINGS, column)?.() ?? (own(data.columns, column) ? nuantu.headed(data.columns[column]) : t(`table.${column}`));

  const inTownship = (row) => !state.township || row.township_code === state.township;
  const visibleVillage = (row) => inTownship(row) && nuantu.passes(row) && nuantu.shown(nuantu.theme(), row);
  const SOURCES = {
    villages: { rows: () => data.villages.filter(visibleVillage), kind: "village", id: "code" },
    gaps: { rows: () => data.gaps.filter(nuantu.gapShown), kind: "gap", id: "gap_id" },
    loads: { rows: () => data.loads.filter((row) => !state.off.has(`loads.load_${row.total_state}`) && nuantu.passesCode(row.village_code)), kind: "load", id: "transformer_id" },
    mains: { rows: () => data.growth.mains.filter(({ villages }) => nuantu.passesAny(villages)), kind: "main", id: "branch_id" },
    zones: { rows: () => data.zones, kind: "zone", id: "zone_id" },
    changes: { rows: () => nuantu.changed(), kind: "village", id: "code" },
  };
  nuantu.theme = () => {
    const theme = data.theme;
    return nuantu.classOf[theme] ? theme : "approach";
  };

  let collator = null; // made when words are first sorted by
  const compare = (a, b) => {
    if (nuantu.missing(a)) return nuantu.missing(b) ? 0 : 1;
    if (nuantu.missing(b)) return -1;
    return typeof a === "number" ? a - b : (collator ??= new Intl.Collator("zh-CN", { numeric: true })).compare(a, b);
  };

  // Villages filtered by what they cost have that beside them.
  const columnsOf = ({ columns, source }) => (source === "villages" && state.filter.cost && own(data.columns, "cost_cny_a") && !columns.includes("cost_cny_a")
    ? [...columns, "cost_cny_a"] : columns);
  // A link may name a column that the table does not have.
  const sortOf = (table) => (columnsOf(table).includes(state.sort.replace(/^-/, "")) ? state.sort : table.sort || "");
  const sorted = (table) => {
    const rows = SOURCES[table.source].rows();
    const sort = sortOf(table);
    const column = sort.replace(/^-/, "");
    if (!column) return rows;
    const sign = sort.startsWith("-") ? -1 : 1;
    const keyed = rows.map((row) => ({ row, key: cellOf(column)(row).sort }));
    keyed.sort((a, b) => (nuantu.missing(a.key) || nuantu.missing(b.key) ? compare(a.key, b.key) : sign * compare(a.key, b.key)));
    return keyed.map(({ row }) => row);
  };

  // On paper a heading is words alone: a browser repeats no row with a button on the next page.
  const headCell = (column, sort, paper) => {
    const order = { [column]: "ascending", [`-${column}`]: "descending" }[sort] ?? "none";
    const kind = numeric(column) ? "number" : "";
    return el("th", { scope: "col", "aria-sort": order, class: kind }, paper ? heading(column) : el("button", { type: "button", "data-sort": column, "aria-label": t("table.sort_by", { column: heading(column) }),
        click: () => nuantu.set({ sort: numeric(column) ? toggleFrom(`-${column}`, column) : toggleFrom(column, `-${column}`) }) },
        heading(column), el("span", { class: "arrow", "aria-hidden": "true" }, { ascending: "▲", descending: "▼" }[order] ?? "")));
  };
  const toggleFrom = (first, second) => (state.sort === first ? second : state.sort === second ? "" : first);

  const chosenId = (kind) => state[kind];

  const bodyRow = (table, row) => {
    const { kind, id } = SOURCES[table.source];
    const chosen = chosenId(kind) === row[id];
    const cells = columnsOf(table).map((column, n) => {
      const made = cellOf(column)(row);
      if (n !== table.lead) return el("td", { class: made.kind ?? "" }, ...[made.cell].flat());
      return el("th", { scope: "row" }, el("button", { type: "button", tabindex: -1, class: "row-button",
        "aria-pressed": String(chosen) }, ...[made.cell].flat()));
    });
    return el("tr", { class: chosen ? "chosen" : "", "data-id": row[id], click: () => nuantu.select(kind, row[id]) }, ...cells);
  };

  const rove = (body, button) => {
    for (const other of body.querySelectorAll(".row-button[tabindex='0']")) other.tabIndex = -1;
    if (button) button.tabIndex = 0;
  };

  const pressed = (body) => (event) => {
    const buttons = [...body.querySelectorAll(".row-button")];
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const button = buttons[Math.max(0, Math.min(buttons.length - 1, to))];
    rove(body, button);
    button.focus();
  };

  const mark = (table, body) => {
    const { kind } = SOURCES[table.source];
    let chosen = null;
    for (const row of body.rows) {
      const is = row.dataset.id === chosenId(kind) && chosenId(kind) !== "";
      if (is) chosen = row;
      if (is === row.classList.contains("chosen")) continue; // rows that stay are not touched: there may be hundreds
      row.classList.toggle("chosen", is);
      row.querySelector(".row-button").setAttribute("aria-pressed", String(is));
    }
    rove(body, (chosen ?? body.rows[0])?.querySelector(".row-button"));
    const list = body.closest(".list");
    if (!chosen || list.contains(document.activeElement) || nuantu.narrow()) return;
    requestAnimationFrame(() => setTimeout(() => { // after the frame: the card does not wait for it
      if (chosen.isConnected) list.scrollTop = chosen.offsetTop - list.clientHeight / 2;
    }));
  };

  // What the files of a table have: its columns, for villages also the others of the page that say something.
  const plain = (made) => {
    const words = el("span", {}, ...[made.cell].flat().filter((part) => !(part instanceof Element && part.matches("svg, .meter")))).textContent.trim();
    if (typeof made.value === "number" || (typeof made.sort === "number" && nuantu.number(made.sort) === words)) return made.value ?? made.sort;
    return words === nuantu.none ? null : words;
  };
  const FILED = {
    villages: (table) => [[t("take.full"), (row) => row.full ?? row.name], ...Object.entries(data.columns)
      .filter(([name, { kind }]) => !columnsOf(table).includes(name) && (kind !== "list" || own(COLUMNS, name)))
      .map(([name]) => [heading(name), (row) => plain(cellOf(name)(row)), name])
      .filter(([, , name]) => data.villages.some((row) => row[name] !== false && !nuantu.missing(cellOf(name)(row).sort) && cellOf(name)(row).sort !== ""))],
    gaps: () => [[t("table.per_home"), (row) => row.cost_per_household_cny], [t("gaps.other"), (row) => nuantu.term("asset", row.other_asset)], [t("gaps.other_cost"), (row) => row.other_cost_cny], [t("gaps.unit"), (row) => row.unit], [t("take.reason"), (row) => nuantu.say(row.reason)], [t("take.clause"), (row) => row.clause]],
    zones: () => [[t("clearance.cleared"), (row) => plain({ sort: row.cleared, cell: nuantu.zoneCount(row, "cleared") })],
      [t("clearance.why"), (row) => row.reasons.map(nuantu.say).join(nuantu.language === "zh" ? "；" : "; ")]],
    loads: () => [[t("table.capacity"), (row) => row.capacity_kva], [t("table.load_now"), (row) => row.base_kva], [t("table.load_year"), (row) => row.year_total_kva],
      [t("table.load_all"), (row) => row.total_kva], [t("table.load_state"), nuantu.loadState], [t("table.load_works"), (row) => nuantu.loadWorks(row) || null],
      [t("loads.works_kva"), (row) => row.works_kva],
      [t("loads.after_kva"), (row) => (nuantu.missing(row.works_kva) || nuantu.missing(row.capacity_kva) ? null : row.capacity_kva + row.works_kva)], [t("loads.works_cny"), (row) => row.works_cny], [t("loads.works_on"), (row) => row.works_on || null]],
    mains: () => [], changes: () => [[t("table.township"), (row) => nuantu.village.get(row.code)?.township ?? null], [t("take.code"), (row) => row.code],
      [t("take.scenario"), () => nuantu.say(data.comparison.scenarios[state.scenario].name)],
      [t("take.reason"), (row) => nuantu.say(row.sides[state.scenario].reason)], [t("take.clause"), (row) => row.sides[state.scenario].clause],
      [t("card.flip"), (row) => nuantu.say(nuantu.village.get(row.code)?.flip) || null]],
  };
  // Why the public is told no value: there is none, it does not apply, or too few homes stand behind it.
  const OF_TASK = new Set(["batch", "share"]);
  const OF_ROUTE = new Set(["device", "cost_cny_a", "own_cny_a", "subsidy_cny_a", "bill_cny_a", "bill_subsidy_cny_a", "runner_up", "runner_up_cost_cny_a"]);
  const MONEY = new Set([...OF_ROUTE].filter((name) => name.endsWith("_cny_a")));
  const blankOf = (source, row, name) => {
    if (source !== "villages") return t("take.withheld");
    if (row.merged && nuantu.numeric(data.columns[name] ?? {})) return nuantu.together(row);
    if (OF_TASK.has(name)) return t(nuantu.unlisted(row) ? "card.no_list" : "card.no_batch");
    if (OF_ROUTE.has(name) && nuantu.routeless.has(row.approach)) return t("take.not_applicable");
    if (name === "runner_up" || (name === "runner_up_cost_cny_a" && !row.runner_up)) return t("card.no_second");
    if (MONEY.has(name)) return t("take.withheld");
    if (name === "heating_homes") return t("take.not_applicable");
    if (name === "document_no") return t("take.none");
    return t(data.columns[name] && nuantu.numeric(data.columns[name]) ? "take.withheld" : "take.none_or_few");
  };
  const DRAWN = { villages: ["villages", "code", "code"], changes: ["villages", "code", "code"], zones: ["zones", "zone_id", "zone_id"], mains: ["mains", "branch_id", "branch_id"] };
  const shapesOf = (source, rows) => {
    if (source === "loads") return rows.map(({ lon, lat }) => (nuantu.missing(lon) ? null : { type: "Point", coordinates: [lon, lat] }));
    if (source === "gaps") return rows.map(({ lon, lat }) => ({ type: "Point", coordinates: [lon, lat] }));
    const [layer, property, id] = DRAWN[source];
    const shapes = new Map((data.geometry[layer]?.features ?? []).map((feature) => [feature.properties[property], feature.geometry]));
    return rows.map((row) => shapes.get(row[id]) ?? null);
  };
  const filed = (table) => {
    const rows = sorted(table);
    const extra = FILED[table.source](table);
    const columns = columnsOf(table);
    const names = [...columns, ...extra.map(([, , name]) => name)];
    return { columns: [...columns.map(heading), ...extra.map(([words]) => words)], shapes: shapesOf(table.source, rows),
      blank: data.kind === "public" ? (at, n) => blankOf(table.source, rows[at], names[n]) : null,
      rows: rows.map((row) => [...columns.map((column) => plain(cellOf(column)(row))), ...extra.map(([, value]) => value(row))]) };
  };

  nuantu.table = (table) => {
    const head = el("thead", {});
    const body = el("tbody", {});
    const caption = el("caption", {});
    body.addEventListener("keydown", pressed(body));
    const more = el("button", { type: "button", class: "plain-button more" });
    const empty = el("p", { class: "note" });
    nuantu.slot("list").dataset.source = table.source;
    const taken = el("div", {});
    const order = el("p", { class: "note order" });
    nuantu.show("list", taken, order, el("table", { class: `rows rows-${table.source}` }, caption, head, body), empty, more);
    let paper = false;
    const draw = () => {
      const focused = document.activeElement?.dataset?.sort;
      const rows = sorted(table);
      order.textContent = table.source === "gaps" && rows.length ? nuantu.gapOrder() : "";
      caption.replaceChildren(el("b", {}, t(`table.${table.source}`)), " ",
        table.source === "gaps" && data.kind === "public" && !data.gaps.length ? null
          : el("span", {}, t(`table.n_${table.source}`, { n: nuantu.number(rows.length) })), el("span", { class: "unseen" }, t("table.hint")));
      head.replaceChildren(el("tr", {}, ...columnsOf(table).map((column) => headCell(column, sortOf(table), paper))));
      const some = nuantu.narrow() && !table.all && !paper ? rows.slice(0, FIRST) : rows;
      body.replaceChildren(...some.map((row) => bodyRow(table, row)));
      const all = table.source === "mains" ? data.growth.mains.length : data[table.source]?.length;
      empty.textContent = rows.length ? "" : !all && table.source === "gaps" ? nuantu.noGaps() : t(`table.none_${all ? "shown" : table.source}`);
      taken.replaceChildren(nuantu.take(() => t(`table.${table.source}`), () => filed(table)));
      more.hidden = some.length === rows.length;
      more.textContent = t("table.all", { n: nuantu.number(rows.length) });
      mark(table, body);
      if (focused) head.querySelector(`[data-sort="${CSS.escape(focused)}"]`)?.focus();
    };
    const whole = () => { table.all = true; draw(); };
    more.addEventListener("click", whole);
    const turn = (on) => () => { paper = on; draw(); };
    window.addEventListener("beforeprint", turn(true));
    window.addEventListener("afterprint", turn(false));
    nuantu.on(["lang", "sort", "off.routes", "off.share", "off.gaps", "off.loads", "month", "township", "filter", "list", "singles", "scenario", ...(table.source === "gaps" ? ["gap"] : [])], draw);
    nuantu.on(["village", "gap", "zone", "main", "load"], () => mark(table, body));
  };
}
