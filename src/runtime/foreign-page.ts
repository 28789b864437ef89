import { isLoopbackHost } from "./loopback-host.ts";

/* Cross-origin requests: CSRF and DNS rebinding by a page in a browser that reaches us. */

export interface PageHeaders {
  readonly host: string;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site` */
  readonly site: string | undefined;
}

/** Where there is no authentication a request comes from this machine only, or a rebound name would do as well. */
export interface PageRules {
  readonly isLoopbackOnly: boolean;
  /** A link may be followed from any site. */
  readonly isLink: boolean;
}

export type RevealingHeader = "host" | "origin" | "site";

/** What is answered to such a page, by the header that revealed it. */
export const FOREIGN_PAGE: Readonly<Record<RevealingHeader, string>> = {
  host: "Host: allowed are localhost and loopback addresses",
  origin: "Origin: read another origin; allowed is that of the Host header, which a proxy must pass on",
  site: "Sec-Fetch-Site: read another site; allowed are same-origin and none",
};

/**
 * Which header reveals that a page of another origin, in a browser that reaches us, is behind a request: `Host` reveals
 * DNS rebinding, `Origin` and `Sec-Fetch-Site` reveal another origin (CSRF). `null`: none does.
 */
export function foreignPage({ host, origin, site }: PageHeaders, rules: PageRules): RevealingHeader | null {
  if (rules.isLoopbackOnly && !isLoopbackHost(host)) return "host";
  if (origin !== undefined && !isOriginOf(host, origin)) return "origin";
  if (!rules.isLink && (site === "cross-site" || site === "same-site")) return "site";
  return null;
}

/** With or without the scheme's own port. */
function isOriginOf(host: string, origin: string): boolean {
  const url = URL.parse(origin);
  return url !== null && URL.parse(`${url.protocol}//${host}`)?.host === url.host;
}
