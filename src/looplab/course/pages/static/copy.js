// A button on each piece of code that copies its cell whole. A cell whose drawing code is folded is several pieces here.

const COPY = "Copy";
const SHOWN_FOR_MS = 1500;
const PIECES = ".tag_piece-first, .tag_piece-more, .piece-first, .piece-more";

const isMore = (element) => element?.matches(".tag_piece-more, .piece-more");

/** All pieces of the cell that this block of code belongs to, in order; only the block where it is no cell. */
function piecesOf(block) {
  let piece = block.closest(PIECES);
  if (!piece) {
    return [block];
  }
  while (isMore(piece) && piece.previousElementSibling?.matches(PIECES)) {
    piece = piece.previousElementSibling;
  }
  const all = [piece];
  while (isMore(all.at(-1).nextElementSibling)) {
    all.push(all.at(-1).nextElementSibling);
  }
  return all;
}

const codeOf = (block) =>
  piecesOf(block)
    .map((piece) => piece.querySelector("pre").textContent.trimEnd())
    .join("\n\n");

/** Where a browser has no clipboard for pages, as some have none for files, the old way is left. */
async function copy(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text);
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) {
    throw new Error("not copied");
  }
}

document.querySelectorAll("article div.highlight").forEach((block) => {
  if (block.closest(".cell_output")) {
    return;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-code";
  button.textContent = COPY;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    button.textContent = await copy(codeOf(block)).then(
      () => "Copied",
      () => "Not copied: select it",
    );
    button.classList.add("copied");
    setTimeout(() => {
      button.textContent = COPY;
      button.classList.remove("copied");
    }, SHOWN_FOR_MS);
  });
  block.append(button);
});
