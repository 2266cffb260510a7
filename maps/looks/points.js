// Every household of the planner edition: drawn on one canvas, found by a grid.
{
  const { data, el, term, state } = nuantu;
  const packed = data.points;
  const FEW = 15000;
  const HIT_PX = 6;
  const TABLES = { approach: "route_point" };

  const home = { grid: null, points: packed && nuantu.homes.unpack() };

  const fieldName = () => [state.colour, data.colour, ...Object.keys(packed.fields)]
    .find((name) => name && Object.hasOwn(packed.fields, name));
  const schemeOf = () => {
    const field = fieldName();
    const { keys, counts } = packed.fields[field];
    const looks = data.looks[TABLES[field] ?? field] ?? {};
    const order = Object.keys(looks);
    return { field, table: field, keys, looks,
      counts: keys.map((key, n) => [key, counts[n]]).filter(([, n]) => n)
        .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)) };
  };

  const hidden = (key) => state.off.has(`points.${key}`);
  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  const visible = (view, points) => {
    const { map } = view;
    const scale = 256 * 2 ** map.getZoom();
    const origin = map.getPixelOrigin().add(map.containerPointToLayerPoint([0, 0]));
    return { scale, ox: origin.x, oy: origin.y, size: map.getSize(), points };
  };

  // Many points: pixels written straight into the picture. Few: round dots with a rim.
  const paintMany = (context, frame, codes, colours, ratio) => {
    const { width, height } = context.canvas;
    const picture = context.createImageData(width, height);
    const pixels = new Uint32Array(picture.data.buffer);
    const dot = Math.max(2, Math.round(ratio * 1.6));
    const [right, bottom] = [width - dot, height - dot];
    const scale = frame.scale * ratio;
    const [ox, oy] = [frame.ox * ratio - 0.5, frame.oy * ratio - 0.5];
    const { x, y } = frame.points;
    const paint = Uint32Array.from(colours, (colour) => colour ?? 0);
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
  const shapeOf = (looks, key) => DOTS[Math.max(0, Object.keys(looks).indexOf(key)) % DOTS.length];

  const paintFew = (context, frame, codes, colours, shapes, shown) => {
    const { x, y } = frame.points;
    const radius = shown.length > 4000 ? 2.2 : 3.6;
    for (const [code, colour] of colours.entries()) {
      if (!colour) continue;
      context.beginPath();
      for (const i of shown) {
        if (codes[i] === code) shapes[code](context, x[i] * frame.scale - frame.ox, y[i] * frame.scale - frame.oy, radius);
      }
      // The rim lies under the dots of its class: it parts a village from its ground, not homes.
      context.strokeStyle = "#fff";
      context.lineWidth = 1.6;
      context.stroke();
      context.fillStyle = colour;
      context.fill();
    }
  };

  const inFrame = (frame) => {
    const { points: { x, y }, scale, ox, oy, size } = frame;
    const shown = [];
    for (let i = 0; i < x.length && shown.length <= FEW; i++) {
      const px = x[i] * scale - ox;
      const py = y[i] * scale - oy;
      if (px > -9 && py > -9 && px < size.x + 9 && py < size.y + 9) shown.push(i);
    }
    return shown;
  };

  const paint = (view, points) => {
    const { canvas, map } = view;
    const ratio = window.devicePixelRatio || 1;
    const frame = visible(view, points);
    canvas.width = Math.round(frame.size.x * ratio);
    canvas.height = Math.round(frame.size.y * ratio);
    canvas.style.width = `${frame.size.x}px`;
    canvas.style.height = `${frame.size.y}px`;
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    if (state.off.has("households.points")) return;
    const { field, keys, looks } = schemeOf();
    const colours = keys.map((key) => (hidden(key) ? null : looks[key]?.fill ?? "#555555"));
    const context = canvas.getContext("2d");
    const shown = inFrame(frame);
    if (shown.length > FEW) {
      const words = colours.map((hex) => hex && new Uint32Array(Uint8Array.from([...rgb(hex), 255]).buffer)[0]);
      paintMany(context, frame, points.fields[field], words, ratio);
    } else {
      context.scale(ratio, ratio);
      paintFew(context, frame, points.fields[field], colours, keys.map((key) => shapeOf(looks, key)), shown);
    }
  };

  // The nearest household within HIT_PX of a place on the screen, -1 for none.
  const nearest = (view, at) => {
    const { points } = home;
    if (state.off.has("households.points")) return -1;
    home.grid ??= nuantu.homes.gridOf(points);
    const { column, row, width, starts, members } = home.grid;
    const { scale, ox, oy } = visible(view, points);
    const wx = (at.x + ox) / scale;
    const wy = (at.y + oy) / scale;
    const reach = HIT_PX / scale;
    const { field, keys } = schemeOf();
    let best = reach * reach;
    let found = -1;
    for (let r = row(wy - reach); r <= row(wy + reach); r++) {
      const first = starts[r * width + column(wx - reach)];
      const last = starts[r * width + column(wx + reach) + 1];
      for (let n = first; n < last; n++) {
        const i = members[n];
        const distance = (points.x[i] - wx) ** 2 + (points.y[i] - wy) ** 2;
        if (distance >= best || hidden(keys[points.fields[field][i]])) continue;
        best = distance;
        found = i;
      }
    }
    return found;
  };

  const valueOf = (name, i) => term(name, packed.fields[name].keys[home.points.codeOf(name, i)]);
  const idOf = (i) => {
    home.ids ??= nuantu.homes.unpackIds(home.points);
    const { stem, number, rank, starts } = home.ids;
    const [text, width] = packed.stems[stem[i]];
    let place = starts[stem[i]];
    for (let plane = 0; plane < rank.length / packed.n; plane++) place += rank[i + plane * packed.n] * 256 ** plane;
    return width ? text + String(number[place]).padStart(width, "0") : text;
  };
  // What the first hover would wait for is made once the map is seen and nothing else is to be done.
  const SEEN_MS = 600;
  const PARTS = [() => { home.grid ??= nuantu.homes.gridOf(home.points); }, () => { home.ids ??= nuantu.homes.unpackIds(home.points); },
    () => { home.villages ??= nuantu.homes.unpackVillages(home.points); }];
  const idle = window.requestIdleCallback ?? setTimeout;
  const makeReady = (parts = PARTS) => idle(() => {
    const [part, ...rest] = parts;
    part();
    if (rest.length) makeReady(rest);
  });
  const titleOf = (i) => (packed.stems.length ? nuantu.t("card.home", { id: idOf(i) }) : nuantu.t("card.home_plain"));
  const villageOf = (i) => {
    home.villages ??= nuantu.homes.unpackVillages(home.points);
    return data.villages[home.villages[i]];
  };

  nuantu.fieldOf = (name) => (packed.headings[name] ? nuantu.say(packed.headings[name]) : nuantu.t(`legend.by_${name}`));
  nuantu.householdBox = (i) => el("section", { class: "household" },
    el("h3", {}, titleOf(i)),
    nuantu.facts(...Object.keys(packed.fields).map((name) => nuantu.fact(nuantu.fieldOf(name), valueOf(name, i)))));
  nuantu.householdTitle = titleOf;

  nuantu.points = packed && {
    size: () => packed.n,
    fields: () => Object.keys(packed.fields),
    scheme: schemeOf,
    // The legend's sign of a class, drawn as the map draws it.
    sign: (key) => {
      const { looks } = schemeOf();
      const canvas = el("canvas", { class: "swatch", width: 56, height: 36, "aria-hidden": "true" });
      const context = canvas.getContext("2d");
      context.scale(2, 2);
      shapeOf(looks, key)(context, 14, 9, 5);
      context.fillStyle = looks[key]?.fill ?? "#555555";
      context.fill();
      return canvas;
    },
    nearest,
    layer: (view) => {
      const { map } = view;
      view.canvas = el("canvas", { class: "leaflet-zoom-hide points", "aria-hidden": "true" });
      map.getPane("points").append(view.canvas);
      // Several events of one task, one picture.
      let due = false;
      const draw = () => {
        if (due) return;
        due = true;
        queueMicrotask(() => {
          due = false;
          paint(view, home.points);
          document.documentElement.dataset.points = "drawn";
        });
      };
      map.on("moveend zoomend resize", draw);
      nuantu.on(["off.points", "off.households", "colour"], draw);
      setTimeout(() => makeReady(), SEEN_MS);
      map.on("mousemove", (event) => {
        const i = nearest(view, event.containerPoint);
        if (i >= 0) nuantu.tip(view, event.containerPoint, titleOf(i), valueOf(schemeOf().field, i), villageOf(i)?.name ?? "");
        else if (!nuantu.village.size) nuantu.tip(view, null);
      });
      map.on("click", (event) => {
        const i = nearest(view, event.containerPoint);
        if (i >= 0) nuantu.set({ household: i, village: villageOf(i)?.code ?? "", gap: "", zone: "" });
      });
      return { addTo: () => {}, remove: () => {} };
    },
  };
}
