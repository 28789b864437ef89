import { pathToFileURL } from "node:url";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import type { Plugin } from "vite";

const IS_CATALOGUE = /\/texts\/catalogues\/[\w-]+\.ts$/;

/** Compiles the ICU messages at the build, so that their parser stays out of the browser. */
export function compiledCatalogues(): Plugin {
  return {
    name: "compiled-catalogues",
    enforce: "pre",
    async transform(_code, id) {
      if (!IS_CATALOGUE.test(id)) return null;
      const { messages } = (await import(pathToFileURL(id).href)) as { messages: Readonly<Record<string, string>> };
      const compiled = Object.entries(messages).map(([key, message]) => [key, compileMessage(message)] as const);
      return { code: `export const messages = ${JSON.stringify(Object.fromEntries(compiled))};`, map: null };
    },
  };
}
