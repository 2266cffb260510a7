// What lies on the map, each layer on a pane of its own, following the legend's switches.
{
  const { data, svg, t, term, state } = nuantu;

  // Which class of a theme a village belongs to; the legend counts by the same function.
  const shareOf = (village) => {
    const done = nuantu.ofTask(village);
    if (nuantu.unlisted(village)) return "no_list";
    if (village.batch === null || village.batch === 0) return village.merged ? "hidden" : "no_task";
    if (done === null) return village.merged ? "hidden" : "unknown";
    const part = done / village.batch;
    if (part <= 0) return "s0";
    if (part < 0.5) return "s1";
    if (part < 0.9) return "s2";
    return part < 1 ? "s3" : "s4";
  };
  nuantu.classOf = {
    approach: (village) => village.approach,
    share: shareOf,
    a: (village) => village.approach,
    b: (village) => nuantu.sideOf(village)?.approach ?? village.approach,
  };
  nuantu.themeLook = { approach: "approach", share: "share", a: "approach", b: "approach" };
  nuantu.themeGroup = { approach: "routes", share: "share", a: "routes", b: "routes" };
  nuantu.shown = (theme, village) =>
    !state.off.has(`${nuantu.themeGroup[theme]}.${nuantu.classOf[theme](village)}`);

  // A route that hangs on a number that nobody has verified.
  nuantu.hangs = (village) => village.certainty === "hangs";
  const unsure = data.looks.line.hangs;

  const outlineStyle = (name) => {
    const look = data.looks.line[name];
    return { color: look.ink, weight: look.width, dashArray: look.dash ?? null, fill: Boolean(look.fill),
      fillColor: look.fill ?? look.ink, fillOpacity: look.fill ? 0.14 : 0, interactive: false };
  };

  const villageStyle = (view, code) => {
    const { theme } = view.options;
    const base = { color: data.looks.line.villages.ink, weight: data.looks.line.villages.width,
      opacity: 1, fillOpacity: 1 };
    const village = nuantu.village.get(code);
    if (!village || theme === "plain") return { ...base, fillColor: "#f6f3ec", color: "#cfc8ba" };
    if (!nuantu.shown(theme, village)) return { ...base, fillOpacity: 0.01, color: "#cfc8ba" };
    const differs = data.comparison && nuantu.change.has(code) ? nuantu.differing(nuantu.change.get(code)) : "";
    const still = data.comparison && differs !== "moved";
    const dim = still || !nuantu.passes(village) || (state.township && village.township_code !== state.township);
    const key = nuantu.classOf[theme](village);
    const edge = differs ? { color: data.looks.line[differs].ink, weight: data.looks.line[differs].width, dashArray: data.looks.line[differs].dash ?? null }
      : theme === "approach" && nuantu.hangs(village) ? { color: unsure.ink, weight: unsure.width, dashArray: unsure.dash } : {};
    const fill = theme === "approach" ? nuantu.routeFill(village) : [nuantu.themeLook[theme], key];
    return { ...base, ...edge, fillColor: nuantu.fill(...fill), fillOpacity: dim ? 0.3 : 1 };
  };

  const tipOf = (view, village) => {
    const { theme } = view.options;
    if (theme === "plain") return [nuantu.name(village), nuantu.townshipOf(village)];
    const key = nuantu.classOf[theme](village);
    const label = { share: t(`share.${key}`), approach: nuantu.routeOf(village) }[theme] ?? term("approach", key);
    return [nuantu.name(village), label];
  };

  // What a pointer and a click are told of the features that a table has a row for.
  const told = (view, rowOf, lines, kind, id) => ({
    known: (feature) => Boolean(rowOf(feature)),
    tell: (feature, at) => (feature ? nuantu.tip(view, at, ...lines(rowOf(feature))) : nuantu.tip(view, null)),
    pick: (feature, at) => {
      if (!nuantu.points || nuantu.points.nearest(view, at) < 0) nuantu.select(kind, rowOf(feature)[id]); // else the home's click
    },
  });

  const villages = (view) => ({
    pane: "villages",
    style: (feature) => villageStyle(view, feature.properties.code),
    ...told(view, ({ properties }) => nuantu.village.get(properties.code), (village) => tipOf(view, village), "village", "code"),
  });
  const recolour = (view, layer) => nuantu.on(["off.routes", "off.share", "month", "township", "filter", "scenario"], () =>
    layer.setStyle((feature) => villageStyle(view, feature.properties.code)));

  const zoneFill = (feature) => {
    const zone = nuantu.zone.get(feature.properties.zone_id);
    const line = outlineStyle("zones");
    if (!zone) return line;
    return { ...line, interactive: true, fill: true, fillOpacity: data.points ? 0.55 : 0.92, fillColor: nuantu.fill("verdict", zone.verdict) };
  };

  const verdicts = (view) => ({
    pane: "zones",
    style: zoneFill,
    ...told(view, ({ properties }) => nuantu.zone.get(properties.zone_id),
      (zone) => [nuantu.zoneName(zone), term("verdict", zone.verdict)], "zone", "zone_id"),
  });

  const marked = (pane, name, interactive = false) => (feature, latlng) => {
    const look = data.looks.mark[name];
    const { size } = look;
    return L.marker(latlng, { pane, interactive, keyboard: false,
      icon: L.divIcon({ className: "mark-icon", iconSize: [size, size],
        html: svg("svg", { width: size, height: size, "aria-hidden": "true" },
          nuantu.shape(look, size / 2, size / 2, size / 2 - 1)) }) });
  };

  // What is drawn as it is read: the features of an entry of the legend.
  const drawn = ({ name, shape }, entry) => () => ({
    pane: name,
    filter: ({ properties }) => chosen(entry.where, properties),
    ...(shape === "point" ? { pointToLayer: marked(name, entry.name) } : { style: outlineStyle(entry.name) }),
  });
  const chosen = (where, properties) => where === null || (properties[where[0]] === where[1]) === where[2];
  // Roads and mains are hairlines over the whole city and grow as the reader comes nearer.
  const weigh = (view, layer, name) => {
    const { width, slim } = data.looks.line[name];
    const set = () => {
      const nearer = view.map.getZoom() - view.map.getBoundsZoom(nuantu.bounds());
      layer.setStyle({ weight: width * Math.max(slim, Math.min(1.2, slim + nearer * 0.3)) });
    };
    view.map.on("zoomend", set);
    set();
  };

  // What is too fine for the whole city comes once the reader is near.
  const nearOnly = (view, layer, name) => {
    const set = () => { view.map.getPane(name).style.display = view.map.getZoom() >= view.map.getBoundsZoom(nuantu.bounds()) + 1.5 ? "" : "none"; };
    view.map.on("zoomend", set);
    set();
  };

  // Transformers by the load they will have; those that matter most lie on top.
  const loads = (entry) => (view) => ({
    pane: "loads",
    filter: ({ properties }) => chosen(entry.where, properties),
    pointToLayer: marked("loads", entry.name, true),
    ...told(view, ({ properties }) => nuantu.load.get(properties.id),
      (row) => [row.transformer_id, nuantu.loadState(row)], "load", "transformer_id"),
  });

  // What the filters leave out steps back.
  const FAINT = 0.2;
  const dimmed = (view, layer) => nuantu.on(["filter", "township"], () => layer.eachLayer((mark) =>
    mark.setOpacity(nuantu.passesCode(nuantu.load.get(mark.feature.properties.id)?.village_code) ? 1 : FAINT)));
  const dimmedMains = (view, layer) => nuantu.on(["filter", "township"], () => layer.eachLayer((line) =>
    line.setStyle({ opacity: nuantu.passesAny(nuantu.main.get(line.feature.properties.branch_id)?.villages ?? []) ? 1 : FAINT })));

  const mains = (view) => ({
    pane: "mains",
    style: { ...outlineStyle("mains"), interactive: true },
    ...told(view, ({ properties }) => nuantu.main.get(properties.branch_id),
      (main) => [nuantu.mainName(main), `${nuantu.mainSize(main)} · ${nuantu.metres(main.length_m)}`], "main", "branch_id"),
  });

  // options of the layer, on: what it follows beside the switch `key` of the legend
  const redraw = (...keys) => (view, layer) => nuantu.on(keys, () => layer.draw());
  const LAYERS = {
    villages: { options: villages, follow: recolour },
    verdicts: { options: verdicts, needs: "zones" },
    gaps: { options: nuantu.gapOptions, needs: null, follow: redraw("off.gaps", "gap", "list", "singles", "filter", "township") },
    points: { options: (view) => nuantu.points.options(view), needs: null, follow: redraw("off.points", "off.households", "colour") },
    labels: { options: nuantu.labelOptions, needs: null, follow: redraw("off.ground", "off.gaps", "lang") },
    mains: { options: mains, key: "network.mains", follow: dimmedMains },
  };

  const follower = (layer, entry) => {
    if (layer === "loads") return dimmed;
    if (data.near.includes(entry)) return nearOnly;
    return data.looks.line[entry]?.slim ? weigh : undefined;
  };
  for (const layer of data.drawn.filter(({ name, group }) => group && name !== "mains")) {
    for (const entry of layer.entries) {
      LAYERS[entry.name] = { options: (layer.name === "loads" ? loads(entry) : drawn(layer, entry)), needs: layer.name,
        key: layer.name === "outline" ? undefined : `${layer.group}.${entry.name}`,
        follow: follower(layer.name, entry.name) };
    }
  }

  // The layers that the edition has something for.
  nuantu.present = (name) => {
    if (name === "points") return Boolean(data.points);
    const { needs = name } = LAYERS[name] ?? {};
    return needs === null || (data.geometry[needs]?.features ?? []).length > 0;
  };

  const viewOf = (map) => nuantu.views.find((view) => view.map === map);
  nuantu.optionsOf = (map, name) => LAYERS[name].options(viewOf(map));
  nuantu.featuresOf = (name) => data.geometry[LAYERS[name].needs ?? name];

  // Put a layer of the page on its map, where it follows the legend's switches.
  nuantu.place = (map, name, layer) => {
    const view = viewOf(map);
    view.layers[name] = layer;
    const { key, follow } = LAYERS[name];
    nuantu.on(key ? [`off.${key.split(".")[0]}`] : [], () => {
      if (key && state.off.has(key)) layer.remove();
      else layer.addTo(view.map);
    });
    follow?.(view, layer, name);
  };

  nuantu.followState = (view) => {
    nuantu.on(["opacity", "off.households", "off.ground"], () => fade(view));
    view.map.on("zoomend", () => fade(view));
    nuantu.on(["village", "zone", "main", "load", "household"], () => outlineSelected(view));
    let opened = false;
    nuantu.on(["village", "zone", "gap", "main", "load"], () => opened && bringIntoView(view));
    nuantu.on(["township"], () => frameTownship(view));
    opened = true;
  };

  // The panes that each group of the legend stands for.
  const panesIn = (group, without) =>
    data.drawn.filter((layer) => layer.group === group && layer.name !== without).map(({ name }) => name);
  const panesOf = (view) => ({
    [nuantu.themeGroup[view.options.theme] ?? "routes"]: ["villages"],
    loads: ["loads"], gaps: ["gaps", "leaders"], households: ["points"], ground: panesIn("ground", "outline"),
    network: panesIn("network", view.layers.verdicts ? "zones" : null),
    verdicts: view.layers.verdicts ? ["zones"] : [],
  });
  // Near by, the areas step back behind the households that lie on them.
  const fade = (view) => {
    const nearer = view.map.getZoom() - view.map.getBoundsZoom(nuantu.bounds());
    const homes = data.points && !state.off.has("households.points") ? Math.max(0.4, Math.min(1, 1.6 - nearer * 0.4)) : 1;
    // Over a picture of the ground areas are a tint of it.
    const ground = data.picture && !state.off.has("ground.picture") ? Math.max(0.25, Math.min(homes, 0.75 - nearer * 0.15)) : homes;
    for (const [group, panes] of Object.entries(panesOf(view))) {
      const opacity = (state.opacity[group] ?? 100) / 100;
      for (const name of panes) {
        view.map.getPane(name).style.opacity = opacity * (BEHIND.has(group) ? ground : 1);
      }
    }
  };
  const BEHIND = new Set(["routes", "verdicts"]);

  const featureOf = (name, key, id) =>
    (data.geometry[name]?.features ?? []).filter((feature) => feature.properties[key] === id);
  nuantu.chosenFeatures = () => {
    if (state.village) return featureOf("villages", "code", state.village);
    if (state.main) return featureOf("mains", "branch_id", state.main);
    return state.zone ? featureOf("zones", "zone_id", state.zone) : [];
  };
  const outlineSelected = (view) => {
    view.chosen?.remove();
    const features = nuantu.chosenFeatures();
    const home = state.household >= 0 ? nuantu.homePlace(state.household) : null;
    if (!features.length && !home) return;
    const { ink, width } = data.looks.line.selected;
    const ring = (color, weight) => (home ? L.circleMarker(home, { pane: "selected", interactive: false, radius: 11, color, weight, fill: false }) : L.layerGroup());
    const line = (color, weight) => L.geoJSON(features, { pane: "selected", interactive: false,
      style: { color, weight, fill: false, lineJoin: "round" } });
    view.chosen = L.layerGroup([line("#ffffff", width + 4), line(ink, width), ring("#ffffff", width + 4), ring(ink, width)]).addTo(view.map);
  };

  const bringIntoView = (view) => {
    const gap = nuantu.gap.get(state.gap);
    const bounds = gap ? L.latLng(gap.lat, gap.lon).toBounds(500) : L.geoJSON(nuantu.chosenFeatures()).getBounds();
    const around = state.main ? 1.5 : state.zone && !state.village ? 0.1 : null;
    if (bounds.isValid() && around !== null) view.map.fitBounds(bounds.pad(around), { animate: !nuantu.still() });
    if (!bounds.isValid() || view.map.getBounds().contains(bounds)) return;
    const zoom = Math.min(view.map.getZoom(), view.map.getBoundsZoom(bounds));
    view.map.setView(bounds.getCenter(), zoom, { animate: !nuantu.still() });
  };

  nuantu.townshipBounds = (code) => L.geoJSON(featureOf("townships", "code", code)).getBounds();
  const frameTownship = (view) => {
    const bounds = nuantu.townshipBounds(state.township);
    if (bounds.isValid()) view.map.fitBounds(bounds, { padding: [24, 24] });
  };
}
