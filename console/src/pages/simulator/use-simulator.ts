import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { meQuery } from "../../client/queries.ts";
import { applySimulator, SCREENS_KEY, screenQuery, simulatorQuery } from "./simulator-queries.ts";
import { openSimulatorStream } from "./simulator-stream.ts";

/** What the simulator's server tells, followed while the page is open. */
export function useSimulator() {
  const queries = useQueryClient();
  const simulator = useQuery(simulatorQuery);
  const [isLive, setIsLive] = useState(true);
  useEffect(
    () =>
      openSimulatorStream({
        apply: (event) => applySimulator(queries, event),
        rereadScreen: (channel, screenId) =>
          queries.invalidateQueries({ queryKey: screenQuery(channel, screenId).queryKey }),
        rereadScreens: () => void queries.invalidateQueries({ queryKey: SCREENS_KEY }),
        status: setIsLive,
        refused: () => void queries.invalidateQueries({ queryKey: meQuery.queryKey }),
      }),
    [queries],
  );
  return { simulator, isLive };
}

/** Whether the gateway would answer: one that is frozen holds every connection that the phones need. */
export function useIsGatewayUp(): boolean {
  const { data } = useQuery(simulatorQuery);
  return data?.gateway.state === "up";
}
