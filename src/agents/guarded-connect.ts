import { BlockList, isIP } from "node:net";
import type { buildConnector } from "undici";
import { guardedConnector } from "../runtime/guarded-connector.ts";

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

/** A connector that refuses blocked addresses after name resolution. */
export function guardedConnect(connectTimeoutMs: number): buildConnector.connector {
  return guardedConnector({ connectTimeoutMs, isForbidden, because: "no agent may have" });
}
