// What moves on the desk's pages; each page works without it.
{
  document.documentElement.classList.add("scripted");

  for (const select of document.querySelectorAll("select[data-submit]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }

  // A field that is needed only with some choices of another.
  for (const select of document.querySelectorAll("select[data-needs]")) {
    const needed = document.getElementById(select.dataset.needs);
    const when = select.dataset.when.split(" ");
    const say = () => { needed.required = when.includes(select.value); };
    select.addEventListener("change", say);
    say();
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
    if (!work.done) { setTimeout(wait, 400); return; }
    history.replaceState(null, "", busy.dataset.back + location.hash); // to an address with a # alone the browser would not go
    location.reload();
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

// Streets around the zone that is being written: clicked on the map in order.
{
  const rings = [...document.querySelectorAll(".zone input[name=ring]")];
  let ring = rings[0];
  for (const one of document.querySelectorAll(".zone")) {
    for (const name of ["focusin", "toggle"]) one.addEventListener(name, () => { ring = one.elements.ring; }, true);
  }
  for (const street of document.querySelectorAll(".streets path")) {
    street.addEventListener("click", (event) => {
      if (!ring) return;
      event.stopPropagation();
      ring.value = [...ring.value.split(/[、，,；;]/).map((one) => one.trim()).filter(Boolean), street.dataset.street].join("、");
    });
  }
}

// A zone that is drawn: each click on the map is a corner, in metres of the project's CRS.
{
  const corners = document.getElementById("corners");
  const map = document.querySelector(".desk-map");
  if (corners && map) {
    const pen = document.getElementById("drawing");
    const last = document.getElementById("last-corner");
    const line = map.querySelector(".drawn");
    const { west, north, scale } = Object.fromEntries(Object.entries(map.dataset).map(([key, value]) => [key, Number(value)]));
    document.getElementById("pen").hidden = false;
    last.hidden = false;
    const lines = () => corners.value.split("\n").filter((one) => one.trim());
    const show = () => {
      const pairs = lines().map((one) => one.match(/[-+]?\d+(\.\d+)?/g)?.map(Number) ?? []);
      const metres = pairs.every((pair) => pair.length === 2) && pairs.some(([x, y]) => Math.abs(x) > 180 || Math.abs(y) > 90);
      const units = metres ? pairs.map(([x, y]) => `${((x - west) * scale).toFixed(1)} ${((north - y) * scale).toFixed(1)}`) : [];
      line.setAttribute("d", units.length > 1 ? `M${units.join("L")}${units.length > 2 ? "Z" : ""}` : units.length ? `M${units[0]}h.1` : "");
    };
    map.addEventListener("click", (event) => {
      if (!pen.checked) return;
      event.stopImmediatePropagation();
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
      corners.value = [...lines(), `${(west + point.x / scale).toFixed(2)}, ${(north - point.y / scale).toFixed(2)}`].join("\n");
      show();
    }, true);
    pen.addEventListener("change", () => map.classList.toggle("drawing", pen.checked));
    last.addEventListener("click", () => { corners.value = lines().slice(0, -1).join("\n"); show(); });
    corners.addEventListener("input", show);
    show();
  }
}

// The village of the row under the pointer or the keyboard.
{
  const rows = [...document.querySelectorAll("tr[data-village]")];
  const shapes = [...document.querySelectorAll(".village-areas path")];
  const point = (row) => {
    for (const shape of shapes) shape.classList.toggle("chosen", shape.dataset.code === row.dataset.village);
  };
  for (const row of rows) {
    row.addEventListener("mouseenter", () => point(row));
    row.addEventListener("focusin", () => point(row));
  }
}

// Sliders: what would change, on the map, in the table and in money.
{
  const form = document.getElementById("sliders");
  const page = document.getElementById("decide");
  const words = document.getElementById("words");
  if (form && words) {
    const terms = JSON.parse(words.dataset.terms);
    const shapes = [...document.querySelectorAll(".village-areas path")];
    const cells = [...document.querySelectorAll("td[data-route]")];
    const ranges = [...form.querySelectorAll("input[type=range]")];
    const told = document.getElementById("told");
    const first = new Map(shapes.map((shape) => [shape.dataset.code, shape.getAttribute("class")]));
    const money = (value) => Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    const touched = new Set(); // only these are sent
    const frozen = document.getElementById("frozen");
    const grow = document.getElementById("grow");
    let growing = false; // the mains are worked out anew, too
    let asked = 0;
    let timer = 0;

    const show = (found) => {
      const changed = new Set(found.changed.map((one) => one.code));
      for (const shape of shapes) {
        const route = found.routes[shape.dataset.code];
        shape.setAttribute("class", route ? `approach-${route}` : first.get(shape.dataset.code));
        shape.classList.toggle("changed", changed.has(shape.dataset.code));
      }
      for (const cell of cells) {
        cell.textContent = terms[found.routes[cell.dataset.route]] ?? found.routes[cell.dataset.route];
        cell.classList.toggle("changed", changed.has(cell.dataset.route));
      }
      for (const [id, key] of [["cost", "cost_cny_a"], ["grid", "grid_cny"]]) {
        const before = money(found.before[key]);
        const after = money(found.sums[key]);
        document.getElementById(id).textContent = before === after ? after : `${before} → ${after}`;
      }
      frozen.hidden = !found.frozen;
      const metres = found.mains.map((one) => (one === null ? "—" : money(one)));
      frozen.firstElementChild.textContent = words.dataset.frozen.replace("{m}", metres[0]);
      const grown = growing ? ` ${words.dataset.grown.replace("{a}", metres[0]).replace("{b}", metres[1])}` : "";
      told.hidden = false;
      told.textContent = `${changed.size ? words.dataset.changed.replace("{n}", changed.size) : words.dataset.none} ${words.dataset.took.replace("{n}", found.seconds)}${grown}`;
      document.getElementById("changed").replaceChildren(...found.changed.map((one) => {
        const line = document.createElement("li");
        line.textContent = `${one.name}：${terms[one.before] ?? one.before} → ${terms[one.after] ?? one.after}`;
        return line;
      }));
    };

    const ask = async () => {
      const number = ++asked;
      const query = new URLSearchParams({ scenario: page.dataset.scenario });
      for (const range of ranges) {
        const moved = touched.has(range) && Number(range.value) !== Number(range.dataset.value);
        const box = range.closest(".slider");
        box.classList.toggle("moved", moved);
        box.querySelector("output").textContent = moved ? range.value : Number(range.dataset.value);
        box.querySelector("input[type=hidden]").value = moved ? range.value : "";
        if (moved) query.set(range.dataset.key, range.value);
      }
      told.hidden = false;
      told.textContent = growing ? words.dataset.growing : words.dataset.working;
      if (growing) query.set("grow", "1");
      const answer = await fetch(`/decide/try?${query}`, { headers: { accept: "application/json" } });
      const found = await answer.json();
      if (number !== asked) return;
      if (answer.status === 202) timer = setTimeout(ask, 500);
      else if (found.error) told.textContent = found.error;
      else show(found);
    };
    grow.addEventListener("click", () => { growing = true; frozen.hidden = true; clearTimeout(timer); ask(); });
    const soon = () => { growing = false; clearTimeout(timer); timer = setTimeout(ask, 120); };
    for (const range of ranges) {
      range.addEventListener("input", () => { touched.add(range); range.closest(".slider").querySelector("output").textContent = range.value; soon(); });
    }
    form.addEventListener("reset", () => { touched.clear(); setTimeout(soon); });
    for (const shape of shapes) {
      shape.addEventListener("click", () => {
        location.href = `/decide?${new URLSearchParams({ scenario: page.dataset.scenario, village: shape.dataset.code })}#village-h`;
      });
    }
  }
}
