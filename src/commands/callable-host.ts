/** A listen address, or a URL's host, as the host of a URL for calls from this machine: a wildcard is replaced by loopback. */
export function callableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::" || host === "[::]") return "[::1]";
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
