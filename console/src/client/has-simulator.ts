import { useQuery } from "@tanstack/react-query";
import { ApiProblem } from "./problem.ts";
import { meQuery } from "./queries.ts";

/** Whether the platforms are simulated; `null`: not known yet. The demo says so of a gateway that is down, too. */
export function useHasSimulator(): boolean | null {
  const { data, failureReason } = useQuery(meQuery);
  if (data !== undefined) return data.hasSimulator;
  if (failureReason === null) return null;
  const body = failureReason instanceof ApiProblem ? failureReason.facts.body : null;
  return typeof body === "object" && body !== null && "hasSimulator" in body && body.hasSimulator === true;
}
