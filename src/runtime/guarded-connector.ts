import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { buildConnector } from "undici";

export class ForbiddenAddress extends Error {
  override readonly name = "ForbiddenAddress";
}

export interface Guard {
  /** Time limit of a connection, in ms. */
  readonly connectTimeoutMs: number;
  /** Whether connections to that IP address (never a name) are forbidden. */
  readonly isForbidden: (address: string) => boolean;
  /** The reason, for the error: "no agent may have". */
  readonly because: string;
  /** Certificates to trust instead of the system's. */
  readonly ca?: string;
}

/**
 * SSRF protection: a connector that checks the address that a name resolves to when it connects. An earlier check could be
 * bypassed by DNS rebinding.
 */
export function guardedConnector({ connectTimeoutMs, isForbidden, because, ca }: Guard): buildConnector.connector {
  const guardedLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const refused = addresses.find(({ address }) => isForbidden(address));
      if (refused !== undefined) {
        return callback(new ForbiddenAddress(`${hostname} is at ${refused.address}, which ${because}`), []);
      }
      return callback(null, addresses);
    });
  };
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup: guardedLookup,
    autoSelectFamily: true,
    ...(ca !== undefined && { ca }),
  });
  return (options, callback) => {
    // An IP address in the URL isn't resolved, so it is checked here.
    if (isForbidden(options.hostname.replace(/^\[|\]$/g, ""))) {
      callback(new ForbiddenAddress(`${options.hostname} is an address that ${because}`), null);
      return;
    }
    connect(options, callback);
  };
}
