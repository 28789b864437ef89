/** What the console weighs, and what it may weigh. kB are 1 000 bytes, in brotli, as they travel. */
import { brotliCompressSync } from "node:zlib";
import type { Rolldown } from "vite";

type Output = Rolldown.OutputChunk | Rolldown.OutputAsset;

export interface Size {
  readonly what: string;
  readonly bytes: number;
  readonly maxBytes: number;
}

const ALL_MAX_BYTES = 250_000;
const FIRST_VIEW_MAX_BYTES = 210_000;
const LANGUAGE_MAX_BYTES = 12_000;

const IS_CODE = /\.(js|css)$/;
const IS_CATALOGUE = /\/texts\/catalogues\/([\w-]+)\.ts$/;
/** The page that opens first. */
const IS_FIRST_PAGE = /\/pages\/overview\/overview-page\.tsx$/;

export function measure(outputs: readonly Output[]): readonly Size[] {
  const bytesOf = new Map(outputs.filter(({ fileName }) => IS_CODE.test(fileName)).map((one) => [one, bytesIn(one)]));
  const sum = (some: Iterable<Output>) => [...some].reduce((total, one) => total + (bytesOf.get(one) ?? 0), 0);
  const chunks = outputs.filter((output) => output.type === "chunk");
  const languages = chunks.flatMap((chunk) => {
    const [, name] = IS_CATALOGUE.exec(chunk.facadeModuleId ?? "") ?? [];
    return name === undefined ? [] : [{ what: `language ${name}`, bytes: sum([chunk]), maxBytes: LANGUAGE_MAX_BYTES }];
  });
  const language = Math.max(...languages.map(({ bytes }) => bytes));
  const first = loadedWith(
    chunks,
    chunks.filter((chunk) => chunk.isEntry || IS_FIRST_PAGE.test(chunk.facadeModuleId ?? "")),
  );
  const styles = outputs.filter(({ fileName }) => fileName.endsWith(".css"));
  return [
    { what: "all scripts and styles", bytes: sum(bytesOf.keys()), maxBytes: ALL_MAX_BYTES },
    { what: "first view", bytes: sum([...first, ...styles]) + language, maxBytes: FIRST_VIEW_MAX_BYTES },
    ...languages,
  ];
}

/** These chunks, and what they import without being asked again. */
function loadedWith(
  chunks: readonly Rolldown.OutputChunk[],
  from: readonly Rolldown.OutputChunk[],
): ReadonlySet<Rolldown.OutputChunk> {
  const found = new Set(from);
  for (const chunk of found) {
    for (const name of chunk.imports) {
      const imported = chunks.find(({ fileName }) => fileName === name);
      if (imported !== undefined) found.add(imported);
    }
  }
  return found;
}

function bytesIn(output: Output): number {
  return brotliCompressSync(output.type === "chunk" ? output.code : output.source).length;
}

/** Throws when something is too large. */
export function printSizes(sizes: readonly Size[]): void {
  const kB = (bytes: number) => (bytes / 1_000).toFixed(1).padStart(6);
  for (const { what, bytes, maxBytes } of sizes) {
    console.log(`console: ${kB(bytes)} of ${kB(maxBytes)} kB  ${what}`);
  }
  const tooLarge = sizes.filter(({ bytes, maxBytes }) => bytes > maxBytes).map(({ what }) => what);
  if (tooLarge.length > 0) throw new Error(`the console is too large: ${tooLarge.join(", ")}`);
}
