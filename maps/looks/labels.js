// Names on the map: townships first, villages where they have room.
{
  const { data, state } = nuantu;

  const labelsOf = (name, table, size, kind) => (data.geometry[name]?.features ?? []).map((feature) => {
    const row = table.get(feature.properties.code);
    const own = row?.name ?? feature.properties.name ?? "";
    return { own, text: () => (state.lang === "en" && row?.pinyin ? row.pinyin : own), size, kind, geometry: feature.geometry };
  }).filter(({ own }) => own);

  // Village names come when the reader has come nearer than the whole city.
  nuantu.labelOptions = (view) => {
    const townships = labelsOf("townships", nuantu.township, 14, "township");
    const villages = labelsOf("villages", nuantu.village, 12, "village");
    const streets = (data.streets ?? []).map(({ layer, name, lon, lat }) => ({ layer, text: () => name, size: layer === "roads" ? 11 : 10, kind: "street", free: true, at: [lon, lat] }));
    return {
      pane: "labels",
      obstacles: () => {
        const { x, y } = view.map.containerPointToLayerPoint([view.map.getSize().x, 0]);
        return [[x - 64, y, x, y + 250], ...(view.obstacles ?? [])];
      },
      wanted: () => {
        const paper = document.body.classList.contains("printing");
        const small = paper && data.page !== "brief" && !state.off.has("ground.names") ? villages.map((label) => Object.assign(label, { size: 9, free: true })) : [];
        if (paper) return [...(state.off.has("ground.townships") ? [] : townships), ...small];
        for (const label of villages) Object.assign(label, { size: 12, free: false });
        const near = view.map.getZoom() >= view.map.getBoundsZoom(nuantu.bounds()) + 2.2;
        const nearer = view.map.getZoom() >= view.map.getBoundsZoom(nuantu.bounds()) + 0.6;
        return [
          ...(state.off.has("ground.townships") ? [] : townships),
          ...(state.off.has("ground.names") || !nearer ? [] : villages),
          ...(near ? streets.filter(({ layer }) => !state.off.has(`ground.${layer}`) && view.layers[layer]) : []),
        ];
      },
    };
  };
}
