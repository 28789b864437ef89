/**
 * The modules of `src/` in a few files. Node spends a millisecond on every module that it loads: over 500 of them made
 * `turnpike --version` take 1.2 s, and all of it again at every start of the gateway. Packages are left as they are.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Plugin, rolldown } from "rolldown";

const root = new URL("../", import.meta.url);
const src = fileURLToPath(new URL("src/", root));

/** Writes every entry, a path in `dist/` without its ending, and what they share. */
export async function bundle(entries: readonly string[]): Promise<void> {
  const input = Object.fromEntries(entries.map((entry) => [entry, `${src}${entry}.ts`]));
  const packages = await dependencies();
  const bundled = await rolldown({
    input,
    platform: "node",
    external: (id) => packages.has(packageOf(id)),
    plugins: [ownAddresses()],
  });
  // The originals' text is in the maps: a stack trace under `--enable-source-maps` names file and line of `src/`.
  await bundled.write({
    dir: fileURLToPath(new URL("dist/", root)),
    format: "esm",
    sourcemap: true,
    chunkFileNames: "[name].js",
  });
  await bundled.close();
}

async function dependencies(): Promise<ReadonlySet<string>> {
  const { dependencies } = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
  return new Set(Object.keys(dependencies));
}

function packageOf(id: string): string {
  return id.split("/", id.startsWith("@") ? 2 : 1).join("/");
}

/** A module reads files by their place beside it, so each keeps the address that it would have on its own. */
function ownAddresses(): Plugin {
  return {
    name: "own-addresses",
    transform(code, id) {
      if (!id.startsWith(src) || !code.includes("import.meta.url")) return null;
      const own = `./${id.slice(src.length).replace(/\.ts$/, ".js")}`;
      // Every chunk is written to `dist/` itself; an entry in a folder below holds nothing that reads a file.
      const at = `new URL(${JSON.stringify(own)}, import.meta.url).href`;
      // No line moves, so the map stays as it is.
      return { code: code.replaceAll("import.meta.url", at), map: null };
    },
  };
}
