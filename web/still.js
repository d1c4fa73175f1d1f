// What a browser has drawn, as one SVG. Pictures are handed over by themselves: they differ by day and by night.
(name) => {
  const figure = document.querySelector(".live-figure");
  const drawing = figure.querySelector(".live-drawing").cloneNode(true);
  const { width, height } = figure.querySelector(".live-drawing").getBoundingClientRect();
  const of = (text) => document.createTextNode(text);
  const child = (tag, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    element.append(of(text));
    return element;
  };
  for (const handle of figure.querySelectorAll(".live-handle")) {
    const { e, f } = new DOMMatrix(getComputedStyle(handle).transform);
    const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    dot.setAttribute("class", `live-still-handle ${handle.className.replace("live-handle ", "").trim()}`.trim());
    for (const [key, value] of Object.entries({ cx: e, cy: f, r: 8 })) dot.setAttribute(key, String(value));
    drawing.append(dot);
  }
  drawing.prepend(child("desc", figure.querySelector(".live-words").textContent), document.createComment("pictures"));
  drawing.prepend(child("title", figure.querySelector(".live-title").textContent));
  for (const attribute of ["width", "height", "aria-label"]) drawing.removeAttribute(attribute);
  drawing.setAttribute("viewBox", `0 0 ${Math.round(width)} ${Math.round(height)}`);
  drawing.setAttribute("class", "live-drawing live-still");
  const pictures = [...figure.querySelectorAll("canvas")].map((canvas) => {
    const { left, top, width, height } = canvas.style;
    const [x, y, w, h] = [left, top, width, height].map(parseFloat);
    return { box: `x="${x}" y="${y}" width="${w}" height="${h}"`, data: canvas.toDataURL("image/webp", 0.85) };
  });
  const svg = new XMLSerializer().serializeToString(drawing).replaceAll(/live-clip-\d+-/g, `still-${name}-`);
  return { svg, pictures };
};
