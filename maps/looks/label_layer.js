// Names without collisions: L.Layer of labels, the first ones first.
{
  const { svg } = nuantu;

  // Han characters are as wide as the type is high, Latin letters about half.
  const widthOf = (text, size) =>
    [...text].reduce((sum, letter) => sum + (letter.codePointAt(0) > 0x2e7f ? 1 : 0.56), 0) * size;

  const overlaps = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
  const within = (a, b) => a[0] >= b[0] && a[1] >= b[1] && a[2] <= b[2] && a[3] <= b[3];
  const TRIES = [[0, 0], [0, -1.3], [0, 1.3], [0.8, 0], [-0.8, 0], [0, -2.4], [0, 2.4], [1, -1.3], [-1, -1.3], [1, 1.3], [-1, 1.3], [0, -3.6], [0, 3.6]];

  // Where a label would stand is worked out when it is first wanted.
  const placed = (label) => (label.at ? label : Object.assign(label, nuantu.anchor(label.geometry)));

  const fits = (map, label, size, width) => {
    if (!label.box) return true;
    const [west, south, east, north] = label.box;
    const a = map.latLngToLayerPoint([north, west]);
    const b = map.latLngToLayerPoint([south, east]);
    return b.x - a.x > width * 1.25 && b.y - a.y > size * 2.2;
  };

  const put = (map, label, small, taken, frame) => {
    const text = label.text();
    const size = label.size * small;
    const width = widthOf(text, size);
    if (label.kind !== "township" && !label.free && !fits(map, label, size, width)) return null;
    const { x, y } = map.latLngToLayerPoint([label.at[1], label.at[0]]);
    for (const [dx, dy] of TRIES) {
      const cx = x + dx * width;
      const cy = y + dy * size;
      const area = [cx - width / 2 - 3, cy - size * 0.65, cx + width / 2 + 3, cy + size * 0.65];
      if (taken.some((other) => overlaps(area, other)) || !within(area, frame)) continue;
      taken.push(area);
      return svg("text", { x: cx.toFixed(1), y: (cy + size * 0.36).toFixed(1),
        class: `label label-${label.kind}`, "font-size": size, "text-anchor": "middle" }, text);
    }
    return null;
  };

  // A label is { text(), size, kind: "township" or "village", geometry, or at and box };
  // options: wanted() → labels; obstacles() → new list of boxes to keep clear of, in layer pixels;
  // begin(map) before all else. `boxes` of a layer is what its labels cover.
  const LabelLayer = L.Layer.extend({
    initialize(options) {
      L.setOptions(this, options);
    },
    beforeAdd(map) {
      this.options.begin?.(map);
    },
    onAdd(map) {
      this.sheet ??= svg("svg", { class: "labels leaflet-zoom-hide", width: 1, height: 1 });
      map.getPane(this.options.pane).append(this.sheet);
      this.draw();
    },
    onRemove() {
      this.sheet.remove();
    },
    getEvents() {
      return { zoomend: this.draw, moveend: this.draw, resize: this.draw, viewreset: this.draw };
    },
    draw() {
      const { _map: map, sheet } = this;
      if (!map) return;
      const size = map.getSize();
      const origin = map.containerPointToLayerPoint([0, 0]);
      const near = (label) => {
        const p = map.latLngToContainerPoint([label.at[1], label.at[0]]);
        return p.x > -80 && p.y > -40 && p.x < size.x + 80 && p.y < size.y + 40;
      };
      const frame = [origin.x, origin.y, origin.x + size.x, origin.y + size.y];
      const small = size.x < 260 ? 0.8 : 1;
      const taken = this.options.obstacles();
      const foreign = taken.length;
      sheet.replaceChildren(...this.options.wanted().map(placed).filter(near)
        .map((label) => put(map, label, small, taken, frame)).filter(Boolean));
      this.boxes = taken.slice(foreign);
    },
  });
  nuantu.labelLayer = (options) => new LabelLayer(options);
}
