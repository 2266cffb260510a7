// What moves on the desk's pages; each page works without it.
{
  document.documentElement.classList.add("scripted");

  for (const select of document.querySelectorAll("select[data-submit]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }

  // Files and folders dropped anywhere on the page of files.
  const drop = document.getElementById("drop");
  const filesOf = async (entry) => {
    if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return (await Promise.all(found.map(filesOf))).flat();
      found.push(...some);
    }
  };
  if (drop) {
    const over = (event) => { event.preventDefault(); drop.classList.add("over"); };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", () => drop.classList.remove("over"));
    document.addEventListener("drop", async (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      const files = entries.length ? (await Promise.all(entries.map(filesOf))).flat() : [...event.dataTransfer.files];
      const all = new DataTransfer();
      for (const file of files) all.items.add(file);
      drop.querySelector("input[type=file]").files = all.files;
      if (all.files.length) drop.requestSubmit();
    });
  }

  // A page that waits shows the stages and goes on by itself.
  const busy = document.getElementById("busy");
  const wait = async () => {
    const answer = await fetch("/work", { headers: { accept: "application/json" } });
    const work = await answer.json();
    document.getElementById("stages").replaceChildren(...work.stages.map((stage) => {
      const line = document.createElement("li");
      line.textContent = stage;
      return line;
    }));
    if (work.done) location.replace(busy.dataset.back);
    else setTimeout(wait, 400);
  };
  if (busy) setTimeout(wait, 300);
}

// While somebody chooses a column: how many cells would be read.
{
  const columns = document.getElementById("columns");
  for (const select of columns?.querySelectorAll("select[data-heading]") ?? []) {
    select.addEventListener("change", async () => {
      const asked = new URLSearchParams({ file: columns.dataset.file, heading: select.dataset.heading, column: select.value });
      const answer = await fetch(`/columns/count?${asked}`, { headers: { accept: "application/json" } });
      const told = await answer.json();
      const cell = select.closest("tr").querySelector(".read");
      const words = document.createElement("span");
      words.className = told.all ? "good" : "warn";
      words.textContent = told.told ?? "";
      cell.replaceChildren(words);
    });
  }
}

// Villages of the open zone: clicked on the map or ticked in the list.
{
  const shapes = [...document.querySelectorAll(".village-areas path")];
  const openBoxes = () => [...document.querySelectorAll(".zone details[open] input[data-code]")];
  const show = () => {
    const ticked = new Set(openBoxes().filter((box) => box.checked).map((box) => box.dataset.code));
    for (const shape of shapes) shape.classList.toggle("chosen", ticked.has(shape.dataset.code));
  };
  if (document.querySelector(".zone")) {
    for (const shape of shapes) {
      shape.addEventListener("click", () => {
        for (const box of openBoxes()) if (box.dataset.code === shape.dataset.code) box.checked = !box.checked;
        show();
      });
    }
    document.addEventListener("change", show);
    document.addEventListener("toggle", show, true);
  }
}

// The village of the row under the pointer or the keyboard.
{
  const rows = [...document.querySelectorAll("tr[data-village]")];
  const shapes = [...document.querySelectorAll(".village-areas path")];
  const counted = new Set(rows.map((row) => row.dataset.village));
  if (rows.length) for (const shape of shapes) shape.classList.toggle("counted", counted.has(shape.dataset.code));
  const point = (row) => {
    for (const shape of shapes) shape.classList.toggle("chosen", shape.dataset.code === row.dataset.village);
  };
  for (const row of rows) {
    row.addEventListener("mouseenter", () => point(row));
    row.addEventListener("focusin", () => point(row));
  }
}
