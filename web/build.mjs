// Makes the figures' one script and one style sheet, which lie in the Python package. With --check it compares instead.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { HERE, options } from "./bundle.mjs";

const PLACE = resolve(HERE, "..", "src", "looplab", "course", "pages", "static");
const LIMIT = 60_000;
const made = { "figures.js": await script(), "figures.css": await styles() };

const size = Object.values(made).reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
console.log(`figures: ${(size / 1000).toFixed(1)} kB gzipped of at most ${LIMIT / 1000}`);
if (size > LIMIT) fail("The figures are too large.");

for (const [name, text] of Object.entries(made)) {
  const path = join(PLACE, name);
  if (!process.argv.includes("--check")) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) fail(`${name} is not what the sources make. Run: make web`);
}

async function script() {
  const made = await build({ ...options, entryPoints: ["src/main.ts"], format: "iife", write: false });
  return made.outputFiles[0].text;
}

/** The colours by day, with a class for each; the rules; the colours by night. */
async function styles() {
  const colours = JSON.parse(readFileSync(join(HERE, "src", "palette.json"), "utf8"));
  const set = (which) =>
    Object.entries(colours)
      .map(([name, pair]) => `--live-${name}:${pair[which]};`)
      .join("");
  const night = (where) => `${where} .live-day{display:none}${where} .live-night{display:inline}`;
  const tones = Object.keys(colours)
    .map((name) => `.live-tone-${name}{--live-tone:var(--live-${name})}`)
    .join("");
  const css = `
    .live{${set(0)}}
    ${tones}
    ${readFileSync(join(HERE, "src", "figures.css"), "utf8")}
    body[data-theme=dark] .live{${set(1)}} ${night("body[data-theme=dark]")}
    @media(prefers-color-scheme:dark){body:not([data-theme=light]) .live{${set(1)}} ${night("body:not([data-theme=light])")}}`;
  return (await transform(css, { loader: "css", minify: true, target: options.target })).code;
}

function fail(message) {
  console.error(`figures: ${message}`);
  process.exit(1);
}
