// The layers on any folium.Map: their panes, what a pointer and a click are told, and one legend a map.
{
  const { el, sign } = nuantu;
  // Below Folium's own vectors, markers, tooltips and popups: 400, 600, 650, 700.
  const PANES = { areas: 380, mains: 430, homes: 440, names: 580, leaders: 585, gaps: 590 };
  const PASSIVE = new Set(["homes", "names", "leaders"]);
  const NARROW_PX = 480;

  // A map without tiles has no deepest zoom, and MarkerCluster refuses it; this is some 1:1,000.
  const DEEPEST = 19;
  const { getMaxZoom } = L.Map.prototype;
  L.Map.include({
    getMaxZoom() {
      const zoom = getMaxZoom.call(this);
      return Number.isFinite(zoom) ? zoom : DEEPEST;
    },
  });

  const maps = new WeakMap();
  const placeOf = (map) => {
    if (!maps.has(map)) maps.set(map, { tip: null, owner: null, legend: null, marks: new Map(), names: [] });
    return maps.get(map);
  };

  const pane = (name) => `nuantu-${name}`;
  const makePanes = (map) => {
    for (const [name, z] of Object.entries(PANES)) {
      if (map.getPane(pane(name))) continue;
      const made = map.createPane(pane(name));
      made.style.zIndex = z;
      if (PASSIVE.has(name)) made.style.pointerEvents = "none";
    }
  };

  const tell = (map, owner, lines, point) => {
    const place = placeOf(map);
    if (!lines) {
      if (place.owner === owner) place.tip?.remove();
      return;
    }
    place.tip ??= L.tooltip({ className: "nuantu-tip", direction: "right", offset: [12, 0], opacity: 1 });
    place.owner = owner;
    const said = lines.filter(Boolean).map((line, n) => el(n ? "span" : "b", {}, line));
    place.tip.setContent(el("div", {}, ...said)).setLatLng(map.containerPointToLatLng(point)).addTo(map);
  };

  // A popup with every value as text; pairs of a heading and a value.
  const open = (map, title, told, point) => L.popup({ className: "nuantu-popup" })
    .setLatLng(map.containerPointToLatLng(point))
    .setContent(el("div", {}, title ? el("b", {}, title) : null, el("dl", {},
      ...told.flatMap(([heading, value]) => [el("dt", {}, heading), el("dd", {}, value)]))))
    .openOn(map);

  const legendOf = (map) => {
    const place = placeOf(map);
    if (place.legend) return place.legend;
    const box = el("div", { class: "nuantu-legend" });
    const control = new L.Control({ position: "bottomleft" });
    control.onAdd = () => box;
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    control.addTo(map);
    return (place.legend = box);
  };

  const entry = (made, { label, count }) => el("li", {}, made, el("span", {}, label),
    count === undefined ? null : el("span", { class: "count" }, count));
  const groupOf = ({ title, classes }, signOf, wide) => el("details", { open: wide },
    el("summary", {}, title),
    el("ul", {}, ...classes.filter(({ count }) => count !== 0).map((one) => entry(signOf(one), one))));

  // What all layers have: their map, panes, and their part of the legend while they are on it.
  // The first layer of a map stands first in its legend, however often it is switched off and on.
  let turns = 0;
  const onMap = (layer, about, signOf) => {
    const turn = turns++;
    let group = null;
    layer.on("add", () => {
      if (!signOf) return;
      const map = layer.onMap;
      group ??= Object.assign(groupOf(about, signOf, map.getSize().x > NARROW_PX), { turn });
      const legend = legendOf(map);
      legend.insertBefore(group, [...legend.children].find((other) => other.turn > turn) ?? null);
    });
    layer.on("remove", () => {
      group?.remove();
      tell(layer.onMap, layer, null);
    });
    return layer;
  };
  const begin = (self) => (map) => {
    self().onMap = map;
    makePanes(map);
  };

  // Names keep clear of marks and of the names of layers that came before.
  const drawNames = (map) => placeOf(map).names.forEach((layer) => layer.draw());

  // Of a row: its name with its class, and all that a click shows of it.
  const lines = (about, row) => [row.name, about.classes[row.kind].label];
  const pairs = (about, row) => [[about.title, about.classes[row.kind].label],
    ...about.headings.map((heading, n) => [heading, row.values[n]])];

  const shapes = (about, name, styleOf, signOf) => {
    const rowOf = (feature) => about.rows[feature.properties.row];
    const layer = nuantu.shapeLayer(about.features, {
      pane: pane(name),
      begin: begin(() => layer),
      style: (feature) => styleOf(about.classes[rowOf(feature).kind]),
      known: () => true,
      tell: (feature, at) => tell(layer.onMap, layer, feature && lines(about, rowOf(feature)), at),
      pick: (feature, at) => open(layer.onMap, rowOf(feature).name, pairs(about, rowOf(feature)), at),
    });
    return onMap(layer, about, signOf);
  };

  const areas = (about) => {
    for (const look of about.classes) look.url = nuantu.hatch(look);
    return shapes(about, "areas",
      ({ url, ink }) => ({ fill: true, fillColor: url, fillOpacity: 0.9, color: ink, weight: 1 }),
      ({ url, ink }) => sign.area(url, ink));
  };

  const mains = (about) => shapes(about, "mains",
    ({ ink, width, dash }) => ({ fill: false, color: ink, weight: width, dashArray: dash ?? null }), sign.line);

  const homes = (about) => {
    const { packed, classes, words } = about;
    const labelOf = (field, i) => words[field][layer.homes.codeOf(String(field), i)];
    const villageOf = (i) => about.names[layer.homes.village(i)];
    const title = (i) => layer.homes.idOf(i) || villageOf(i);
    const shown = { field: "0", classes };
    const layer = nuantu.householdLayer(null, {
      pane: pane("homes"),
      begin: begin(() => layer),
      hidden: () => !layer.homes,
      classes: () => shown,
      tell: (i, at) => tell(layer.onMap, layer,
        i < 0 ? null : [title(i), labelOf(0, i), layer.homes.idOf(i) && villageOf(i)], at),
      pick: (i, at) => open(layer.onMap, title(i),
        [about.title, ...about.headings].map((heading, field) => [heading, labelOf(field, i)]), at),
    });
    nuantu.inflate(packed.data).then((bytes) => layer.fill(nuantu.homes(packed, bytes)));
    return onMap(layer, about, ({ fill, shape }) => nuantu.homeSign(fill, shape));
  };

  const gaps = (about) => {
    const layer = nuantu.gapLayer(about.gaps, {
      pane: pane("gaps"),
      leaders: pane("leaders"),
      ink: about.ink,
      begin: begin(() => layer),
      shown: () => true,
      chosen: () => false,
      drawn: (boxes) => {
        placeOf(layer.onMap).marks.set(layer, boxes);
        drawNames(layer.onMap);
      },
      tell: (gap, at) => tell(layer.onMap, layer, gap && lines(about, gap.row), at),
      pick: ({ row, lat, lon }) =>
        open(layer.onMap, row.name, pairs(about, row), layer.onMap.latLngToContainerPoint([lat, lon])),
    });
    layer.on("remove", () => {
      placeOf(layer.onMap).marks.delete(layer);
      drawNames(layer.onMap);
    });
    return onMap(layer, about, ({ key }) => sign.mark(key));
  };

  const names = (about) => {
    const labels = about.labels.map(({ text, ...label }) =>
      ({ ...label, text: () => text, size: about.size, kind: about.drawn }));
    const layer = nuantu.labelLayer({
      pane: pane("names"),
      begin: (map) => {
        layer.onMap = map;
        makePanes(map);
        placeOf(map).names.push(layer);
      },
      wanted: () => labels,
      obstacles: () => {
        const { marks, names: all } = placeOf(layer.onMap);
        return [...marks.values(), ...all.slice(0, all.indexOf(layer)).map(({ boxes }) => boxes ?? [])].flat();
      },
    });
    layer.on("remove", () => {
      const place = placeOf(layer.onMap);
      place.names = place.names.filter((other) => other !== layer);
      drawNames(layer.onMap);
    });
    return onMap(layer, about, null);
  };

  nuantu.folium = { areas, mains, homes, gaps, names };
}
