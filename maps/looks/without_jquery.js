// The two things that Folium's own popups and maps ask of jQuery.
window.$ ??= (asked) => {
  if (typeof asked !== "string") return { ready: (run) => run() };
  const box = document.createElement("template");
  box.innerHTML = asked.trim();
  return [box.content.firstElementChild];
};
