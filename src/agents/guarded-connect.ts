import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";

/**
 * Blocked addresses (SSRF): link-local ones, where clouds serve metadata and credentials, and metadata addresses
 * outside that range (AWS over IPv6, Azure, Alibaba). Loopback and private addresses are allowed.
 */
const forbidden = new BlockList();
forbidden.addSubnet("169.254.0.0", 16, "ipv4");
forbidden.addSubnet("fe80::", 10, "ipv6");
forbidden.addSubnet("64:ff9b::a9fe:0", 112, "ipv6"); // 169.254.0.0/16 through NAT64
forbidden.addSubnet("::a9fe:0", 112, "ipv6"); // and as an IPv4-compatible address
forbidden.addAddress("fd00:ec2::254", "ipv6");
forbidden.addAddress("168.63.129.16", "ipv4");
forbidden.addAddress("100.100.100.200", "ipv4");

export function isForbidden(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (family === 4) return forbidden.check(address, "ipv4");
  // Covers ::ffff:169.254.169.254 too: a BlockList compares a mapped address with its IPv4 rules.
  return forbidden.check(address, "ipv6");
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
  const connect = buildConnector({ timeout: connectTimeoutMs, lookup: guardedLookup, autoSelectFamily: true });
  return (options, callback) => {
    // An IP address in the URL isn't resolved, so it is checked here.
    if (isForbidden(options.hostname.replace(/^\[|\]$/g, ""))) {
      callback(new ForbiddenAddress(`${options.hostname} is an address that ${BECAUSE}`), null);
      return;
    }
    connect(options, callback);
  };
}
