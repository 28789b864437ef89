/**
 * The modules of `src/` in a few files. Node spends a millisecond on every module that it loads: over 500 of them made
 * `turnpike --version` take 1.2 s, and all of it again at every start of the gateway. Packages are left as they are.
 */
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";

const root = new URL("../", import.meta.url);
const src = fileURLToPath(new URL("src/", root));

/** Writes every entry, a path in `dist/` without its ending, and what they share. */
export async function bundle(entries: readonly string[]): Promise<void> {
  const input = Object.fromEntries(entries.map((entry) => [entry, `${src}${entry}.ts`]));
  const bundled = await rolldown({
    input,
    platform: "node",
    external: (id) => !/^[./]/.test(id),
    plugins: [ownAddresses()],
  });
  // The originals' text is in the maps: a stack trace under `--enable-source-maps` names file and line of `src/`.
  const { output } = await bundled.write({
    dir: fileURLToPath(new URL("dist/", root)),
    format: "esm",
    sourcemap: true,
    chunkFileNames: "[name].js",
  });
  await bundled.close();
  const packages = await dependencies();
  const chunks = new Set(output.map(({ fileName }) => fileName));
  for (const file of output) if (file.type === "chunk") refuseWrong(file, { packages, chunks });
}

async function dependencies(): Promise<ReadonlySet<string>> {
  const { dependencies } = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
  return new Set(Object.keys(dependencies));
}

/** What would be missed only by those who install the package. */
function refuseWrong(
  { fileName, code, imports, dynamicImports }: OutputChunk,
  { packages, chunks }: { readonly packages: ReadonlySet<string>; readonly chunks: ReadonlySet<string> },
): void {
  const bare = [...imports, ...dynamicImports].filter((id) => !chunks.has(id));
  const strange = bare.filter((id) => !isBuiltin(id) && !packages.has(packageOf(id)));
  if (strange.length > 0) throw new Error(`${fileName} imports what package.json doesn't list: ${strange.join(", ")}`);
  if (fileName.includes("/") && code.includes("import.meta.url"))
    throw new Error(`${fileName} would look for files from its own folder; only those in dist/ itself may`);
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
      // Every chunk is written to `dist/` itself, and `refuseWrong` sees to the rest.
      const at = `new URL(${JSON.stringify(own)}, import.meta.url).href`;
      // No line moves, so the map stays as it is.
      return { code: code.replaceAll("import.meta.url", at), map: null };
    },
  };
}
