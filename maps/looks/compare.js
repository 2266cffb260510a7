// Two maps that move together, and what differs between them.
{
  const { data, el, t, term, say, figure } = nuantu;

  const captions = () => {
    for (const view of nuantu.views) {
      const caption = el("p", { class: "map-caption" });
      view.map.getContainer().append(caption);
      nuantu.on(["lang"], () => { caption.textContent = say(data.comparison[view.options.theme]); });
    }
  };

  const together = () => {
    let busy = false;
    for (const view of nuantu.views) {
      view.map.on("move", () => {
        if (busy) return;
        busy = true;
        for (const other of nuantu.views) {
          if (other !== view) other.map.setView(view.map.getCenter(), view.map.getZoom(), { animate: false });
        }
        busy = false;
      });
    }
  };

  nuantu.changeFigures = (village) => {
    const change = nuantu.change.get(village.code);
    if (!change) return null;
    return el("div", {},
      el("div", { class: "figures" },
        figure(t("compare.cost_a", { name: say(data.comparison.a) }), `${term("approach", change.a)} ${nuantu.yuan(change.cost_a_cny)}`),
        figure(t("compare.cost_a", { name: say(data.comparison.b) }), `${term("approach", change.b)} ${nuantu.yuan(change.cost_b_cny)}`, "main")),
      el("p", { class: "why" }, say(change.why)));
  };

  nuantu.compare = () => {
    captions();
    together();
  };
}
