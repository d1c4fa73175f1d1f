// How the figures are bundled, for the pages and for the tests.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const HERE = dirname(fileURLToPath(import.meta.url));

/** The folder of the course, whose lessons' folders hold the figures. */
export const COURSE = resolve(HERE, "..", "course");

/** The figures of a course: `figures/*.ts` of the course itself and of each of its lessons. */
export function figureFiles(course = COURSE) {
  const folders = [course, ...inside(course).flatMap((module) => [module, ...inside(module)])];
  return folders.flatMap((folder) => {
    const figures = join(folder, "figures");
    if (!existsSync(figures)) return [];
    return readdirSync(figures)
      .filter((name) => name.endsWith(".ts") && !name.startsWith("_")) // one that begins with _ helps a figure
      .sort()
      .map((name) => join(figures, name));
  });
}

function inside(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "figures")
    .map((entry) => join(folder, entry.name))
    .sort();
}

/** The module that stands for all figures of the course. */
const allFigures = {
  name: "all-figures",
  setup(build) {
    build.onResolve({ filter: /^looplab\/figures$/ }, () => ({ path: "figures", namespace: "course" }));
    build.onLoad({ filter: /.*/, namespace: "course" }, () => ({
      contents: figureFiles()
        .map((file) => `import ${JSON.stringify(file)};`)
        .join("\n"),
      resolveDir: HERE,
    }));
    // What a figure imports from "looplab/..." lies in src/.
    build.onResolve({ filter: /^looplab\// }, (found) =>
      build.resolve(`./${found.path.slice("looplab/".length)}`, { kind: found.kind, resolveDir: join(HERE, "src") }),
    );
  },
};

export const options = {
  absWorkingDir: HERE,
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  plugins: [allFigures],
};
