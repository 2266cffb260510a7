// Words, numbers and dates in the language chosen.
{
  const { data } = nuantu;
  const LANGUAGES = { zh: "zh-CN", en: "en" };
  nuantu.language = data.lang ?? "zh";

  const fillIn = (template, numbers) =>
    template.replace(/\{(\w+)\}/g, (whole, key) => (key in numbers ? String(numbers[key]) : whole));

  // A pair of words {zh, en}; the Chinese ones stand in where there is no translation.
  nuantu.say = (pair, numbers = {}) =>
    pair ? fillIn(pair[nuantu.language] || pair.zh || "", numbers) : "";

  nuantu.t = (path, numbers) => {
    const [table, key] = path.split(".");
    return nuantu.say(data.words[table]?.[key] ?? { zh: path, en: path }, numbers);
  };

  // The term for a key; a key nobody has named is shown as it is.
  nuantu.term = (table, key) => {
    if (!key) return nuantu.none;
    const pair = data.terms[table];
    return pair && Object.hasOwn(pair, key) ? nuantu.say(pair[key]) : key;
  };

  nuantu.name = (row, field = "name") =>
    nuantu.language === "en" && row.pinyin ? `${row[field]} ${row.pinyin}` : row[field];

  // Planners know zones by the id of the ledgers, too.
  nuantu.zoneName = ({ zone, zone_id: id }) => (data.kind === "planner" && zone !== id ? `${zone} ${id}` : zone);

  nuantu.routeless = new Set(["done", "undecided", "no_data", "unpublished"]);

  // A village's route in words; one that is done says what it heats with, one that is only proposed says so to the public.
  nuantu.heats = (village) => (village.approach === "done" ? village.heating_homes?.[0]?.kind ?? "" : "");
  nuantu.routeOf = (village) => [nuantu.term("approach", village.approach), nuantu.heats(village) && nuantu.term("heating", nuantu.heats(village))]
    .filter(Boolean).join(" · ")
    + (data.kind === "public" && village.status === "proposed" && !nuantu.routeless.has(village.approach) ? nuantu.t("site.proposed") : "");

  // The township of a village, with its pinyin in English; where there is little room that alone.
  nuantu.townshipOf = (row) =>
    nuantu.name({ ...nuantu.township.get(row.township_code), township: row.township }, "township");
  nuantu.townshipBriefly = (row) =>
    (nuantu.language === "en" && nuantu.township.get(row.township_code)?.pinyin) || row.township;

  nuantu.none = "—";
  nuantu.joined = (words) => words.join(nuantu.language === "zh" ? "、" : ", ");
  const missing = (value) => value === null || value === undefined || Number.isNaN(value);
  const format = (options) => {
    const made = {};
    return (value) => {
      if (missing(value)) return nuantu.none;
      made[nuantu.language] ??= new Intl.NumberFormat(LANGUAGES[nuantu.language], options);
      return made[nuantu.language].format(value);
    };
  };
  nuantu.missing = missing;
  // Numbers are grouped alike in both languages; Intl would take longer to wake than all the rest.
  const rounded = (steps) => (value) =>
    (missing(value) ? nuantu.none : String(Math.round(value * steps) / steps).replace(/\B(?=(\d{3})+(\.|$))/g, ","));
  nuantu.number = rounded(1);
  nuantu.decimal = rounded(10);
  // A count of homes: where counts are rounded 0 is a few or none, and is not said to be none.
  nuantu.count = (value) => (data.count_step && value === 0
    ? nuantu.t("site.under", { n: data.count_step }) : nuantu.number(value));
  // Villages whose route is not public yet: what is not told of them is not nothing.
  nuantu.unpublished = () => (data.villages ?? []).filter(({ approach }) => approach === "unpublished").length;
  // A task that is a draft is not told to the public: whether a village is in it is open.
  nuantu.unlisted = (village) => data.kind === "public" && village.batch_draft && !village.merged;
  nuantu.noGaps = () => {
    if (data.kind !== "public") return nuantu.t("table.none_gaps");
    const n = nuantu.unpublished();
    return n ? nuantu.t("table.gaps_unpublished", { n: nuantu.number(n) }) : nuantu.t("table.gaps_few");
  };
  nuantu.hundredths = format({ maximumFractionDigits: 2 });
  nuantu.tiny = format({ style: "percent", maximumFractionDigits: 3 });
  // Never 100 % before the last, never 0 % after the first.
  nuantu.share = (part, whole) => {
    if (missing(part) || missing(whole) || whole <= 0) return nuantu.none;
    const value = part / whole;
    if (value > 0 && value < 0.01) return "<1%";
    if (value < 1 && value > 0.99) return "99%";
    return `${nuantu.number((100 * part) / whole)}%`;
  };
  nuantu.yuan = (value) =>
    missing(value) ? nuantu.none : nuantu.t("card.yuan", { n: nuantu.number(value) });
  nuantu.wan = (value) => {
    if (missing(value)) return nuantu.none;
    if (nuantu.language === "en" || value < 10000) return nuantu.yuan(value);
    return `${nuantu.decimal(value / 10000)} 万元`;
  };

  nuantu.date = (iso) => {
    const [year, month, day] = (iso || "").split("-").map(Number);
    if (!day) return iso || nuantu.none;
    if (nuantu.language === "zh") return `${year}年${month}月${day}日`;
    return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" })
      .format(new Date(Date.UTC(year, month - 1, day)));
  };

  // "2024-04": of a scale only the month.
  const monthly = (options) => (month) => new Intl.DateTimeFormat(LANGUAGES[nuantu.language], { timeZone: "UTC", ...options })
    .format(new Date(`${month}-01T00:00:00Z`));
  nuantu.month = monthly({ year: "numeric", month: "long" });
  nuantu.monthMark = monthly({ month: "short" });

  nuantu.metres = (value) => {
    if (missing(value)) return nuantu.none;
    if (value < 1000) return nuantu.t("map.m", { n: nuantu.number(Math.round(value / 10) * 10) });
    return nuantu.t("map.km", { n: nuantu.decimal(value / 1000) });
  };

  // A column of villages as it is declared: its heading with the unit, a value of it in words, "" for none.
  // A unit that a language has none for is in the heading there: "Homes" needs no "户".
  nuantu.unitOf = (unit) => unit[nuantu.language] ?? "";
  nuantu.headed = ({ heading, unit }) => {
    const sign = nuantu.unitOf(unit);
    return !sign ? nuantu.say(heading) : nuantu.language === "zh" ? `${nuantu.say(heading)}（${sign}）` : `${nuantu.say(heading)} (${sign})`;
  };
  const SAID = {
    words: (value) => nuantu.say(value),
    date: (value) => nuantu.date(value),
    count: (value) => nuantu.count(value),
    number: nuantu.decimal,
    flag: (value) => nuantu.t(value ? "card.yes" : "card.no"),
    choice: (value, { terms }) => nuantu.term(terms, value),
    list: () => "",
  };
  nuantu.said = (column, value) => (missing(value) || value === "" ? "" : (SAID[column.kind] ?? String)(value, column));
  nuantu.numeric = ({ kind }) => kind === "count" || kind === "number";

  // Static words of the template: data-t names the text, data-t-label the accessible name.
  nuantu.relabel = () => {
    document.documentElement.lang = LANGUAGES[nuantu.language];
    for (const element of document.querySelectorAll("[data-t]")) {
      element.textContent = nuantu.t(element.dataset.t);
    }
    for (const element of document.querySelectorAll("[data-t-label]")) {
      element.setAttribute("aria-label", nuantu.t(element.dataset.tLabel));
    }
    document.title = `${nuantu.t(`heading.${data.page}`)} · ${nuantu.say(data.title)}`;
  };
}
