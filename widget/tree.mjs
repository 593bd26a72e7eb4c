// Where the tree is, and how its files find npm packages: crypto/ and tests/ lie beside node_modules' folder, not inside.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const widget = dirname(fileURLToPath(import.meta.url));
export const tree = dirname(widget);

/** An esbuild plugin: package names resolve as if every file of the tree lay in widget/. */
export const inTree = {
  name: "in-tree",
  setup(build) {
    build.onResolve({ filter: /^[@a-z]/ }, ({ path, kind, resolveDir, pluginData }) => {
      const settled = pluginData === inTree || resolveDir.startsWith(join(widget, "/"));
      if (settled || kind === "entry-point" || path.startsWith("node:")) return undefined;
      return build.resolve(path, { kind, resolveDir: widget, pluginData: inTree });
    });
  },
};

/** What every bundle of the tree has in common. tsconfig.json is for tsc alone: its paths would bypass packages' exports. */
export const common = {
  absWorkingDir: tree,
  bundle: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  tsconfigRaw: {},
  logLevel: "warning",
};
