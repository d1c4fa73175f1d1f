// Search: every section of the course that holds all the words, with the place in its text. The sections are in
// search-data.js, a script, since a page that is read from disk may not fetch anything.

const MOST = 40;
const BEFORE = 60;
const LENGTH = 200;

const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
const wordsOf = (query) => plain(query).match(/[\p{L}\p{N}_]+/gu) ?? [];
const startOf = (word) => new RegExp(`(?<![\\p{L}\\p{N}])${word}`, "gu");
const count = (text, word) => text.match(startOf(word))?.length ?? 0;

/** How well a section fits; 0 if it lacks one of the words. */
function score([page, title, , text], words) {
  const [inPage, inTitle, inText] = [page[1], title, text].map(plain);
  let sum = 0;
  for (const word of words) {
    const found = 20 * count(inTitle, word) + 5 * count(inPage, word) + Math.min(count(inText, word), 5);
    if (!found) {
      return 0;
    }
    sum += found;
  }
  return sum;
}

/** Where the snippet begins: at the first place around which most of the words stand. */
function placeOf(text, words) {
  const places = words.flatMap((word) => [...plain(text).matchAll(startOf(word))].map((match) => match.index));
  const near = (place) => words.filter((word) => count(plain(text.slice(place, place + LENGTH)), word)).length;
  const best = places.sort((a, b) => a - b).reduce((one, other) => (near(other) > near(one) ? other : one), places[0]);
  return Math.max(0, (best ?? 0) - BEFORE);
}

/** The text around the words, with the words marked. */
function snippet(text, words) {
  const from = placeOf(text, words);
  const start = from && text.indexOf(" ", from) + 1;
  const end = start + LENGTH < text.length ? text.lastIndexOf(" ", start + LENGTH) : text.length;
  const shown = text.slice(start, end);
  const line = document.createElement("p");
  line.append(start ? "… " : "");
  let done = 0;
  const all = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})`, "gu");
  for (const match of plain(shown).length === shown.length ? plain(shown).matchAll(all) : []) {
    const mark = document.createElement("mark");
    mark.textContent = shown.slice(match.index, match.index + match[0].length);
    line.append(shown.slice(done, match.index), mark);
    done = match.index + match[0].length;
  }
  line.append(shown.slice(done), end < text.length ? " …" : "");
  return line;
}

function entry([page, title, anchor, text], words) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = anchor ? `${page[0]}#${anchor}` : page[0];
  link.textContent = title;
  item.append(link);
  if (title !== page[1]) {
    const where = document.createElement("span");
    where.className = "search-where";
    where.textContent = page[1];
    item.append(" ", where);
  }
  item.append(snippet(text, words));
  return item;
}

const field = document.querySelector(".search-again input");
const list = document.querySelector(".search-found");
const said = document.querySelector(".search-count");

function search() {
  const words = wordsOf(field.value);
  const sections = (window.looplabSections ?? []).map((section) => ({ section, fits: score(section, words) }));
  const found = words.length ? sections.filter(({ fits }) => fits).sort((a, b) => b.fits - a.fits) : [];
  list.replaceChildren(...found.slice(0, MOST).map(({ section }) => entry(section, words)));
  const asked = field.value.trim();
  if (!words.length) {
    said.textContent = "Write a word to look for.";
  } else if (!found.length) {
    said.textContent = `Nothing found for “${asked}”. Fewer or shorter words find more.`;
  } else {
    const more = found.length > MOST ? `; the ${MOST} that fit best are shown` : "";
    said.textContent = `${found.length} ${found.length === 1 ? "section" : "sections"} found for “${asked}”${more}.`;
  }
}

field.value = new URLSearchParams(location.search).get("q") ?? "";
field.addEventListener("input", search);
document.querySelector(".search-again").addEventListener("submit", (event) => event.preventDefault());
search();
