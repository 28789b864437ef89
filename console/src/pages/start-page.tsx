import { Navigate } from "@tanstack/react-router";
import { useHasSimulator } from "../client/has-simulator.ts";
import { useSession } from "../client/session.ts";

/** Leads to the phones where the platforms are simulated, and to the overview elsewhere. */
export function StartPage() {
  const hasSimulator = useHasSimulator();
  const session = useSession();
  // Who isn't signed in is on the way to the sign-in, and comes back here.
  if (session === "absent" || hasSimulator === null) return null;
  return hasSimulator ? (
    <Navigate to="/simulator" search={{}} replace />
  ) : (
    <Navigate to="/overview" search={{}} replace />
  );
}
