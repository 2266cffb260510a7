// What a reader takes along, made in the page itself: a table as CSV or XLSX, a map as GeoJSON or PNG.
{
  const { data, el, t, say } = nuantu;
  // As the project's own CSV: text that a spreadsheet would compute gets an apostrophe, numbers do not.
  const FORMULA = /^'*[\s\u3000]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
  const NUMBER = /^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d+)?%?$/;
  const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f]/g;
  const QUOTED = /[",;\t\r\n]|^\s|\s$/;
  const printable = (text) => text.replace(CONTROL, (sign) => String.fromCharCode(0x2400 + sign.charCodeAt(0)));
  const asText = (value) => (nuantu.missing(value) ? "" : printable(String(value)));

  const csvCell = (value) => {
    const text = asText(value);
    const safe = typeof value === "string" && text !== "-" && FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
    return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  nuantu.csv = ({ columns, rows }) => `\ufeff${[columns, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n")}\r\n`;

  const XML = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  const xml = (text) => asText(text).replace(/[&<>"]/g, (sign) => XML[sign]).replace(/[\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
  const xlsxCell = (value) => {
    if (nuantu.missing(value) || value === "") return "<c/>";
    if (typeof value === "number") return `<c><v>${value}</v></c>`;
    return `<c t="inlineStr"><is><t xml:space="preserve">${xml(value)}</t></is></c>`;
  };
  const SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
  const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const relation = (target, kind) =>
    `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${OFFICE}/${kind}" Target="${target}"/></Relationships>`;
  const MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml";

  // A workbook of one sheet: every text is a cell of text, so that nothing in it is ever computed.
  nuantu.xlsx = ({ columns, rows }) => {
    const wide = (n) => Math.min(60, Math.max(...[columns, ...rows.slice(0, 200)].map((row) =>
      [...asText(row[n])].reduce((sum, sign) => sum + (sign.codePointAt(0) > 0x2e7f ? 2 : 1), 2))));
    const cols = columns.map((_, n) => `<col min="${n + 1}" max="${n + 1}" width="${wide(n)}" customWidth="1"/>`).join("");
    const lines = [columns, ...rows].map((row) => `<row>${row.map(xlsxCell).join("")}</row>`).join("");
    return zip({
      "[Content_Types].xml": `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="${MAIN}.worksheet+xml"/><Override PartName="/xl/workbook.xml" ContentType="${MAIN}.sheet.main+xml"/></Types>`,
      "_rels/.rels": relation("xl/workbook.xml", "officeDocument"),
      "xl/_rels/workbook.xml.rels": relation("sheet.xml", "worksheet"),
      "xl/workbook.xml": `${HEAD}<workbook xmlns="${SHEET}" xmlns:r="${OFFICE}"><sheets><sheet name="nuantu" sheetId="1" r:id="r1"/></sheets></workbook>`,
      "xl/sheet.xml": `${HEAD}<worksheet xmlns="${SHEET}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${cols}</cols><sheetData>${lines}</sheetData></worksheet>`,
    });
  };

  let crcs = null;
  const crc32 = (bytes) => {
    crcs ??= Uint32Array.from({ length: 256 }, (_, n) => {
      for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
      return n;
    });
    let crc = -1;
    for (const byte of bytes) crc = (crc >>> 8) ^ crcs[(crc ^ byte) & 255];
    return (crc ^ -1) >>> 0;
  };
  // A zip archive of texts, stored as they are; the same texts give the same bytes.
  const zip = (files) => {
    const parts = [];
    const listed = [];
    let at = 0;
    const record = (signature, before, name, bytes, after, tail = []) => {
      const view = new DataView(new ArrayBuffer(before + 26 + after));
      view.setUint32(0, signature, true);
      [20, 0x800, 0, 0, 0x21].forEach((value, n) => view.setUint16(before + n * 2, value, true));
      [crc32(bytes), bytes.length, bytes.length].forEach((value, n) => view.setUint32(before + 10 + n * 4, value, true));
      view.setUint16(before + 22, name.length, true);
      for (const [place, value] of tail) view.setUint32(place, value, true);
      return [view.buffer, name];
    };
    for (const [path, text] of Object.entries(files)) {
      const [name, bytes] = [path, text].map((one) => new TextEncoder().encode(one));
      const local = record(0x04034b50, 4, name, bytes, 0);
      listed.push(...record(0x02014b50, 6, name, bytes, 14, [[42, at]]));
      parts.push(...local, bytes);
      at += local[0].byteLength + name.length + bytes.length;
    }
    const size = listed.reduce((sum, one) => sum + one.byteLength, 0);
    const end = new DataView(new ArrayBuffer(22));
    end.setUint32(0, 0x06054b50, true);
    [8, 10].forEach((place) => end.setUint16(place, Object.keys(files).length, true));
    end.setUint32(12, size, true);
    end.setUint32(16, at, true);
    return new Blob([...parts, ...listed, end.buffer]);
  };

  const save = (blob, what, ending) => {
    const url = URL.createObjectURL(blob);
    const name = [say(data.title), what, data.as_of].join("_").replace(/[^\p{L}\p{N}-]+/gu, "_");
    el("a", { href: url, download: `${name}.${ending}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  };
  nuantu.save = save;

  // What every file says of itself beside its rows.
  const about = () => [[t("take.as_of"), data.as_of], [t("take.edition"), t(data.kind === "planner" ? "site.internal" : "site.public")],
    ...(data.demonstration ? [[t("take.nature"), t("site.demo")]] : []),
    ...(data.review_no ? [[t("take.review"), data.review_no]] : [])];
  const described = (table) => {
    const { columns, rows } = explained(table);
    const said = about();
    return { columns: [...columns, ...said.map(([words]) => words)], rows: rows.map((row) => [...row, ...said.map(([, words]) => words)]) };
  };
  // A resident's spreadsheet says why a cell has no value, and has no column without any.
  const explained = ({ columns, rows, blank }) => {
    if (!blank) return { columns, rows };
    const kept = columns.map((_, n) => n).filter((n) => !rows.length || rows.some((row) => asText(row[n]) !== ""));
    return { columns: kept.map((n) => columns[n]), rows: rows.map((row, at) => kept.map((n) => (asText(row[n]) === "" ? blank(at, n) : row[n]))) };
  };
  const geojson = ({ columns, rows, shapes }) => {
    const features = rows.map((row, n) => ({ type: "Feature", geometry: shapes[n],
      properties: Object.fromEntries(columns.map((name, k) => [name, row[k] ?? null])) }));
    return JSON.stringify({ type: "FeatureCollection", ...Object.fromEntries(about()), title: say(data.title), features });
  };

  // Buttons for the files of a table; read() gives { columns, rows, shapes, blank } as it stands, shapes null
  // where nothing is drawn of its rows, blank(row, column) the word for a cell without a value, if one is to be said.
  nuantu.take = (what, read) => {
    const button = (words, run) => el("button", { type: "button", class: "take-button", "aria-label": `${t("take.take")} ${what()} ${words}`, click: () => run(read()) }, words);
    return el("p", { class: "take" }, el("span", {}, t("take.take")),
      button("CSV", (table) => save(new Blob([nuantu.csv(described(table))], { type: "text/csv" }), what(), "csv")),
      button("XLSX", (table) => save(nuantu.xlsx(described(table)), what(), "xlsx")),
      data.maps && read().shapes ? button("GeoJSON", (table) => save(new Blob([geojson(table)], { type: "application/geo+json" }), what(), "geojson")) : null);
  };
}
