import { BlockList, isIP } from "node:net";
import { Agent, request } from "undici";
import type { Clock } from "./clock.ts";
import { deadline } from "./clock.ts";
import { guardedConnector } from "./guarded-connector.ts";

/**
 * SSRF protection: special-purpose addresses, RFC 6890 and its successors. A URL in a message is untrusted and must not
 * reach our own network.
 */
const internal = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  internal.addSubnet(network, prefix, "ipv4");
}
internal.addAddress("168.63.129.16", "ipv4"); // Azure's platform services, on a public address
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6"); // global unicast …
for (const [network, prefix] of [
  ["2001::", 23], // … without its special-purpose blocks: Teredo, ORCHID, documentation, 6to4
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  internal.addSubnet(network, prefix, "ipv6");
}

/** Whether an IP address is public. False for a name. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !internal.check(address, "ipv4");
  return family === 6 && global6.check(address, "ipv6") && !internal.check(address, "ipv6");
}

export interface FetchLimits {
  /** The longest body that is read. */
  readonly bytesMax: number;
  /** Time limit for connecting and reading the whole body, in ms. */
  readonly timeoutMs: number;
}

export type Fetched =
  | { readonly kind: "fetched"; readonly bytes: Uint8Array; readonly contentType: string | null }
  /** Not https, not a public address, a redirect, a port that is not 443. */
  | { readonly kind: "forbidden"; readonly reason: string }
  | { readonly kind: "too-big"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

export interface GuardedFetch {
  get(url: string, limits: FetchLimits): Promise<Fetched>;
  close(): Promise<void>;
}

const CONNECT_MS = 5_000;

/** The one client for URLs from messages or replies: https, public addresses only, bounded in size and time. */
export function guardedFetch(parts: {
  readonly clock: Clock;
  /** For tests with a local server. Default: `isPublic`, port 443, the system's certificates. */
  readonly trust?: { readonly isPublic: (address: string) => boolean; readonly port: number; readonly ca: string };
}): GuardedFetch {
  const { clock, trust } = parts;
  const isAllowed = trust?.isPublic ?? isPublic;
  const connect = guardedConnector({
    connectTimeoutMs: CONNECT_MS,
    isForbidden: (address) => isIP(address) !== 0 && !isAllowed(address),
    because: "is not on the internet",
    ...(trust !== undefined && { ca: trust.ca }),
  });
  const pool = new Agent({ connect });
  return {
    async get(text, { bytesMax, timeoutMs }) {
      const url = URL.parse(text);
      const refusal = refusalOf(url, trust?.port ?? 443);
      if (url === null || refusal !== null) return { kind: "forbidden", reason: refusal ?? "not an address" };
      const limit = deadline(clock, timeoutMs);
      try {
        const response = await request(url, { dispatcher: pool, signal: limit.signal });
        const { statusCode, headers, body } = response;
        if (statusCode < 200 || statusCode > 299) {
          // Discarding the rest of the body emits an error, which isn't one.
          body.on("error", () => undefined).destroy();
          const isRedirect = statusCode >= 300 && statusCode < 400;
          const reason = isRedirect ? "a redirect, which is not followed" : `the answer was ${statusCode}`;
          return { kind: isRedirect ? "forbidden" : "failed", reason };
        }
        const bytes = await readUpTo(body, bytesMax);
        if (bytes === null) return { kind: "too-big", reason: `longer than ${bytesMax} bytes` };
        const type = headers["content-type"];
        return { kind: "fetched", bytes, contentType: typeof type === "string" ? type : null };
      } catch (error) {
        const isForbidden = error instanceof Error && error.name === "ForbiddenAddress";
        if (isForbidden) return { kind: "forbidden", reason: error.message };
        const reason = limit.signal.aborted ? `no answer within ${timeoutMs} ms` : "the connection failed";
        return { kind: "failed", reason };
      } finally {
        limit.cancel();
      }
    },
    close: () => pool.destroy(),
  };
}

function refusalOf(url: URL | null, port: number): string | null {
  if (url === null) return "not an address";
  if (url.protocol !== "https:") return "only https is called";
  if (url.username !== "" || url.password !== "") return "an address with a user in it is not called";
  if (Number(url.port || 443) !== port) return `only port ${port} is called`;
  return null;
}

async function readUpTo(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
