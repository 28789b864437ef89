import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../client/queries.ts";

/** Whether this person may act; who may only read sees no button. */
export function useMayOperate(): boolean {
  const { data } = useQuery(meQuery);
  return data?.rights.includes("operate") === true;
}
