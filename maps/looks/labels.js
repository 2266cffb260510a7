// Names on the map, without collisions: townships first, villages where they have room.
{
  const { data, svg, state } = nuantu;
  const STEPS = 11;

  const ENOUGH = 60;

  // Rings thinned to some sixty vertices: a label needs no more.
  const rings = (geometry) => {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    return polygons.flat().map((ring) => {
      const step = Math.ceil(ring.length / ENOUGH);
      return ring.filter((_, n) => n % step === 0 || n === ring.length - 1);
    });
  };

  const inside = (x, y, lines) => {
    let odd = false;
    for (const ring of lines) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const [xi, yi] = ring[i];
        const [xj, yj] = ring[j];
        if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
      }
    }
    return odd;
  };

  // Squared distance from a point to the segment from a to b.
  const toSegment = (x, y, [ax, ay], [bx, by]) => {
    const length = (bx - ax) ** 2 + (by - ay) ** 2;
    const along = length ? Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
    return (ax + along * (bx - ax) - x) ** 2 + (ay + along * (by - ay) - y) ** 2;
  };

  const roomAt = (x, y, lines) => {
    let least = Infinity;
    for (const ring of lines) {
      for (let i = 1; i < ring.length; i++) least = Math.min(least, toSegment(x, y, ring[i - 1], ring[i]));
    }
    return least;
  };

  const box = (lines) => {
    const all = lines.flat();
    const xs = all.map((p) => p[0]);
    const ys = all.map((p) => p[1]);
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  };

  // The roomiest of a grid of points inside a polygon, [lon, lat], and the polygon's box.
  const anchor = (geometry) => {
    const lines = rings(geometry);
    const [west, south, east, north] = box(lines);
    let best = { room: -1, at: [(west + east) / 2, (south + north) / 2] };
    for (let i = 1; i < STEPS; i++) {
      for (let j = 1; j < STEPS; j++) {
        const at = [west + ((east - west) * i) / STEPS, south + ((north - south) * j) / STEPS];
        if (!inside(...at, lines)) continue;
        const room = roomAt(...at, lines);
        if (room > best.room) best = { room, at };
      }
    }
    return { at: best.at, box: [west, south, east, north] };
  };

  // Han characters are as wide as the type is high, Latin letters about half.
  const widthOf = (text, size) =>
    [...text].reduce((sum, letter) => sum + (letter.codePointAt(0) > 0x2e7f ? 1 : 0.56), 0) * size;

  nuantu.anchor = anchor;
  const labelsOf = (name, table, size, kind) => (data.geometry[name]?.features ?? []).map((feature) => {
    const row = table.get(feature.properties.code);
    return { row, text: row?.name ?? feature.properties.name ?? "", size, kind, geometry: feature.geometry };
  }).filter(({ text }) => text);

  // Where a label would stand is worked out when it is first wanted.
  const placed = (label) => (label.at ? label : Object.assign(label, anchor(label.geometry)));

  const overlaps = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
  const within = (a, b) => a[0] >= b[0] && a[1] >= b[1] && a[2] <= b[2] && a[3] <= b[3];
  const TRIES = [[0, 0], [0, -1.3], [0, 1.3], [0.8, 0], [-0.8, 0], [0, -2.4], [0, 2.4], [1, -1.3], [-1, -1.3], [1, 1.3], [-1, 1.3], [0, -3.6], [0, 3.6]];

  const fits = (map, label, width) => {
    if (label.kind === "township") return true;
    const [west, south, east, north] = label.box;
    const a = map.latLngToLayerPoint([north, west]);
    const b = map.latLngToLayerPoint([south, east]);
    return b.x - a.x > width * 1.25 && b.y - a.y > label.size * 2.2;
  };

  const put = (map, label, taken, frame) => {
    const text = state.lang === "en" && label.row?.pinyin ? label.row.pinyin : label.text;
    const width = widthOf(text, label.size);
    if (!fits(map, label, width)) return null;
    const { x, y } = map.latLngToLayerPoint([label.at[1], label.at[0]]);
    for (const [dx, dy] of TRIES) {
      const cx = x + dx * width;
      const cy = y + dy * label.size;
      const area = [cx - width / 2 - 3, cy - label.size * 0.65, cx + width / 2 + 3, cy + label.size * 0.65];
      if (taken.some((other) => overlaps(area, other)) || !within(area, frame)) continue;
      taken.push(area);
      return svg("text", { x: cx.toFixed(1), y: (cy + label.size * 0.36).toFixed(1),
        class: `label label-${label.kind}`, "font-size": label.size, "text-anchor": "middle" }, text);
    }
    return null;
  };

  nuantu.labels = (view) => {
    const { map } = view;
    const townships = labelsOf("townships", nuantu.township, 14, "township");
    const villages = labelsOf("villages", nuantu.village, 12, "village");
    const sheet = svg("svg", { class: "labels leaflet-zoom-hide", width: 1, height: 1 });
    sheet.style.overflow = "visible";
    sheet.style.position = "absolute";
    map.getPane("labels").append(sheet);
    // Village names come when the reader has come nearer than the whole city.
    const draw = () => {
      const size = map.getSize();
      const origin = map.containerPointToLayerPoint([0, 0]);
      const near = (label) => {
        const p = map.latLngToContainerPoint([label.at[1], label.at[0]]);
        return p.x > -80 && p.y > -40 && p.x < size.x + 80 && p.y < size.y + 40;
      };
      const frame = [origin.x, origin.y, origin.x + size.x, origin.y + size.y];
      const small = size.x < 260 ? 0.8 : 1;
      const taken = [[origin.x + size.x - 64, origin.y, origin.x + size.x, origin.y + 160],
        ...(view.obstacles ?? [])];
      const nearer = map.getZoom() >= map.getBoundsZoom(nuantu.bounds()) + 0.6;
      const wanted = [
        ...(state.off.has("ground.townships") ? [] : townships),
        ...(state.off.has("ground.names") || !nearer ? [] : villages),
      ];
      sheet.replaceChildren(...wanted.map(placed).filter(near).map((label) => ({ ...label, size: label.size * small })).map((label) => put(map, label, taken, frame)).filter(Boolean));
    };
    map.on("zoomend moveend resize viewreset", draw);
    nuantu.on(["off.ground", "off.gaps", "lang"], draw);
  };
}
