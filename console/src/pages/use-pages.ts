import { useHasSimulator } from "../client/has-simulator.ts";
import { type Page, pagesOf } from "./pages.ts";

/** The pages that are there at this gateway. */
export function usePages(): readonly Page[] {
  return pagesOf(useHasSimulator() === true);
}
