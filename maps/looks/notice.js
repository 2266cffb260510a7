// A sheet for the village board: the village's map, its route and why, what a household pays and
// gets, by when, and whom to object to.
{
  const { data, el, svg, t, term, say, state, facts, fact } = nuantu;
  const WIDTH = 700;
  const HEIGHT = 400;
  const SQUARE = 130; // as far from the middle a name is whole where a telephone shows a square

  const positions = ({ type, coordinates }) => {
    if (type === "Point") return [coordinates];
    if (type === "LineString") return coordinates;
    return type === "MultiPolygon" ? coordinates.flat(2) : coordinates.flat();
  };

  // Straight from degrees to the sheet, true to scale at the village's latitude.
  const projection = (feature) => {
    const all = positions(feature.geometry);
    const lons = all.map(([lon]) => lon);
    const lats = all.map(([, lat]) => lat);
    const lat0 = (Math.min(...lats) + Math.max(...lats)) / 2;
    const lon0 = (Math.min(...lons) + Math.max(...lons)) / 2;
    const squeeze = Math.cos((lat0 * Math.PI) / 180);
    const tall = (Math.max(...lats) - Math.min(...lats)) * 1.9;
    const wide = (Math.max(...lons) - Math.min(...lons)) * squeeze * 1.9;
    const scale = Math.min(WIDTH / Math.max(wide, 0.02), HEIGHT / Math.max(tall, 0.02));
    const at = ([lon, lat]) => [WIDTH / 2 + (lon - lon0) * squeeze * scale, HEIGHT / 2 - (lat - lat0) * scale];
    return { at, metres: 111195 / scale };
  };

  const pathOf = ({ type, coordinates }, at) => {
    const lines = { LineString: [coordinates], MultiLineString: coordinates, Polygon: coordinates,
      MultiPolygon: coordinates.flat() }[type] ?? [];
    const end = type.endsWith("Polygon") ? "Z" : "";
    return lines.map((line) => `M${line.map((p) => at(p).map((n) => n.toFixed(1)).join(",")).join("L")}${end}`).join("");
  };

  const near = (feature, at) => positions(feature.geometry).some((p) => {
    const [x, y] = at(p);
    return x > 0 && y > 0 && x < WIDTH && y < HEIGHT;
  });

  const features = (name) => data.geometry[name]?.features ?? [];

  const lines = (name, look, at, filter = () => true) => features(name).filter(filter).map((feature) => {
    const { ink, width, dash } = data.looks.line[look];
    return svg("path", { d: pathOf(feature.geometry, at), fill: "none", stroke: ink, "stroke-width": width,
      "stroke-dasharray": dash ?? "none" });
  });

  const scaleBar = (metres) => {
    const unit = 10 ** Math.floor(Math.log10(metres * 140));
    const length = [5, 2, 1].find((n) => n * unit <= metres * 140) * unit;
    const words = length < 1000 ? t("map.m", { n: length }) : t("map.km", { n: length / 1000 });
    return corner("sheet-corner-scale", 40,
      svg("path", { d: `M${CORNER - 20 - length / metres},18 v6 H${CORNER - 20} v-6`, class: "sheet-bar" }),
      svg("text", { x: CORNER - 20, y: 12, "text-anchor": "end", class: "sheet-scale" }, words));
  };

  // The map gives way where the words need its room: its corners stay, at its own scale.
  const CORNER = 210;
  const corner = (kind, height, ...parts) => svg("svg", { viewBox: `0 0 ${CORNER} ${height}`, class: `sheet-corner ${kind}`, "aria-hidden": "true" }, ...parts);
  const north = () => corner("sheet-corner-north", 64,
    svg("path", { d: `M${CORNER - 30},16 l8,26 l-8,-6 l-8,6 Z`, class: "north-dark" }),
    svg("text", { x: CORNER - 30, y: 58, "text-anchor": "middle", class: "sheet-scale" }, t("map.north")));

  const nameOf = (village) => (state.lang === "en" && village?.pinyin) || (village?.name ?? "");

  const fillOf = (feature) => {
    const row = nuantu.village.get(feature.properties.code);
    return row ? nuantu.routeFill(row) : ["approach", "unpublished"];
  };

  // The neighbours are not hatched: on paper every hatched area takes a hundred kilobytes.
  const plainFill = (feature) => {
    const [table, key] = fillOf(feature);
    return data.looks[table][key].fill;
  };

  // The village itself is hatched on the colour that its neighbours of the same route have.
  const hatched = {};
  const ownFill = ([table, key]) => (hatched[`${table}.${key}`] ??= nuantu.hatch(data.looks[table][key]));

  const excerpt = (village) => {
    const own = features("villages").find((feature) => feature.properties.code === village.code);
    if (!own) return null;
    const { at, metres } = projection(own);
    const shown = features("villages").filter((feature) => near(feature, at));
    const fills = shown.map((feature) => svg("path", { d: pathOf(feature.geometry, at), stroke: "#fff",
      fill: feature === own ? ownFill(fillOf(feature)) : plainFill(feature) }));
    const names = shown.map((feature) => {
      const [x, y] = at(nuantu.anchor(feature.geometry).at);
      const mine = feature === own;
      const name = nameOf(nuantu.village.get(feature.properties.code));
      const edge = state.lang === "en" ? 64 : 16; // longer words leave the map less of the sheet
      if (x < 60 || y < edge || x > WIDTH - 60 || y > HEIGHT - edge) return null;
      return svg("text", { x, y, "text-anchor": "middle", "font-size": Math.min(mine ? 20 : 13, WIDTH / (name.length + 1)), class: mine ? "label label-township" : `label label-village${Math.abs(x - WIDTH / 2) > SQUARE ? " aside" : ""}` },
        name);
    });
    const chosen = data.looks.line.selected.ink;
    return el("figure", { class: "sheet-map" },
      el("div", { class: "sheet-view" }, svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "xMidYMid slice", role: "img", "aria-label": `${t("map.label")} · ${village.name}` },
        svg("rect", { width: WIDTH, height: HEIGHT, class: "sheet-ground" }), ...fills,
        ...lines("rivers", "rivers", at), ...lines("zones", "zones", at),
        ...lines("pipes", "pipes_planned", at, ({ properties }) => properties.status !== "in_service"),
        ...lines("pipes", "pipes_in_service", at, ({ properties }) => properties.status === "in_service"),
        svg("path", { d: pathOf(own.geometry, at), fill: "none", stroke: chosen, "stroke-width": 4 }),
        ...names), north(), scaleBar(metres)),
      legend(shown, own));
  };

  const legend = (shown, own) => {
    const fills = new Map(shown.map((feature) => [fillOf(feature).join(), fillOf(feature)]));
    const entry = (mark, words) => el("span", {}, mark, " ", words);
    return el("figcaption", {},
      ...["approach", "done"].flatMap((table) => Object.keys(data.looks[table]).map((key) => [table, key]))
        .filter((fill) => fills.has(fill.join()))
        .map(([table, key]) => entry(fillOf(own).join() === [table, key].join() ? nuantu.sign.area(ownFill([table, key]), data.looks[table][key].ink) : nuantu.sign.area(data.looks[table][key].fill, data.looks[table][key].ink),
          table === "done" ? `${term("approach", "done")} · ${term("heating", key)}` : term("approach", key))),
      ...["pipes_in_service", "pipes_planned", "zones"].map((key) => entry(nuantu.swatch.line(key), t(`legend.${key}`))),
      el("b", {}, nuantu.mark_of()));
  };

  const part = (words, ...children) => el("section", {}, el("h3", {}, words), ...children);

  const borne = (village) => {
    const yuan = (words, value) => (nuantu.missing(value) ? null : fact(t(words), nuantu.yuan(value)));
    if (!nuantu.pendingTender(village)) {
      return [yuan("notice.own", village.own_cny_a), yuan(nuantu.subsidyWords("notice"), village.subsidy_cny_a),
        yuan("card.rest", nuantu.restOf(village))];
    }
    return [yuan("notice.bill", nuantu.billOf(village)), yuan("notice.bill_subsidy", village.bill_subsidy_cny_a),
      fact(t("notice.equipment"), t("notice.tender"))];
  };

  const money = (village) => {
    if (nuantu.missing(village.cost_cny_a)) return el("p", {}, t("notice.no_cost"));
    return facts(fact(t("notice.total"), nuantu.yuan(village.cost_cny_a)),
      ...borne(village),
      village.runner_up ? fact(t("notice.second", { route: term("approach", village.runner_up) }),
        nuantu.yuan(village.runner_up_cost_cny_a)) : null);
  };

  const dates = (village) => facts(
    fact(t("notice.deadline"), nuantu.date(data.deadline)),
    fact(t("notice.batch"), village.batch ? t("legend.homes_n", { n: nuantu.number(village.batch) })
      : village.merged ? nuantu.none : t(nuantu.unlisted(village) ? "card.no_list" : "card.no_batch")),
    village.batch ? fact(t("notice.accepted"), t("legend.homes_n", { n: nuantu.number(village.batch_done) })) : null,
    village.batch && nuantu.restOfTask(village) ? fact(t("notice.rest"), t("legend.homes_n", { n: nuantu.number(nuantu.restOfTask(village)) })) : null,
    nuantu.together(village) ? fact(t("notice.counted"), nuantu.together(village)) : null);

  const contact = (village) => [
    el("p", {}, say(village.contact) ? t("notice.to", { contact: nuantu.officeOf(village) }) : t("notice.nobody")),
    data.issuer ? el("p", {}, nuantu.objectionDays(village), data.issuer.phone ? t("notice.phone", { phone: data.issuer.phone }) : "") : null,
    el("p", {}, data.expires_on ? t("notice.until", { date: nuantu.date(data.expires_on) }) : t("notice.until_next"))];

  const code = (village) => {
    const [side, path] = data.codes[village.code];
    const words = t(data.address ? "notice.scan" : "notice.scan_text");
    return el("figure", { class: "sheet-code" },
      svg("svg", { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": words, "shape-rendering": "crispEdges" },
        svg("path", { d: path })),
      el("figcaption", {}, words));
  };

  const route = (village) => el("p", { class: "sheet-route" }, nuantu.swatch.area(...nuantu.routeFill(village)), " ",
    el("b", {}, nuantu.routeOf(village)), village.device ? ` · ${term("device", village.device)}` : "");

  const why = (village) => (village.approach === "unpublished" ? el("p", {}, t("notice.not_yet"))
    : el("p", {}, say(village.reason), " ", village.clause ? t("card.basis", { clause: village.clause }) : ""));

  // What the office says of the notice that stood here; a village whose notice is withdrawn has no other.
  const notesOf = (village) => data.notice_notes[village.code] ?? [];
  const withdrawn = (village) => notesOf(village).slice(-1)[0]?.action === "withdrawn";
  nuantu.noticeNotes = (village) => [...notesOf(village)].reverse().map(({ action, on, document_no, reason }) => el("p", { class: `notice-note ${action}` },
    el("b", {}, t(`notice.${action}`, { date: nuantu.date(on) })), " ", t("notice.because", { reason }),
    document_no ? ` ${t("card.document", { number: document_no })}` : ""));

  const told = (village) => [
    part(t("notice.route"), route(village)),
    part(t("notice.why"), why(village)),
    data.maps ? excerpt(village) : null,
    el("div", { class: "sheet-columns" },
      nuantu.routeless.has(village.approach) ? null : part(t("notice.household"), money(village)),
      part(t("notice.dates"), dates(village)))];

  const sheet = (village) => el("article", { class: "sheet" },
    el("header", {}, el("div", {}, el("p", {}, `${say(data.title)} · ${t("notice.title")}`),
      el("h2", {}, nuantu.name(village)),
      el("p", {}, [nuantu.townshipOf(village), village.document_no && t("card.document", { number: village.document_no }), t("site.as_of", { date: nuantu.date(data.as_of) })]
        .filter(Boolean).join(" · "))), code(village)),
    ...nuantu.noticeNotes(village),
    ...(withdrawn(village) ? [] : told(village)),
    part(t("notice.objection"), ...contact(village)),
    data.issuer ? el("p", { class: "sheet-issuer" }, el("b", {}, say(data.issuer.name)), t("notice.seal"), el("span", {}, nuantu.date(data.published_on || data.as_of))) : null,
    el("footer", {},
      el("p", {}, [data.address && t("notice.link", { code: village.code, address: data.address }), data.document && t("card.document", { number: data.document })].filter(Boolean).join(" · ")),
      el("p", {}, [data.maps && t("site.not_legal"), say(data.count_note)].filter(Boolean).join(" · ")),
      data.demonstration ? el("p", {}, t("site.demo")) : null));

  const onPaper = (paper) => () => {
    document.body.classList.toggle("paper-a3", paper === "a3");
    document.body.classList.toggle("portrait", paper === "a3");
    window.print();
  };

  // Who would rather not type picks the village from those of its township.
  const pick = () => el("div", { class: "pick" }, ...data.townships.map((township) =>
    el("details", { class: "fold" }, el("summary", {}, nuantu.name(township), " ",
      el("span", { class: "faint" }, t("legend.villages_n", { n: nuantu.number(township.villages) }))),
    el("div", { class: "pick-names" }, ...data.villages.filter((village) => village.township_code === township.code)
      .map((village) => button(nuantu.name(village), "plain-button", () => nuantu.select("village", village.code)))))));

  const button = (words, kind, run) => el("button", { type: "button", class: kind, click: run }, words);

  nuantu.notices = () => {
    let all = false;
    const chosen = () => {
      if (data.only) return data.only.map((code) => nuantu.village.get(code));
      return all ? data.villages : [nuantu.village.get(state.village)].filter(Boolean);
    };
    const draw = () => {
      const shown = chosen();
      nuantu.slot("query").closest(".search").hidden = Boolean(data.only);
      nuantu.show("sheets", shown.length ? shown.map(sheet) : [el("p", { class: "hint" }, t("notice.choose")), pick()]);
      nuantu.show("notice-buttons",
        ...(shown.length ? ["a4", "a3"] : []).map((paper) =>
          button(t("notice.print", { paper: t(`print.${paper}`) }), "strong-button", onPaper(paper))),
        data.only ? null : all ? button(t("notice.one"), "plain-button", () => { all = false; draw(); })
          : button(t("notice.all", { n: nuantu.number(data.villages.length) }), "plain-button", () => { all = true; draw(); }));
    };
    nuantu.on(["village", "lang"], draw);
  };
}
