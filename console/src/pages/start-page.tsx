import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { meQuery } from "../client/queries.ts";
import { useSession } from "../client/session.ts";

/** Leads to the phones where the platforms are simulated, and to the overview elsewhere. */
export function StartPage() {
  const { data, failureReason } = useQuery(meQuery);
  const session = useSession();
  // Who isn't signed in is on the way to the sign-in, and comes back here.
  if (session === "absent" || (data === undefined && failureReason === null)) return null;
  return data?.hasSimulator === true ? (
    <Navigate to="/simulator" search={{}} replace />
  ) : (
    <Navigate to="/overview" search={{}} replace />
  );
}
