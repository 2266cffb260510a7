// The coverage gaps of the page: which are shown, what they are called, which is chosen.
{
  const { data, term, state } = nuantu;

  nuantu.gapOptions = (view) => ({
    pane: "gaps",
    leaders: "leaders",
    ink: data.looks.line.selected.ink,
    shown: (gap) => !state.off.has(`gaps.${gap.kind}`),
    chosen: (gap) => gap.gap_id === state.gap,
    tell: (gap, at) => (gap ? nuantu.tip(view, at, nuantu.placeOf(gap), term("gap_kind", gap.kind)) : nuantu.tip(view, null)),
    pick: (gap) => nuantu.select("gap", gap.gap_id),
    drawn: (boxes) => { view.obstacles = boxes; },
  });
}
