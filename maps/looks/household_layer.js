// Households on one canvas, found by a grid: L.Layer of `nuantu.homes`.
{
  const { el } = nuantu;
  const FEW = 15000;
  const HIT_PX = 6;
  const SEEN_MS = 600;
  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  // Many points: pixels written straight into the picture. Few: round dots with a rim.
  const paintMany = (context, frame, codes, colours, ratio, above) => {
    const { width, height } = context.canvas;
    const picture = context.createImageData(width, height);
    const pixels = new Uint32Array(picture.data.buffer);
    const dot = Math.max(2, Math.round(ratio * 1.6));
    const [right, bottom] = [width - dot, height - dot];
    const scale = frame.scale * ratio;
    const [ox, oy] = [frame.ox * ratio - 0.5, frame.oy * ratio - 0.5];
    const { x, y } = frame.homes;
    const paint = Uint32Array.from(colours, (colour) => colour ?? 0);
    const draw = (paint) => {
      for (let i = 0; i < x.length; i++) {
        const px = x[i] * scale - ox;
        const py = y[i] * scale - oy;
        if (px < 0 || py < 0 || px >= right || py >= bottom) continue;
        const colour = paint[codes[i]];
        if (!colour) continue;
        let at = (py | 0) * width + (px | 0);
        for (let row = 0; row < dot; row++, at += width) {
          for (let column = 0; column < dot; column++) pixels[at + column] = colour;
        }
      }
    };
    draw(paint.map((colour, code) => (above[code] ? 0 : colour)));
    if (above.some(Boolean)) draw(paint.map((colour, code) => (above[code] ? colour : 0)));
    context.putImageData(picture, 0, 0);
  };

  // One closed outline a class, so that near by they differ in shape as in colour.
  const DOTS = [
    (c, x, y, r) => { c.moveTo(x + r, y); c.arc(x, y, r, 0, 2 * Math.PI); },
    (c, x, y, r) => c.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8),
    (c, x, y, r) => { c.moveTo(x, y - r * 1.2); c.lineTo(x + r * 1.15, y + r * 0.9); c.lineTo(x - r * 1.15, y + r * 0.9); c.closePath(); },
    (c, x, y, r) => { c.moveTo(x, y - r * 1.25); c.lineTo(x + r * 1.25, y); c.lineTo(x, y + r * 1.25); c.lineTo(x - r * 1.25, y); c.closePath(); },
    (c, x, y, r) => { c.moveTo(x, y + r * 1.2); c.lineTo(x + r * 1.15, y - r * 0.9); c.lineTo(x - r * 1.15, y - r * 0.9); c.closePath(); },
  ];
  const dotOf = (shape) => DOTS[Math.max(0, shape) % DOTS.length];

  const paintFew = (context, frame, codes, classes, shown) => {
    const { x, y } = frame.homes;
    const radius = shown.length > 4000 ? 2.2 : 3.6;
    const order = [...classes.entries()].sort(([, a], [, b]) => Boolean(a.above) - Boolean(b.above));
    for (const [code, { fill, shape, hidden }] of order) {
      if (hidden) continue;
      const dot = dotOf(shape);
      context.beginPath();
      for (const i of shown) {
        if (codes[i] === code) dot(context, x[i] * frame.scale - frame.ox, y[i] * frame.scale - frame.oy, radius);
      }
      // The rim lies under the dots of its class: it parts a village from its ground, not homes.
      context.strokeStyle = "#fff";
      context.lineWidth = 1.6;
      context.stroke();
      context.fillStyle = fill;
      context.fill();
    }
  };

  const inFrame = (frame) => {
    const { homes: { x, y }, scale, ox, oy, size } = frame;
    const shown = [];
    for (let i = 0; i < x.length && shown.length <= FEW; i++) {
      const px = x[i] * scale - ox;
      const py = y[i] * scale - oy;
      if (px > -9 && py > -9 && px < size.x + 9 && py < size.y + 9) shown.push(i);
    }
    return shown;
  };

  // The legend's sign of a class, drawn as the map draws it.
  nuantu.homeSign = (fill, shape) => {
    const canvas = el("canvas", { class: "swatch", width: 56, height: 36, "aria-hidden": "true" });
    const context = canvas.getContext("2d");
    context.scale(2, 2);
    dotOf(shape)(context, 14, 9, 5);
    context.fillStyle = fill;
    context.fill();
    return canvas;
  };

  // options: classes() → { field, classes: [{ fill, shape, hidden, above }] by code }, above: drawn over the others; hidden() → none drawn;
  // tell(i, point), i -1 for no home there; pick(i, point); begin(map) before all else
  const HouseholdLayer = L.Layer.extend({
    initialize(homes, options) {
      L.setOptions(this, options);
      if (homes) this.fill(homes);
    },
    // Homes that come after the layer has been made.
    fill(homes) {
      this.homes = homes;
      setTimeout(() => this.prepare(homes.parts), SEEN_MS);
      this.draw();
    },
    beforeAdd(map) {
      this.options.begin?.(map);
    },
    onAdd(map) {
      this.canvas ??= el("canvas", { class: "leaflet-zoom-hide points", "aria-hidden": "true" });
      map.getPane(this.options.pane).append(this.canvas);
      this.draw();
    },
    onRemove() {
      this.canvas.remove();
    },
    getEvents() {
      return { moveend: this.draw, zoomend: this.draw, resize: this.draw, mousemove: this.hover, click: this.click };
    },
    // Several events of one task, one picture.
    draw() {
      if (this.due || !this._map) return;
      this.due = true;
      queueMicrotask(() => {
        this.due = false;
        if (this._map) this.paint();
      });
    },
    // What the first hover would wait for is made once the map is seen and nothing else is to be done.
    prepare([part, ...rest]) {
      (window.requestIdleCallback ?? setTimeout)(() => {
        part();
        if (rest.length) this.prepare(rest);
      });
    },
    frame() {
      const map = this._map;
      const origin = map.getPixelOrigin().add(map.containerPointToLayerPoint([0, 0]));
      return { scale: 256 * 2 ** map.getZoom(), ox: origin.x, oy: origin.y, size: map.getSize(), homes: this.homes };
    },
    paint() {
      const { canvas, homes, _map: map } = this;
      const ratio = window.devicePixelRatio || 1;
      const frame = this.frame();
      canvas.width = Math.round(frame.size.x * ratio);
      canvas.height = Math.round(frame.size.y * ratio);
      canvas.style.width = `${frame.size.x}px`;
      canvas.style.height = `${frame.size.y}px`;
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      document.documentElement.dataset.points = "drawn";
      if (this.options.hidden()) return;
      const { field, classes } = this.options.classes();
      const context = canvas.getContext("2d");
      const shown = inFrame(frame);
      if (shown.length > FEW) {
        const words = classes.map(({ fill, hidden }) => !hidden && new Uint32Array(Uint8Array.from([...rgb(fill), 255]).buffer)[0]);
        paintMany(context, frame, homes.codes(field), words, ratio, classes.map(({ above }) => above));
      } else {
        context.scale(ratio, ratio);
        if (shown.length) paintFew(context, frame, homes.codes(field), classes, shown);
      }
    },
    // The nearest household within HIT_PX of a place on the screen, -1 for none.
    nearest(at) {
      if (!this._map || this.options.hidden()) return -1;
      const { homes } = this;
      const { column, row, width, starts, members } = homes.grid();
      const { scale, ox, oy } = this.frame();
      const wx = (at.x + ox) / scale;
      const wy = (at.y + oy) / scale;
      const reach = HIT_PX / scale;
      const { field, classes } = this.options.classes();
      const codes = homes.codes(field);
      let best = reach * reach;
      let found = -1;
      for (let r = row(wy - reach); r <= row(wy + reach); r++) {
        const first = starts[r * width + column(wx - reach)];
        const last = starts[r * width + column(wx + reach) + 1];
        for (let n = first; n < last; n++) {
          const i = members[n];
          const distance = (homes.x[i] - wx) ** 2 + (homes.y[i] - wy) ** 2;
          if (distance >= best || classes[codes[i]].hidden) continue;
          best = distance;
          found = i;
        }
      }
      return found;
    },
    hover({ containerPoint }) {
      this.options.tell(this.nearest(containerPoint), containerPoint);
    },
    click({ containerPoint }) {
      const i = this.nearest(containerPoint);
      if (i >= 0) this.options.pick(i, containerPoint);
    },
  });
  nuantu.householdLayer = (homes, options) => new HouseholdLayer(homes, options);
}
