/** Where a sign-in leads when nothing else was asked for. */
const START = "/overview";

/** The page to open after the sign-in: one of ours only, whatever the address says. */
export function nextPath(next: string | undefined, origin: string): string {
  if (next === undefined || !next.startsWith("/")) return START;
  // As a browser reads it: `//host` and `/\host` are other hosts.
  const url = URL.parse(next, origin);
  if (url === null || url.origin !== origin || url.pathname.startsWith("//") || url.pathname === "/sign-in")
    return START;
  return `${url.pathname}${url.search}${url.hash}`;
}
