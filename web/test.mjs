// Runs the tests: each is bundled by esbuild, as the figures are, and handed to Node's own test runner.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { options } from "./bundle.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "build", "web-tests");
rmSync(out, { recursive: true, force: true });
const tests = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
await build({
  ...options,
  entryPoints: tests.map((name) => join(here, "test", name)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  format: "esm",
  platform: "node",
  minify: false,
  sourcemap: "inline",
});
const files = tests.map((name) => join(out, name.replace(/ts$/, "mjs")));
const ran = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-reporter=dot", ...files], {
  stdio: "inherit",
});
process.exit(ran.status ?? 1);
