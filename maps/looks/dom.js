"use strict";
// Elements, text and unpacking: what the pages and the Folium layers share. Text from data becomes
// text nodes and attributes only.
const nuantu = { views: [] };
{
  const SVG = "http://www.w3.org/2000/svg";

  const fill = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === "function") element.addEventListener(name, value);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat()) {
      if (child === null || child === undefined || child === "") continue;
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return element;
  };

  // el("button", { class: "x", click: f }, "text", child): a function is a listener.
  nuantu.el = (tag, attributes = {}, ...children) =>
    fill(document.createElement(tag), attributes, children);

  nuantu.svg = (tag, attributes = {}, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);

  const bytesOf = (base64) => {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const letters = atob(base64);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  };

  // The bytes of a gzip stream written in base64.
  nuantu.inflate = async (base64) => {
    const gzip = new DecompressionStream("gzip");
    const writer = gzip.writable.getWriter();
    writer.write(bytesOf(base64));
    writer.close();
    return new Uint8Array(await new Response(gzip.readable).arrayBuffer());
  };
}
