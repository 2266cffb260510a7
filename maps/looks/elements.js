// The page's places, and its rows by their keys.
{
  nuantu.slot = (id) => document.getElementById(id);

  nuantu.show = (id, ...children) => {
    const slot = nuantu.slot(id);
    if (slot) slot.replaceChildren(...children.flat().filter(Boolean));
    return slot;
  };

  const index = (rows, key) => new Map((rows ?? []).map((row) => [row[key], row]));
  nuantu.village = index(nuantu.data.villages, "code");
  nuantu.township = index(nuantu.data.townships, "code");
  nuantu.zone = index(nuantu.data.zones, "zone_id");
  nuantu.gap = index(nuantu.data.gaps, "gap_id");
  nuantu.load = index(nuantu.data.loads, "transformer_id");
  nuantu.main = index(nuantu.data.growth?.mains, "branch_id");
  nuantu.change = index(nuantu.data.comparison?.changes, "code");

  nuantu.placeOf = (gap) => nuantu.name(nuantu.village.get(gap.village_code) ?? { name: gap.village });
  nuantu.narrow = () => window.matchMedia("(max-width: 860px)").matches;
  nuantu.still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
