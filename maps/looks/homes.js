// Households as a page carries them, unpacked once, and a grid that finds them.
{
  const CELLS = 400;

  // A difference has at most 32 bits: the numbers of ids have nine digits.
  const varints = (bytes, n) => {
    const values = new Int32Array(n);
    for (let i = 0, at = 0, before = 0; i < n; i++) {
      let byte = bytes[at++];
      let value = byte & 127;
      for (let shift = 7; byte & 128; shift += 7) {
        byte = bytes[at++];
        value |= (byte & 127) << shift;
      }
      before += (value >>> 1) ^ -(value & 1);
      values[i] = before;
    }
    return values;
  };

  // World coordinates between 0 and 1, as Leaflet's Mercator has them: of every step of latitude once.
  const world = (lon, lat, steps) => {
    const x = new Float64Array(lon.length);
    let [south, north] = [Infinity, -Infinity];
    for (let i = 0; i < lat.length; i++) {
      x[i] = lon[i] / steps / 360 + 0.5;
      if (lat[i] < south) south = lat[i];
      if (lat[i] > north) north = lat[i];
    }
    const rows = new Float64Array(Math.max(0, north - south + 1));
    for (let i = 0; i < rows.length; i++) {
      const sine = Math.sin(((south + i) / steps) * (Math.PI / 180));
      rows[i] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
    }
    const y = new Float64Array(lat.length);
    for (let i = 0; i < y.length; i++) y[i] = rows[lat[i] - south];
    return { x, y };
  };

  // A class is several fields in one byte a point; a field is spread out when it is asked for.
  const spread = (kinds, column, kind) => {
    const key = Uint8Array.from(kinds, (row) => row[column]);
    const codes = new Uint8Array(kind.length);
    for (let i = 0; i < codes.length; i++) codes[i] = key[kind[i]];
    return codes;
  };
  // The code of one home alone, which nothing has to be spread out for.
  const codeOf = (packed, streams) => (name, i) => {
    const n = packed.classes.findIndex(({ fields }) => fields.includes(name));
    const { fields, kinds } = packed.classes[n];
    return kinds[streams[n][i]][fields.indexOf(name)];
  };
  const fieldsOf = (packed, streams) => {
    const fields = {};
    packed.classes.forEach(({ fields: names, kinds }, n) => names.forEach((name, column) => {
      let codes = null;
      Object.defineProperty(fields, name, { get: () => (codes ??= spread(kinds, column, streams[n])) });
    }));
    return fields;
  };

  // Points by cell of a grid over their box: where to look for the nearest one.
  const gridOf = ({ x, y }) => {
    const box = { west: Infinity, north: Infinity, east: -Infinity, south: -Infinity };
    for (let i = 0; i < x.length; i++) {
      box.west = Math.min(box.west, x[i]);
      box.east = Math.max(box.east, x[i]);
      box.north = Math.min(box.north, y[i]);
      box.south = Math.max(box.south, y[i]);
    }
    const side = Math.max(box.east - box.west, box.south - box.north, 1e-9) / CELLS;
    const column = (value) => Math.max(0, Math.min(CELLS, Math.floor((value - box.west) / side)));
    const row = (value) => Math.max(0, Math.min(CELLS, Math.floor((value - box.north) / side)));
    const starts = new Int32Array((CELLS + 1) ** 2 + 1);
    const cell = (i) => row(y[i]) * (CELLS + 1) + column(x[i]);
    for (let i = 0; i < x.length; i++) starts[cell(i) + 1]++;
    for (let n = 1; n < starts.length; n++) starts[n] += starts[n - 1];
    const next = starts.slice();
    const members = new Int32Array(x.length);
    for (let i = 0; i < x.length; i++) members[next[cell(i)]++] = i;
    return { column, row, width: CELLS + 1, starts, members };
  };

  // What takes time is made when it is first asked for, and kept.
  const once = (make) => {
    let made;
    return () => (made ??= make());
  };

  // The n points of `packed` from its inflated streams:
  //   x, y        world coordinates
  //   codes(f)    index of every point into the keys of field f; codeOf(f, i): of one point
  //   village(i)  index of its village, -1 for none
  //   idOf(i)     its id, "" where the page has none
  //   grid()      where to look for the nearest one
  nuantu.homes = (packed, bytes) => {
    let start = 0;
    const streams = packed.sizes.map((size) => bytes.subarray(start, (start += size)));
    const [lon, lat] = streams.splice(0, 2).map((stream) => varints(stream, packed.n));
    const [village, stem, number, rank] = streams.splice(0, 4);
    const points = world(lon, lat, 10 ** packed.decimals);
    const fields = fieldsOf(packed, streams);
    const grid = once(() => gridOf(points));
    const villages = once(() => varints(village, packed.n));
    const ids = once(() => {
      let first = 0;
      const starts = packed.stems.map(([, , times]) => (first += times) - times);
      return { stem: varints(stem, packed.n), number: varints(number, packed.n), starts };
    });
    const idOf = (i) => {
      if (!packed.stems.length) return "";
      const all = ids();
      const [text, width] = packed.stems[all.stem[i]];
      let place = all.starts[all.stem[i]];
      for (let plane = 0; plane < rank.length / packed.n; plane++) place += rank[i + plane * packed.n] * 256 ** plane;
      return width ? text + String(all.number[place]).padStart(width, "0") : text;
    };
    return { ...points, codes: (name) => fields[name], codeOf: codeOf(packed, streams),
      village: (i) => villages()[i], idOf, grid, parts: [grid, () => packed.stems.length && ids(), villages] };
  };
}
