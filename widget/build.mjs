// Bundles what browsers load into ../server/assets: hashed names, a manifest, and compressed copies made once, here.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { common, inTree, tree } from "./tree.mjs";

const out = join(tree, "server/assets");

// The snippet on a host's page is pasted once and stays for years: its name never changes, and it must stay small
// for pages whose visitors never open the chat.
const EMBED = { name: "embed.js", source: "widget/src/embed.ts", target: "es2019", limit: 3 * 1024 };

const PAGES = [
  { name: "visitor.js", source: "widget/src/visitor/main.ts" },
  { name: "console.js", source: "widget/src/console/main.tsx" },
  { name: "visitor.css", source: "widget/src/visitor/visitor.css" },
  { name: "console.css", source: "widget/src/console/console.css" },
];

const browser = {
  ...common,
  minify: true,
  write: false,
  charset: "utf8",
  legalComments: "none",
  // Classic scripts: a module script in a sandboxed frame is fetched with origin null and would need CORS.
  format: "iife",
  plugins: [inTree],
};

async function bundle({ name, source, target = "es2022" }) {
  const result = await build({ ...browser, target, entryPoints: [source], outdir: out });
  return { name, content: Buffer.from(result.outputFiles[0].contents) };
}

function hashed({ name, content }) {
  const [stem, suffix] = name.split(".");
  return `${stem}-${createHash("sha256").update(content).digest("hex").slice(0, 10)}.${suffix}`;
}

async function publish(file, content) {
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
  const packed = brotliCompressSync(content, brotli);
  await writeFile(join(out, file), content);
  await writeFile(join(out, `${file}.br`), packed);
  await writeFile(join(out, `${file}.gz`), gzipSync(content, { level: 9 }));
  console.log(`frontend: ${file} ${content.length} bytes, ${packed.length} as brotli`);
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const manifest = {};
for (const entry of [EMBED, ...PAGES].filter(({ source }) => existsSync(join(tree, source)))) {
  const made = await bundle(entry);
  if (entry.limit && made.content.length > entry.limit) {
    throw new Error(`${entry.name} has ${made.content.length} bytes, more than ${entry.limit}`);
  }
  const file = entry === EMBED ? entry.name : hashed(made);
  await publish(file, made.content);
  manifest[entry.name] = file;
  if (entry === EMBED) {
    manifest["embed.js integrity"] = `sha384-${createHash("sha384").update(made.content).digest("base64")}`;
  }
}
await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
