// Areas and lines: L.GeoJSON that says what is under the pointer as text.
{
  // One SVG a pane, also on a map that prefers a canvas: hatchings are SVG.
  const renderers = new WeakMap();
  const rendererOf = (map, pane) => {
    if (!renderers.has(map)) renderers.set(map, {});
    return (renderers.get(map)[pane] ??= L.svg({ pane }));
  };

  // options of L.GeoJSON, and: tell(feature, point), feature null for none there; pick(feature).
  // A feature that tell knows nothing of is left alone: known(feature). begin(map) comes before all else.
  const ShapeLayer = L.GeoJSON.extend({
    initialize(features, options) {
      const { tell, pick, known } = options;
      L.GeoJSON.prototype.initialize.call(this, features, { ...options, onEachFeature: tell && ((feature, path) => {
        if (!known(feature)) return;
        path.on("mousemove", (event) => tell(feature, event.containerPoint));
        path.on("mouseout", () => tell(null));
        path.on("click", (event) => pick(feature, event.containerPoint));
      }) });
    },
    beforeAdd(map) {
      this.options.begin?.(map);
    },
    onAdd(map) {
      this.eachLayer((path) => { path.options.renderer = rendererOf(map, this.options.pane); });
      L.GeoJSON.prototype.onAdd.call(this, map);
    },
  });
  nuantu.shapeLayer = (features, options) => new ShapeLayer(features, options);
}
