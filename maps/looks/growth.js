// The proposed mains: what they are together, whom they connect and when, and each by itself.
{
  const { data, el, t, term, say, fact, facts, figure, chip } = nuantu;

  const names = (codes) => nuantu.joined(codes.map((code) => nuantu.village.get(code)).filter(Boolean)
    .map((village) => nuantu.name(village)));
  const kw = (value) => (nuantu.missing(value) ? null : `${nuantu.number(value)} kW`);
  const density = (value) => (nuantu.missing(value) ? null : t("growth.density_n", { n: nuantu.hundredths(value) }));
  const known = (label, value) => (value ? fact(label, value) : null);

  nuantu.mainSize = ({ dn_mm }) => (nuantu.missing(dn_mm) ? t("growth.no_dn") : `DN${dn_mm}`);
  nuantu.mainName = (main) => t("growth.main_n", { n: main.branch_id });

  nuantu.mainCard = (main, head) => [
    head(nuantu.mainName(main), main.streets || t("growth.unnamed")),
    el("p", { class: "chips" }, chip(nuantu.mainSize(main), "status"),
      main.upsized ? chip(t("growth.upsized"), "status") : null, main.thin ? chip(t("growth.thin"), "warn") : null),
    el("div", { class: "figures" },
      figure(t("growth.length"), nuantu.metres(main.length_m), "main"),
      nuantu.missing(main.capital_cny) ? null : figure(t("growth.capital"), nuantu.wan(main.capital_cny))),
    facts(
      known(t("growth.density"), density(main.mwh_per_m_a)),
      known(t("growth.list"), nuantu.missing(main.list_cny) ? null : nuantu.wan(main.list_cny)),
      known(t("growth.sized"), kw(main.kw)),
      known(t("growth.loss"), kw(main.loss_kw)),
      known(t("growth.behind"), names(main.villages))),
  ];

  const when = (one) => chip(t(one.in_time ? "growth.in_time" : "growth.later", { date: nuantu.date(one.runs_on) }),
    one.in_time ? "good" : "muted");
  const otherwise = (one) => (one.individual
    ? t("growth.otherwise", { route: term("approach", one.individual), cost: nuantu.yuan(one.individual_cny_a) })
    : t("growth.no_other"));

  const joined = (one) => {
    const village = nuantu.village.get(one.code) ?? { name: one.code };
    const button = el("button", { type: "button", class: "plain-button",
      click: () => nuantu.select("village", one.code) }, nuantu.name(village));
    const size = nuantu.missing(one.homes) ? "" : t("legend.homes_n", { n: nuantu.number(one.homes) });
    return el("li", { class: "unit" },
      el("div", { class: "unit-head" }, button, when(one), el("span", { class: "unit-count" }, size)),
      el("p", {}, say(one.way) || t("growth.new_m", { n: nuantu.metres(one.new_m) })),
      nuantu.missing(one.cost_cny_a) ? null : el("p", {},
        t("growth.each", { cost: nuantu.yuan(one.cost_cny_a), network: nuantu.yuan(one.network_cny_a) }), " ", otherwise(one)));
  };

  const proof = (growth) => t(`growth.${growth.status}`, { gap: nuantu.tiny(growth.gap) });

  const totals = (growth) => el("div", { class: "figures" },
    figure(t("growth.built"), nuantu.metres(growth.built_m), "main"),
    figure(t("growth.connects"), t("legend.villages_n", { n: nuantu.number(growth.villages.length) })),
    nuantu.missing(growth.invest_cny) ? null : figure(t("growth.invest"), nuantu.wan(growth.invest_cny)),
    nuantu.missing(growth.loss_kw) ? null : figure(t("growth.loss"), kw(growth.loss_kw)));

  nuantu.growth = () => {
    const { growth } = data;
    nuantu.on(["lang", "filter", "township"], () => {
      const listed = growth.villages.filter(({ code }) => nuantu.passesCode(code));
      nuantu.show("growth", el("h2", {}, t("growth.title")),
        growth.villages.length ? totals(growth) : el("p", {}, t("growth.none")),
        el("ul", { class: "units" }, ...listed.map(joined)),
        growth.villages.length && !listed.length ? el("p", { class: "note" }, t("table.none_shown")) : null,
        el("p", { class: "note" }, proof(growth), " ", t("growth.proposal")));
    });
  };
}
