import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../client/queries.ts";
import { type Page, pagesOf } from "./pages.ts";

/** The pages that are there at this gateway. */
export function usePages(): readonly Page[] {
  const { data } = useQuery(meQuery);
  return pagesOf(data?.hasSimulator === true);
}
