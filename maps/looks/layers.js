// What lies on the map, each layer on a pane of its own, following the legend's switches.
{
  const { data, el, svg, t, term, state } = nuantu;

  // Which class of a theme a village belongs to; the legend counts by the same function.
  const shareOf = (village) => {
    const done = nuantu.ofTask(village);
    if (village.batch === null || village.batch === 0) return village.merged ? "hidden" : "no_task";
    if (done === null) return "hidden";
    const part = done / village.batch;
    if (part <= 0) return "s0";
    if (part < 0.5) return "s1";
    if (part < 0.9) return "s2";
    return part < 1 ? "s3" : "s4";
  };
  nuantu.classOf = {
    approach: (village) => village.approach,
    share: shareOf,
    a: (village) => nuantu.change.get(village.code)?.a ?? village.approach,
    b: (village) => nuantu.change.get(village.code)?.b ?? village.approach,
  };
  nuantu.themeLook = { approach: "approach", share: "share", a: "approach", b: "approach" };
  nuantu.themeGroup = { approach: "routes", share: "share", a: "routes", b: "routes" };
  nuantu.shown = (theme, village) =>
    !state.off.has(`${nuantu.themeGroup[theme]}.${nuantu.classOf[theme](village)}`);

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
    const changed = nuantu.change.has(code);
    const still = nuantu.change.size > 0 && !changed;
    const dim = still || (state.township && village.township_code !== state.township);
    const key = nuantu.classOf[theme](village);
    const edge = changed ? { color: data.looks.line.selected.ink, weight: 2 } : {};
    return { ...base, ...edge, fillColor: nuantu.fill(nuantu.themeLook[theme], key), fillOpacity: dim ? 0.3 : 1 };
  };

  const tipOf = (view, village) => {
    const { theme } = view.options;
    if (theme === "plain") return [nuantu.name(village), nuantu.townshipOf(village)];
    const key = nuantu.classOf[theme](village);
    const label = { share: t(`share.${key}`), approach: nuantu.routeOf(village) }[theme] ?? term("approach", key);
    return [nuantu.name(village), label];
  };

  const villages = (view) => {
    const layer = L.geoJSON(data.geometry.villages, {
      pane: "villages",
      style: (feature) => villageStyle(view, feature.properties.code),
      onEachFeature: (feature, path) => {
        const village = nuantu.village.get(feature.properties.code);
        if (!village) return;
        path.on("click", () => nuantu.select("village", village.code));
        path.on("mousemove", (event) => nuantu.tip(view, event.containerPoint, ...tipOf(view, village)));
        path.on("mouseout", () => nuantu.tip(view, null));
      },
    });
    nuantu.on(["off.routes", "off.share", "month", "township"], () =>
      layer.setStyle((feature) => villageStyle(view, feature.properties.code)));
    return layer;
  };

  const zoneFill = (feature) => {
    const zone = nuantu.zone.get(feature.properties.zone_id);
    const line = outlineStyle("zones");
    if (!zone) return line;
    return { ...line, interactive: true, fill: true, fillOpacity: 0.92, fillColor: nuantu.fill("verdict", zone.verdict) };
  };

  const verdicts = (view) => L.geoJSON(data.geometry.zones, {
    pane: "zones",
    style: zoneFill,
    onEachFeature: (feature, path) => {
      const zone = nuantu.zone.get(feature.properties.zone_id);
      if (!zone) return;
      path.on("click", () => nuantu.select("zone", zone.zone_id));
      path.on("mousemove", (event) =>
        nuantu.tip(view, event.containerPoint, zone.zone, term("verdict", zone.verdict)));
      path.on("mouseout", () => nuantu.tip(view, null));
    },
  });

  const source = (feature, latlng) => L.marker(latlng, { pane: "sources", interactive: false,
    keyboard: false, icon: L.divIcon({ className: "source-icon", iconSize: [16, 16],
      html: svg("svg", { width: 16, height: 16, "aria-hidden": "true" },
        svg("path", { d: "M8,1 L15,15 H1 Z", class: "source-mark" })) }) });

  const drawn = (name, geometry, pane, filter = () => true) => (view) =>
    weigh(view, name, L.geoJSON(data.geometry[geometry],
      { pane, filter: (feature) => filter(feature.properties), style: outlineStyle(name), pointToLayer: source }));
  // Roads and mains are hairlines over the whole city and grow as the reader comes nearer.
  const SLIM = { roads: 0.35, pipes_in_service: 0.3, pipes_planned: 0.6 };
  const weigh = (view, name, layer) => {
    if (!SLIM[name]) return layer;
    const { width } = data.looks.line[name];
    const set = () => {
      const nearer = view.map.getZoom() - view.map.getBoundsZoom(nuantu.bounds());
      layer.setStyle({ weight: width * Math.max(SLIM[name], Math.min(1.2, SLIM[name] + nearer * 0.3)) });
    };
    view.map.on("zoomend", set);
    set();
    return layer;
  };

  const mains = (view) => L.geoJSON(data.geometry.mains, {
    pane: "mains",
    style: { ...outlineStyle("mains"), interactive: true },
    onEachFeature: (feature, path) => {
      const main = nuantu.main.get(feature.properties.branch_id);
      if (!main) return;
      path.on("click", () => nuantu.select("main", main.branch_id));
      path.on("mousemove", (event) => nuantu.tip(view, event.containerPoint,
        nuantu.mainName(main), `DN${main.dn_mm} · ${nuantu.metres(main.length_m)}`));
      path.on("mouseout", () => nuantu.tip(view, null));
    },
  });

  const running = (properties) => properties.status === "in_service";

  const LAYERS = {
    villages: { make: villages },
    verdicts: { make: verdicts, needs: "zones" },
    gaps: { make: (view) => nuantu.gaps(view), needs: null },
    points: { make: (view) => nuantu.points.layer(view), needs: null },
    rivers: { make: drawn("rivers", "rivers", "rivers"), key: "ground.rivers" },
    roads: { make: drawn("roads", "roads", "roads"), key: "ground.roads" },
    townships: { make: drawn("townships", "townships", "townships"), key: "ground.townships" },
    outline: { make: drawn("outline", "outline", "outline") },
    built_up: { make: drawn("built_up", "built_up", "built_up"), key: "network.built_up" },
    gas_secured: { make: drawn("gas_secured", "gas", "gas", (p) => p.secured), needs: "gas", key: "network.gas_secured" },
    gas_unsecured: { make: drawn("gas_unsecured", "gas", "gas", (p) => !p.secured), needs: "gas", key: "network.gas_unsecured" },
    zones: { make: drawn("zones", "zones", "zones"), key: "network.zones" },
    pipes_planned: { make: drawn("pipes_planned", "pipes", "pipes", (p) => !running(p)), needs: "pipes", key: "network.pipes_planned" },
    pipes_in_service: { make: drawn("pipes_in_service", "pipes", "pipes", running), needs: "pipes", key: "network.pipes_in_service" },
    mains: { make: mains, key: "network.mains" },
    sources: { make: drawn("pipes_in_service", "sources", "sources"), key: "network.sources" },
  };

  // The layers that the edition has something for.
  nuantu.present = (name) => {
    if (name === "points") return Boolean(data.points);
    const { needs = name } = LAYERS[name] ?? {};
    return needs === null || (data.geometry[needs]?.features ?? []).length > 0;
  };

  nuantu.layers = (view) => {
    for (const name of view.options.layers) {
      if (!LAYERS[name] || !nuantu.present(name)) continue;
      const layer = LAYERS[name].make(view);
      view.layers[name] = layer;
      const { key } = LAYERS[name];
      nuantu.on(key ? [`off.${key.split(".")[0]}`] : [], () => {
        if (key && state.off.has(key)) layer.remove();
        else layer.addTo(view.map);
      });
    }
    nuantu.on(["opacity", "off.households"], () => fade(view));
    view.map.on("zoomend", () => fade(view));
    nuantu.on(["village", "zone", "main"], () => outlineSelected(view));
    let opened = false;
    nuantu.on(["village", "zone", "gap", "main"], () => opened && bringIntoView(view));
    nuantu.on(["township"], () => frameTownship(view));
    opened = true;
  };

  // The panes that each group of the legend stands for.
  const panesOf = (view) => ({
    [nuantu.themeGroup[view.options.theme] ?? "routes"]: ["villages"],
    gaps: ["gaps", "leaders"], households: ["points"], ground: ["rivers", "roads", "townships"],
    network: ["gas", "built_up", "pipes", "mains", "sources", ...(view.layers.verdicts ? [] : ["zones"])],
    verdicts: view.layers.verdicts ? ["zones"] : [],
  });
  // Near by, the areas step back behind the households that lie on them.
  const fade = (view) => {
    const nearer = view.map.getZoom() - view.map.getBoundsZoom(nuantu.bounds());
    const ground = data.points && !state.off.has("households.points") ? Math.max(0.4, Math.min(1, 1.6 - nearer * 0.4)) : 1;
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
    if (!features.length) return;
    const { ink, width } = data.looks.line.selected;
    const line = (color, weight) => L.geoJSON(features, { pane: "selected", interactive: false,
      style: { color, weight, fill: false, lineJoin: "round" } });
    view.chosen = L.layerGroup([line("#ffffff", width + 4), line(ink, width)]).addTo(view.map);
  };

  const bringIntoView = (view) => {
    const gap = nuantu.gap.get(state.gap);
    const bounds = gap ? L.latLng(gap.lat, gap.lon).toBounds(500) : L.geoJSON(nuantu.chosenFeatures()).getBounds();
    if (bounds.isValid() && state.main) view.map.fitBounds(bounds.pad(1.5), { animate: !nuantu.still() });
    if (!bounds.isValid() || view.map.getBounds().contains(bounds)) return;
    const zoom = Math.min(view.map.getZoom(), view.map.getBoundsZoom(bounds));
    view.map.setView(bounds.getCenter(), zoom, { animate: !nuantu.still() });
  };

  const frameTownship = (view) => {
    const features = featureOf("townships", "code", state.township);
    if (features.length) view.map.fitBounds(L.geoJSON(features).getBounds(), { padding: [24, 24] });
  };
}
