// Small tables beside the big one: rows that can be chosen, the first of them at once, and their files.
{
  const { el, t } = nuantu;
  const FIRST = 40;

  // columns: { words, value(row), cell(row) or none, number, marked (a swatch before words) }; pick(row) or none; key(row) names a row.
  nuantu.rows = (title, columns, rows, { pick = null, chosen = () => false, first = FIRST, key = null } = {}) => {
    const body = el("tbody", {});
    const shown = (column, row) => column.cell?.(row) ?? (typeof column.value(row) === "number" ? nuantu.number(column.value(row)) : column.value(row) ?? nuantu.none);
    const seen = columns.filter(({ filed }) => !filed); // the others are in the files alone
    const line = (row) => el("tr", { class: chosen(row) ? "chosen" : "", "data-id": key?.(row) ?? null, click: pick ? () => pick(row) : null },
      ...seen.map((column, n) => (n === 0
        ? el("th", { scope: "row", class: column.number ? "number" : "" }, pick ? el("button", { type: "button", class: "row-button" }, shown(column, row)) : shown(column, row))
        : el("td", { class: column.number ? "number" : column.marked ? "marked" : "wraps" }, shown(column, row)))));
    const more = el("button", { type: "button", class: "plain-button more", hidden: rows.length <= first,
      click: () => { body.append(...rows.slice(first).map(line)); more.remove(); } }, t("table.all", { n: nuantu.number(rows.length) }));
    body.append(...rows.slice(0, first).map(line));
    return [
      nuantu.take(() => title, () => ({ columns: columns.map(({ words }) => words), rows: rows.map((row) => columns.map(({ value }) => value(row))), shapes: null })),
      el("table", { class: "rows small" }, el("caption", {}, el("b", {}, title), " ", el("span", {}, t("take.rows", { n: nuantu.number(rows.length) }))),
        el("thead", {}, el("tr", {}, ...seen.map(({ words, number }) => el("th", { scope: "col", class: number ? "number" : "" }, words)))), body),
      more,
    ];
  };
}
