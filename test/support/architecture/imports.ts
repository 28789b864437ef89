/** Who may know whom. Type imports count: a type is knowledge too. */
import type { SourceFile } from "./source.ts";
import { isTest, type Rule, shipped, type Tree, targetOf } from "./tree.ts";

export const coreImportsNothing: Rule = (tree) =>
  shipped(tree)
    .filter((file) => file.path.startsWith("src/core/"))
    .flatMap((file) => importsOutside(file, (target) => target.startsWith("src/core/")));

/**
 * `src` from the top: a file sees its own folder and what stands in the rows below. What stands in one row together
 * doesn't know of each other. The files are the only ones in the root of `src`.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["cli.ts"],
  ["commands"],
  ["index.ts"],
  ["gateway.ts"],
  ["http"],
  ["pipeline"],
  ["simulator", "config"],
  ["channels", "agents"],
  ["settings", "store"],
  ["runtime"],
  ["core"],
];

export const foldersImportDownwards: Rule = (tree) =>
  shipped(tree).flatMap((file) => {
    const own = topOf(file.path);
    const above = importsOutside(file, (target) => {
      const other = topOf(target);
      return other === null || own === other || layerOf(own) < layerOf(other);
    });
    return above.map((complaint) => `${complaint}, which is not below it`);
  });

export const everythingHasItsLayer: Rule = (tree) => {
  const tops = new Set(shipped(tree).map((file) => topOf(file.path)));
  return [...tops].filter((top) => layerOf(top) === -1).map((top) => `src/${top} stands in no layer`);
};

/** The folder directly in `src`, or the file: `http` of `src/http/admin/wire.ts`; `null` for what isn't ours. */
function topOf(path: string): string | null {
  return /^src\/([^/]+)/.exec(path)?.[1] ?? null;
}

function layerOf(top: string | null): number {
  return LAYERS.findIndex((row) => top !== null && row.includes(top));
}

const STAGE_MAY_SEE = new Set([
  "src/config/gateway-settings.ts",
  "src/store/attempt.ts",
  "src/store/store.ts",
  "src/channels/channel.ts",
  "src/agents/agent.ts",
] as const);

export const pipelineSeesOnlyInterfaces: Rule = (tree) =>
  shipped(tree)
    .filter((file) => file.path.startsWith("src/pipeline/"))
    .flatMap((file) =>
      importsOutside(
        file,
        (target) => /^src\/(core|runtime|pipeline)\//.test(target) || (STAGE_MAY_SEE as Set<string>).has(target),
      ),
    );

/** All platforms share `simulation/`; Meta's, which verify a webhook as Meta signs it, share `meta/`. */
export const channelsAreStrangers: Rule = (tree) => {
  const metas = shipped(tree).filter(
    (file) => file.path.endsWith("/verify.ts") && importsOutside(file, (target) => target !== META_VERIFY).length > 0,
  );
  const isMetas = (channel: string) => metas.some(({ path }) => channelOf(path) === channel);
  return shipped(tree).flatMap((file) => {
    const own = channelOf(file.path);
    if (own === null) return [];
    return importsOutside(file, (target) => {
      const other = channelOf(target);
      if (other === null || other === own || other === "simulation") return true;
      return other === "meta" && isMetas(own);
    });
  });
};

const META_VERIFY = "src/channels/meta/verify.ts";

function channelOf(path: string): string | null {
  return /^src\/channels\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** Who may know the kinds of stores: the list of them, and the library's index, which has their factories. */
const KNOWS_STORES = /^src\/(index|store\/index)\.ts$/;

export const storesAreKnownByAddress: Rule = (tree) =>
  shipped(tree)
    .filter((file) => !KNOWS_STORES.test(file.path))
    .flatMap((file) => {
      const isStores = file.path.startsWith("src/store/");
      return importsOutside(file, (target) => {
        const folder = storeFolderOf(target);
        if (folder === null || folder === storeFolderOf(file.path)) return true;
        // Inside, what stores share may stand in folders, too. A kind of store is one with an entry for the list.
        return isStores && !tree.paths.has(`${folder}/entry.ts`);
      });
    });

function storeFolderOf(path: string): string | null {
  return /^src\/store\/[^/]+(?=\/)/.exec(path)?.[0] ?? null;
}

/** `src/` must not know its tests, the scripts or anything else beside it. Fixtures, which aren't shipped, know each other. */
export const sourcesImportOnlySources: Rule = (tree) =>
  tree.sources
    .filter(({ path }) => path.startsWith("src/") && !path.endsWith(".test.ts"))
    .flatMap((file) =>
      file.imports
        .map((found) => ({ ...found, target: targetOf(file, found.text) }))
        .filter(({ text, target }) => text.startsWith(".") && !isSourceFor(file, target))
        .map(({ line, target }) => `${file.path}:${line} imports ${target}`),
    );

function isSourceFor({ path }: SourceFile, target: string): boolean {
  return target.startsWith("src/") && (!isTest(target) || isTest(path));
}

function importsOutside(file: SourceFile, isAllowed: (target: string) => boolean): string[] {
  return file.imports
    .map((found) => ({ line: found.line, target: targetOf(file, found.text) }))
    .filter(({ target }) => !isAllowed(target))
    .map(({ line, target }) => `${file.path}:${line} imports ${target}`);
}

/** Tarjan's strongly connected components: a component of several files, or a file that imports itself, is a cycle. */
export const importsHaveNoCycle: Rule = (tree) =>
  components(tree)
    .filter((component) => component.length > 1 || importsItself(tree, component))
    .map((component) => `these files import one another: ${component.sort().join(", ")}`);

function importsItself(tree: Tree, [path]: readonly string[]): boolean {
  const file = tree.sources.find((source) => source.path === path);
  return file?.imports.some((found) => targetOf(file, found.text) === path) ?? false;
}

function components(tree: Tree): string[][] {
  const edges = new Map(
    tree.sources.map((file) => [file.path, file.imports.map((found) => targetOf(file, found.text))] as const),
  );
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (path: string): number => {
    const index = order.size;
    order.set(path, index);
    lowest.set(path, index);
    open.push(path);
    for (const target of edges.get(path) ?? []) {
      if (!edges.has(target)) continue;
      const seen = order.get(target);
      const reach = seen === undefined ? visit(target) : open.includes(target) ? seen : index;
      lowest.set(path, Math.min(lowest.get(path) ?? index, reach));
    }
    const low = lowest.get(path) ?? index;
    if (low === index) found.push(open.splice(open.indexOf(path)));
    return low;
  };
  for (const path of edges.keys()) if (!order.has(path)) visit(path);
  return found;
}
