import { isIP } from "node:net";

/** Whether a listen address is this machine's loopback: `localhost`, `127.…` or `::1`. Other names may be rebound. */
export function isLoopback(name: string): boolean {
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/** The same of a `Host` header, which has an IPv6 address in brackets, and may have a port. */
export function isLoopbackHost(host: string): boolean {
  const name = URL.parse(`http://${host}`)?.hostname ?? "";
  return isLoopback(name.replace(/^\[(.*)\]$/, "$1"));
}
