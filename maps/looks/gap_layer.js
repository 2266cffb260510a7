// Coverage gaps: a mark each, its shape by kind, its size by homes; marks that would lie on one
// another step aside, with a line to their place.
{
  const { svg } = nuantu;
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

  // A gap is { lon, lat, kind, rank, households };
  // options: shown(gap), chosen(gap); tell(gap, point), gap null for none there; pick(gap);
  // panes for marks and for the lines to their places; drawn(boxes): what the marks cover, in layer pixels;
  // begin(map) before all else
  const GapLayer = L.LayerGroup.extend({
    initialize(gaps, options) {
      L.LayerGroup.prototype.initialize.call(this, [], options);
      this.gaps = gaps;
    },
    beforeAdd(map) {
      this.options.begin?.(map);
    },
    onAdd(map) {
      this.draw();
      L.LayerGroup.prototype.onAdd.call(this, map);
    },
    getEvents() {
      return { zoomend: this.draw, viewreset: this.draw };
    },
    draw() {
      const { _map: map } = this;
      if (!map) return;
      this.clearLayers();
      const taken = [];
      for (const gap of this.gaps) {
        if (!this.options.shown(gap)) continue;
        const at = map.latLngToLayerPoint([gap.lat, gap.lon]);
        const spot = spotFor(at, radius(gap), taken);
        taken.push(spot);
        if (Math.hypot(spot.x - at.x, spot.y - at.y) > 1) this.addLayer(this.leader(gap, spot));
        this.addLayer(this.marker(gap, spot));
      }
      this.options.drawn(taken.map(({ x, y, r }) => [x - r, y - r, x + r, y + r]));
    },
    marker(gap, spot) {
      const { r } = spot;
      const box = svg("svg", { width: 2 * r + 4, height: 2 * r + 4, "aria-hidden": "true",
        class: this.options.chosen(gap) ? "gap-chosen" : null },
        nuantu.mark(gap.kind, r + 2, r + 2, r),
        svg("text", { x: r + 2, y: r + 6, "text-anchor": "middle", class: "gap-rank" }, gap.rank));
      const icon = L.divIcon({ html: box, className: "gap-icon", iconSize: [2 * r + 4, 2 * r + 4] });
      const { pane, tell, pick } = this.options;
      const made = L.marker(this._map.layerPointToLatLng([spot.x, spot.y]), { icon, pane, keyboard: false });
      made.on("click", () => pick(gap));
      made.on("mouseover", (event) => tell(gap, this._map.latLngToContainerPoint(event.latlng)));
      made.on("mouseout", () => tell(null));
      return made;
    },
    leader(gap, spot) {
      return L.polyline([[gap.lat, gap.lon], this._map.layerPointToLatLng([spot.x, spot.y])],
        { pane: this.options.leaders, color: this.options.ink, weight: 1, interactive: false });
    },
  });
  nuantu.gapLayer = (gaps, options) => new GapLayer(gaps, options);
}
