import { isIP } from "node:net";

/** Whether a `Host` header names this machine's loopback: `localhost`, `127.…` or `[::1]`. Other names may be rebound. */
export function isLoopbackHost(host: string): boolean {
  const name = URL.parse(`http://${host}`)?.hostname ?? "";
  return name === "localhost" || name === "[::1]" || (isIP(name) === 4 && name.startsWith("127."));
}
