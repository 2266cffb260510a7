// Read the edition that the page carries, plain or packed, then prepare and draw.
{
  const read = async ({ type, textContent }) =>
    JSON.parse(type === "application/json" ? textContent : new TextDecoder().decode(await nuantu.inflate(textContent)));

  nuantu.open = async (draw) => {
    const slot = document.getElementById("edition");
    if (slot.type !== "application/json" && !("DecompressionStream" in window)) {
      document.getElementById("too-old").hidden = false;
      return;
    }
    const points = document.getElementById("points");
    [nuantu.data, nuantu.streams] = await Promise.all([read(slot), points && nuantu.inflate(points.textContent)]);
    nuantu.prepare();
    nuantu.readHash();
    nuantu.dress();
    draw();
    nuantu.start();
  };
}
