import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import type { buildConnector } from "undici";
import { type AddressKind, addressKind } from "../runtime/address-kind.ts";
import { httpConnect } from "../runtime/http-connect.ts";

/**
 * An agent is on the internet or in the operator's own network, loopback among it. Never link-local or a cloud's metadata,
 * which serve credentials (SSRF), and never where no host can be.
 */
const ALLOWED: ReadonlySet<AddressKind> = new Set(["public", "internal"]);

/** False for a name: it is checked when it is looked up. */
export function isForbidden(address: string): boolean {
  const kind = addressKind(address);
  return kind !== null && !ALLOWED.has(kind);
}

export class ForbiddenAddress extends Error {
  override readonly name = "ForbiddenAddress";
}

const BECAUSE = "no agent may have";

const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, []);
    const refused = addresses.find(({ address }) => isForbidden(address));
    if (refused !== undefined) {
      return callback(new ForbiddenAddress(`${hostname} is at ${refused.address}, which ${BECAUSE}`), []);
    }
    return callback(null, addresses);
  });
};

/**
 * A connector that checks the address that a name resolves to when it connects. An earlier check could be bypassed by DNS
 * rebinding.
 */
export function guardedConnect(connectTimeoutMs: number): buildConnector.connector {
  const connect = httpConnect({ timeout: connectTimeoutMs, lookup: guardedLookup, autoSelectFamily: true });
  return (options, callback) => {
    // An IP address in the URL isn't resolved, so it is checked here.
    if (isForbidden(options.hostname.replace(/^\[|\]$/g, ""))) {
      callback(new ForbiddenAddress(`${options.hostname} is an address that ${BECAUSE}`), null);
      return;
    }
    connect(options, callback);
  };
}
