// Shows the townships that a query names: by county code, township, village or pinyin.
{
  const box = document.getElementById("query");
  const plain = (text) => text.toLowerCase().replace(/\s+/g, "").replaceAll("ü", "v");
  const rows = [...document.querySelectorAll("tr[data-search]")];
  const counties = [...document.querySelectorAll("tbody")];

  const show = () => {
    const query = plain(box.value);
    for (const row of rows) {
      row.hidden = !row.dataset.search.split(" ").some((name) => name.includes(query));
    }
    for (const county of counties) {
      county.hidden = ![...county.querySelectorAll("tr[data-search]")].some((row) => !row.hidden);
    }
    document.getElementById("none").hidden = counties.some((county) => !county.hidden);
  };

  box.addEventListener("input", show);
  show();
}
