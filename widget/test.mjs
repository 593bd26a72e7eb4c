// Runs tests/**/*.test.ts on Node: each is bundled as browsers' code is, then handed to Node's own test runner.
import { spawnSync } from "node:child_process";
import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { common, inTree, tree } from "./tree.mjs";

/** Tests find their vectors beside themselves, though the bundle runs elsewhere. */
const ownAddress = {
  name: "own-address",
  setup(build) {
    build.onLoad({ filter: /\/tests\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return { contents: source.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)), loader: "ts" };
    });
  },
};

const wanted = process.argv.slice(2);
const tests = wanted.length ? wanted : await Array.fromAsync(glob("tests/**/*.test.ts", { cwd: tree }));
if (tests.length === 0) {
  console.log("no TypeScript tests yet");
  process.exit(0);
}
const out = await mkdtemp(join(tmpdir(), "sluss-tests-"));
try {
  await build({
    ...common,
    entryPoints: tests,
    outbase: tree,
    outdir: out,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    platform: "node",
    target: "node24",
    sourcemap: "inline",
    plugins: [inTree, ownAddress],
  });
  const bundles = tests.map((test) => join(out, test.replace(/\.ts$/, ".mjs")));
  const node = ["--enable-source-maps", "--test", "--test-reporter=spec", ...bundles];
  process.exitCode = spawnSync(process.execPath, node, { cwd: tree, stdio: "inherit" }).status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
