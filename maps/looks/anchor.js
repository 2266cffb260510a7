// Where the name of an area stands: the roomiest of a grid of points inside it.
{
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
  nuantu.anchor = anchor;
}
