"use strict";
// Read the edition that the page carries, plain or packed, then prepare and draw.
const nuantu = { views: [] };
{
  const bytesOf = (base64) => {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const letters = atob(base64);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  };

  const inflate = async (base64) => {
    const gzip = new DecompressionStream("gzip");
    const writer = gzip.writable.getWriter();
    writer.write(bytesOf(base64));
    writer.close();
    return new Uint8Array(await new Response(gzip.readable).arrayBuffer());
  };

  const read = async ({ type, textContent }) =>
    JSON.parse(type === "application/json" ? textContent : new TextDecoder().decode(await inflate(textContent)));

  nuantu.open = async (draw) => {
    const slot = document.getElementById("edition");
    if (slot.type !== "application/json" && !("DecompressionStream" in window)) {
      document.getElementById("too-old").hidden = false;
      return;
    }
    const points = document.getElementById("points");
    [nuantu.data, nuantu.streams] = await Promise.all([read(slot), points && inflate(points.textContent)]);
    nuantu.prepare();
    nuantu.readHash();
    nuantu.dress();
    draw();
    nuantu.start();
  };
}
