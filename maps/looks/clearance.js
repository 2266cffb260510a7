// A coal-ban zone: its verdict, the bound on the cleared share, and why.
{
  const { el, svg, t, term, say, fact, facts, figure } = nuantu;

  // What a verdict says by itself is no rounded count: nobody is left in a zone that is cleared.
  const SAID = { cleared: ["not_cleared", "unknown"], unconfirmed: ["not_cleared"] };
  nuantu.zoneCount = (zone, name) => ((SAID[zone.verdict] ?? []).includes(name) ? nuantu.number : nuantu.count)(zone[name]);

  const bound = (zone) => {
    const low = zone.share_certain;
    const high = zone.share_possible;
    if (nuantu.missing(low) || nuantu.missing(high)) return null;
    const bar = (share, look) => svg("rect", { x: 0, y: 4, width: `${(share * 100).toFixed(2)}%`, height: 12, ...look });
    const picture = svg("svg", { class: "bound", "aria-hidden": "true" }, bar(1, { class: "bound-all" }),
      bar(high, { fill: nuantu.fill("verdict", "unconfirmed") }), bar(low, { class: "bound-certain" }));
    return el("figure", { class: "bound-figure" },
      el("figcaption", {}, t("clearance.bound"), " ",
        el("b", {}, t("clearance.between", { low: percent(low, Math.floor), high: percent(high, Math.ceil) }))), picture);
  };
  // The bound is rounded outward, and to 100 % only where it is 100 %.
  const percent = (share, round) =>
    `${share === 1 ? 100 : Math.min(99.9, round(share * 1000) / 10)}%`;

  const dates = (zone) => [
    zone.effective_on && t("clearance.effective", { date: nuantu.date(zone.effective_on) }),
    zone.expires_on && t("clearance.until", { date: nuantu.date(zone.expires_on) }),
  ].filter(Boolean).join(" ");

  nuantu.zoneCard = (zone, head) => [
    head(zone.zone, dates(zone)),
    el("p", { class: "chips" }, nuantu.chip(term("verdict", zone.verdict), `verdict verdict-${zone.verdict}`)),
    bound(zone),
    el("div", { class: "figures thirds" },
      figure(t("clearance.cleared"), nuantu.zoneCount(zone, "cleared"), "main"),
      figure(t("clearance.not_cleared"), nuantu.zoneCount(zone, "not_cleared")),
      figure(t("clearance.unknown"), nuantu.zoneCount(zone, "unknown"))),
    zone.reasons.length ? el("section", { class: "reasons" }, el("h3", {}, t("clearance.why")),
      el("ul", {}, ...zone.reasons.map((reason) => el("li", {}, say(reason))))) : null,
    facts(
      fact(t("clearance.inside"), t("legend.homes_n", { n: nuantu.zoneCount(zone, "inside") })),
      fact(t("clearance.undecidable"), t("legend.homes_n", { n: nuantu.zoneCount(zone, "undecidable") })),
      nuantu.missing(zone.coal_findings) ? null : fact(t("clearance.coal"), nuantu.number(zone.coal_findings)),
      nuantu.missing(zone.open_complaints) ? null : fact(t("clearance.complaints"), nuantu.number(zone.open_complaints)),
      zone.document_no && fact(t("card.document", { number: "" }).replace(/[:：]\s*$/, ""), zone.document_no)),
    el("p", { class: "note" }, t("clearance.missing")),
  ];
}
