/**
 * Builds the console into `dist/console`: hashed files, each with its `.br` and `.gz`, and the licences of what is bundled.
 * Fails when a budget is crossed, or when more than types of the gateway reaches the browser.
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { type Rolldown, build as viteBuild } from "vite";
import { compiledCatalogues } from "./catalogues.ts";
import { compressAll } from "./compress.ts";
import { licensesOf } from "./licenses.ts";
import { measure, printSizes } from "./sizes.ts";

const root = new URL("../../", import.meta.url);

export async function buildConsole(): Promise<void> {
  const folder = new URL("dist/console/", root);
  const outputs = await forProduction(() => bundle(fileURLToPath(folder)));
  const chunks = outputs.filter((output) => output.type === "chunk");
  refuseOthers(chunks);
  await writeFile(new URL("licenses.txt", folder), await licensesOf(chunks.flatMap(modulesOf)));
  await compressAll(fileURLToPath(folder));
  printSizes(measure(outputs));
}

/** What is built before the tests is what is shipped, too: a test runner's `NODE_ENV` would bundle React's development build. */
async function forProduction<T>(run: () => Promise<T>): Promise<T> {
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = "production";
  try {
    return await run();
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
}

async function bundle(outDir: string): Promise<readonly (Rolldown.OutputChunk | Rolldown.OutputAsset)[]> {
  const result = await viteBuild({
    configFile: false,
    root: fileURLToPath(new URL("console/", root)),
    logLevel: "warn",
    plugins: [compiledCatalogues(), react(), tailwind()],
    build: {
      outDir,
      emptyOutDir: true,
      // The security policy allows no `data:` address.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: {
        output: {
          entryFileNames: "assets/[name]-[hash:8].js",
          chunkFileNames: "assets/[name]-[hash:8].js",
          assetFileNames: "assets/[name]-[hash:8][extname]",
        },
      },
    },
  });
  if (Array.isArray(result) || !("output" in result)) throw new Error("the console was built into more than one place");
  return result.output;
}

/** Paths of the modules that left code in the chunk. */
function modulesOf(chunk: Rolldown.OutputChunk): readonly string[] {
  return Object.entries(chunk.modules)
    .filter(([, module]) => module.renderedLength > 0)
    .map(([path]) => path);
}

/** zod alone is a third of the budget; and of the gateway the browser needs types, which leave nothing behind. */
function refuseOthers(chunks: readonly Rolldown.OutputChunk[]): void {
  const gateway = fileURLToPath(new URL("src/", root));
  const others = chunks
    .flatMap(modulesOf)
    .filter((path) => path.includes("/node_modules/zod/") || path.startsWith(gateway));
  if (others.length > 0) throw new Error(`the console must not bundle ${others.join(", ")}`);
}
