// Coverage gaps: a mark each, its shape by kind, its size by homes; marks that would lie on one
// another step aside, with a line to their place.
{
  const { data, svg, term, state } = nuantu;
  const TURNS = 12;

  const radius = (gap) => Math.max(11, Math.min(18, 9 + Math.sqrt(gap.households ?? 0) * 0.4));

  const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y) >= a.r + b.r + 1;

  // The nearest free spot to a gap's own place, on rings around it.
  const spotFor = (at, r, taken) => {
    for (let ring = 0; ring < 9; ring++) {
      for (let turn = 0; turn < (ring ? TURNS : 1); turn++) {
        const angle = (turn / TURNS) * 2 * Math.PI;
        const spot = { x: at.x + ring * r * 0.9 * Math.cos(angle), y: at.y + ring * r * 0.9 * Math.sin(angle), r };
        if (taken.every((other) => apart(spot, other))) return spot;
      }
    }
    return { ...at, r };
  };

  const marker = (view, gap, spot) => {
    const { r } = spot;
    const box = svg("svg", { width: 2 * r + 4, height: 2 * r + 4, "aria-hidden": "true",
      class: gap.gap_id === state.gap ? "gap-chosen" : null },
      nuantu.mark(gap.kind, r + 2, r + 2, r),
      svg("text", { x: r + 2, y: r + 6, "text-anchor": "middle", class: "gap-rank" }, gap.rank));
    const icon = L.divIcon({ html: box, className: "gap-icon", iconSize: [2 * r + 4, 2 * r + 4] });
    const made = L.marker(view.map.layerPointToLatLng([spot.x, spot.y]), { icon, pane: "gaps", keyboard: false });
    made.on("click", () => nuantu.select("gap", gap.gap_id));
    made.on("mouseover", (event) => nuantu.tip(view,
      view.map.latLngToContainerPoint(event.latlng), nuantu.placeOf(gap), term("gap_kind", gap.kind)));
    made.on("mouseout", () => nuantu.tip(view, null));
    return made;
  };

  const leader = (view, gap, spot) => L.polyline(
    [[gap.lat, gap.lon], view.map.layerPointToLatLng([spot.x, spot.y])],
    { pane: "leaders", color: data.looks.line.selected.ink, weight: 1, interactive: false });

  nuantu.gaps = (view) => {
    const group = L.layerGroup();
    const draw = () => {
      group.clearLayers();
      const taken = [];
      for (const gap of data.gaps) {
        if (state.off.has(`gaps.${gap.kind}`)) continue;
        const at = view.map.latLngToLayerPoint([gap.lat, gap.lon]);
        const spot = spotFor(at, radius(gap), taken);
        taken.push(spot);
        if (Math.hypot(spot.x - at.x, spot.y - at.y) > 1) group.addLayer(leader(view, gap, spot));
        group.addLayer(marker(view, gap, spot));
      }
      view.obstacles = taken.map(({ x, y, r }) => [x - r, y - r, x + r, y + r]);
    };
    view.map.on("zoomend viewreset", draw);
    nuantu.on(["off.gaps", "gap"], draw);
    return group;
  };
}
