// One map: its panes, its fit beside the legend, its scale, north and zoom buttons.
{
  const { data, el, svg, t } = nuantu;
  const PANES = [...data.drawn.map(({ name }) => name).filter((name) => name !== "gaps"),
    "selected", "labels", "leaders", "gaps"];
  const EQUATOR_M = 40075016.686;

  const extent = (name) => L.geoJSON(data.geometry[name] ?? []).getBounds();
  nuantu.bounds = () => {
    const outline = extent("outline");
    return outline.isValid() ? outline : extent("villages");
  };

  // Metres on the ground for one CSS pixel, at the middle of the map.
  nuantu.metresPerPixel = (map) =>
    (EQUATOR_M * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (256 * 2 ** map.getZoom());

  const scaleBar = (map) => {
    const label = el("span", { class: "scale-label" });
    const bar = el("span", { class: "scale-bar" });
    const ratio = el("span", { class: "scale-ratio" });
    const draw = () => {
      const mpp = nuantu.metresPerPixel(map);
      const most = mpp * (map.getSize().x < 520 ? 80 : 120);
      const unit = 10 ** Math.floor(Math.log10(most));
      const length = [5, 2, 1].find((n) => n * unit <= most) * unit;
      bar.style.width = `${Math.round(length / mpp)}px`;
      label.textContent = length < 1000 ? t("map.m", { n: length }) : t("map.km", { n: length / 1000 });
      ratio.textContent = t("map.ratio", { n: nuantu.number(Math.round((mpp * 96) / 0.0254 / 100) * 100) });
    };
    map.on("zoomend moveend resize", draw);
    nuantu.on(["lang"], draw);
    return el("div", { class: "scale" }, whereabouts(map), ratio, label, bar);
  };

  // Where the middle of the map is, once the reader has come nearer than the whole city.
  const inRing = ([x, y], ring) => ring.reduce((inside, [ax, ay], n) => {
    const [bx, by] = ring[(n || ring.length) - 1];
    return (ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !inside : inside;
  }, false);
  const parts = ({ type, coordinates }) => (type === "MultiPolygon" ? coordinates : type === "Polygon" ? [coordinates] : []);
  const villageAt = (place) => {
    const found = (data.geometry.villages?.features ?? []).find(({ geometry }) => parts(geometry)
      .some(([outer, ...holes]) => inRing(place, outer) && !holes.some((hole) => inRing(place, hole))));
    return found && nuantu.village.get(found.properties.code);
  };
  const whereabouts = (map) => {
    const said = el("span", { class: "where" });
    const draw = () => {
      const { lat, lng } = map.getCenter();
      const near = map.getZoom() >= map.getBoundsZoom(nuantu.bounds()) + 1;
      const village = near ? villageAt([lng, lat]) : null;
      said.textContent = near ? [village && nuantu.townshipBriefly(village), village && ((nuantu.language === "en" && village.pinyin) || village.name), `${lng.toFixed(4)}°E ${lat.toFixed(4)}°N`].filter(Boolean).join(" · ") : "";
    };
    map.on("moveend", draw);
    nuantu.on(["lang"], draw);
    return said;
  };

  const north = () => {
    const letter = svg("text", { x: 14, y: 11, "text-anchor": "middle" });
    nuantu.on(["lang"], () => { letter.textContent = t("map.north"); });
    return svg("svg", { class: "north", width: 28, height: 44, viewBox: "0 0 28 44", "aria-hidden": "true" },
      letter, svg("path", { d: "M14,15 L22,42 L14,36 L6,42 Z", class: "north-half" }),
      svg("path", { d: "M14,15 L14,36 L6,42 Z", class: "north-dark" }));
  };

  const button = (key, shape, run) => {
    const icon = svg("svg", { width: 18, height: 18, viewBox: "0 0 18 18", "aria-hidden": "true" },
      svg("path", { d: shape, fill: "none", stroke: "currentColor", "stroke-width": 2 }));
    const made = el("button", { type: "button", class: "map-button", "data-key": key, click: run }, icon);
    nuantu.on(["lang"], () => {
      made.setAttribute("aria-label", t(key));
      made.setAttribute("title", t(key));
    });
    return made;
  };

  // By keyboard: Enter chooses what stands under the cross in the middle.
  const cross = (view) => {
    const box = view.map.getContainer();
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== box) return;
      const { left, top } = box.getBoundingClientRect();
      const { x, y } = view.map.getSize().divideBy(2);
      const [clientX, clientY] = [left + x, top + y];
      const under = document.elementFromPoint(clientX, clientY);
      if (box.contains(under)) under.dispatchEvent(new MouseEvent("click", { bubbles: true, clientX, clientY }));
    });
    return el("div", { class: "cross", "aria-hidden": "true" });
  };

  // Distance along the places clicked, and where the pointer is: a sheet over the map takes the clicks.
  const measuring = (view) => {
    const { map } = view;
    let way = [];
    let line = null;
    const sheet = el("div", { class: "measure", hidden: true });
    const said = el("p", { class: "measured", role: "status", hidden: true });
    const at = (event) => map.mouseEventToLatLng(event);
    const told = (end) => {
      const length = [...way, ...(end ? [end] : [])].reduce(([sum, before], place) => [sum + (before ? map.distance(before, place) : 0), place], [0, null])[0];
      const { lat, lng } = end ?? way.at(-1) ?? map.getCenter();
      said.textContent = [`${lng.toFixed(5)}°E ${lat.toFixed(5)}°N`, way.length ? t("map.length", { length: length < 1000 ? t("map.m", { n: nuantu.number(length) }) : t("map.km", { n: nuantu.hundredths(length / 1000) }) }) : t("map.measure_hint")].join(" · ");
    };
    const draw = (end) => {
      line?.remove();
      line = L.polyline([...way, ...(end ? [end] : [])], { pane: "selected", interactive: false, color: data.looks.line.selected.ink, weight: 3, dashArray: "6 4" }).addTo(map);
      told(end);
    };
    sheet.addEventListener("click", (event) => { way.push(at(event)); draw(); });
    sheet.addEventListener("mousemove", (event) => draw(at(event)));
    const turn = (on) => {
      sheet.hidden = said.hidden = !on;
      made.setAttribute("aria-pressed", String(on));
      way = [];
      line?.remove();
      if (on) told();
    };
    const made = button("map.measure", "M2,13 L13,2 L16,5 L5,16 Z M6,9 l2,2 M9,6 l2,2", () => turn(sheet.hidden));
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !sheet.hidden) turn(false); });
    map.getContainer().append(sheet, said);
    return made;
  };

  const furnish = (view) => {
    const { map } = view;
    const box = map.getContainer();
    const buttons = el("div", { class: "map-buttons" },
      button("map.zoom_in", "M9,2 V16 M2,9 H16", () => map.zoomIn(1)),
      button("map.zoom_out", "M2,9 H16", () => map.zoomOut(1)),
      button("take.picture", "M3,5 H6 L7.5,3 H10.5 L12,5 H15 V14 H3 Z M9,7 a2.4,2.4 0 1 0 0.01,0", () => nuantu.savePicture(view)),
      measuring(view),
      button("map.whole", "M3,7 V3 H7 M11,3 H15 V7 M15,11 V15 H11 M7,15 H3 V11", () => nuantu.whole(view)));
    view.tip = el("div", { class: "tip", hidden: true });
    box.append(buttons, view.tip, cross(view), el("div", { class: "marginalia" }, scaleBar(map), north()));
    L.DomEvent.disableClickPropagation(buttons);
  };

  nuantu.tip = (view, point, ...lines) => {
    view.tip.hidden = !point;
    if (!point) return;
    view.tip.replaceChildren(...lines.map((line, n) => el(n ? "span" : "b", {}, line)));
    const { x: width } = view.map.getSize();
    const left = point.x > width - 180;
    view.tip.style.transform =
      `translate(${Math.round(point.x)}px, ${Math.round(point.y)}px) translate(${left ? "calc(-100% - 14px)" : "14px"}, 14px)`;
  };

  // On a telephone the land keeps clear of the buttons and of the line below with scale and mark.
  const room = () => (window.matchMedia("(max-width: 560px)").matches
    ? { paddingTopLeft: [10, 14], paddingBottomRight: [60, 56] } : { padding: [18, 18] });

  nuantu.whole = (view) => {
    view.free = true;
    view.map.fitBounds(nuantu.bounds(), { ...room(), animate: false });
    view.free = false;
    nuantu.set({ view: null });
  };

  // A map without room, in a frame that is not shown yet, waits at its middle until it has some.
  const ROOM_PX = 80;
  const hasRoom = ({ clientWidth, clientHeight }) => clientWidth >= ROOM_PX && clientHeight >= ROOM_PX;

  const place = (view) => {
    if (view.waits) {
      view.map.setView(nuantu.bounds().getCenter(), 10, { animate: false });
      return;
    }
    const [zoom, lat, lng] = (nuantu.state.view ?? "").split("/").map(Number);
    if (nuantu.state.view) view.map.setView([lat, lng], zoom, { animate: false });
    else nuantu.whole(view);
  };
  // What is chosen in its surroundings: a link that names it opens so, and the search goes there.
  nuantu.goNear = (view) => {
    const gap = nuantu.gap.get(nuantu.state.gap);
    const bounds = gap?.lat ? L.latLng(gap.lat, gap.lon).toBounds(2000) : L.geoJSON(nuantu.chosenFeatures()).getBounds();
    if (view.waits || !bounds.isValid()) return false;
    view.map.fitBounds(bounds.pad(0.6), { animate: false });
    return true;
  };
  const near = (view) => {
    if (view.waits) return true;
    if (nuantu.state.view) return false;
    view.free = true;
    const there = nuantu.goNear(view);
    view.free = false;
    return there;
  };

  const keep = (view) => {
    if (view.free || document.body.classList.contains("printing")) return;
    const { lat, lng } = view.map.getCenter();
    nuantu.set({ view: `${view.map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}` });
  };

  const limit = (map) => {
    // The data end at 1:1,000.
    map.setMaxZoom(map.getZoom() + Math.log2(nuantu.metresPerPixel(map) / (1000 * 0.0254 / 96)));
    map.setMinZoom(map.getBoundsZoom(nuantu.bounds()) - 1);
    map.setMaxBounds(nuantu.bounds().pad(0.6));
  };

  const fit = (view) => {
    if (document.body.classList.contains("printing")) return;
    const { view: kept } = nuantu.state;
    const box = view.map.getContainer();
    const { x, y } = view.map.getSize();
    if (!hasRoom(box) || (x === box.clientWidth && y === box.clientHeight)) return;
    view.free = true;
    view.map.invalidateSize({ animate: false, pan: false });
    if (view.waits) {
      view.waits = false;
      place(view);
      limit(view.map);
    }
    view.free = false;
    if (!kept && !(view.near && near(view))) nuantu.whole(view);
  };

  // The office's own picture below everything, its switch in the legend.
  const lay = (view) => {
    const [west, south, east, top] = data.picture.bounds;
    const pane = view.map.createPane("picture");
    Object.assign(pane.style, { zIndex: 390, pointerEvents: "none" });
    const drawn = L.imageOverlay(`data:image/webp;base64,${data.picture.data}`, [[south, west], [top, east]], { pane: "picture", interactive: false });
    nuantu.on(["off.ground"], () => (nuantu.state.off.has("ground.picture") ? drawn.remove() : drawn.addTo(view.map)));
  };

  // Where the page itself scrolls, the wheel scrolls it also over a map, and one finger does: a map that takes
  // them traps the reader. With Ctrl or ⌘ the wheel zooms, and two fingers move the map.
  const FLOWS = window.matchMedia("(max-width: 1240px)");
  const TOUCH = window.matchMedia("(hover: none) and (pointer: coarse)");
  const HINT_MS = 1500;
  const yieldsWheel = () => FLOWS.matches || ["index", "brief", "compare"].includes(data.page);
  const gentle = ({ map }) => {
    const box = map.getContainer();
    const hint = el("p", { class: "gesture", "aria-hidden": "true" });
    box.append(hint);
    let until = 0;
    const tell = (key) => {
      hint.textContent = t(key);
      hint.classList.add("shown");
      clearTimeout(until);
      until = setTimeout(() => hint.classList.remove("shown"), HINT_MS);
    };
    box.addEventListener("wheel", (event) => {
      if (!yieldsWheel() || event.ctrlKey || event.metaKey) return;
      event.stopImmediatePropagation();
      tell("map.wheel_hint");
    }, { capture: true, passive: true });
    const touch = () => map.dragging[TOUCH.matches && yieldsWheel() ? "disable" : "enable"]();
    FLOWS.addEventListener("change", touch);
    touch();
    box.addEventListener("touchmove", ({ touches }) => { if (touches.length === 1 && !map.dragging.enabled()) tell("map.touch_hint"); }, { passive: true });
  };

  // Called once for each folium.Map of the page, before its layers are made.
  nuantu.map = (map, options) => {
    const view = { map, options, layers: {}, free: true };
    nuantu.views.push(view);
    map.attributionControl?.remove();
    PANES.forEach((name, n) => {
      const pane = map.createPane(name);
      pane.style.zIndex = 400 + n * 10;
      if (name === "selected" || name === "labels" || name === "points") pane.style.pointerEvents = "none";
    });
    map.getContainer().setAttribute("role", "region");
    const beside = () => data.comparison?.scenarios[options.theme === "a" ? 0 : nuantu.state.scenario].name;
    nuantu.on(["lang", "scenario"], () => map.getContainer().setAttribute("aria-label",
      [t("map.label"), nuantu.say(beside()), data.page === "brief" && t(`brief.map_${options.theme}`)].filter(Boolean).join(" · ")));
    furnish(view);
    gentle(view);
    if (data.picture) lay(view);
    view.waits = !hasRoom(map.getContainer());
    place(view);
    if (!view.waits) limit(map);
  };

  // Called once its layers are on it.
  nuantu.mapReady = (map) => {
    const view = nuantu.views.find((one) => one.map === map);
    nuantu.followState(view);
    view.near = near(view);
    map.on("moveend", () => keep(view));
    view.free = false;
    view.fit = () => fit(view);
    new ResizeObserver(view.fit).observe(map.getContainer());
  };
}
