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
    const program = document.getElementById("program");
    let code;
    [nuantu.data, nuantu.streams, code] = await Promise.all([read(slot), points && nuantu.inflate(points.textContent), program && nuantu.inflate(program.textContent)]);
    if (code) { // its hash stands in the page's policy
      const script = document.createElement("script");
      script.textContent = new TextDecoder().decode(code);
      document.head.append(script);
    }
    nuantu.prepare();
    nuantu.readHash();
    nuantu.dress();
    draw();
    nuantu.start();
  };
}
