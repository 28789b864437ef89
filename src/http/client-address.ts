import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { Misconfigured } from "../core/errors.ts";
import { isPublic } from "../runtime/address-kind.ts";

export interface ClientAddresses {
  /**
   * Rate-limit key: an IPv4 address, or the /64 network of an IPv6 one, which belongs to one customer. `null`: a proxy,
   * which stands for all its clients, or unknown.
   */
  nameOf(request: Pick<IncomingMessage, "socket" | "headers"> | undefined): string | null;
}

/**
 * `trustedProxies`: addresses and networks (`10.0.0.0/8`) of the operator's proxies, whose `X-Forwarded-For` is read from
 * the right up to the first address that isn't one of them. From other clients the header is ignored. Throws
 * `Misconfigured` for an invalid entry.
 */
export function createClientAddresses(trustedProxies: readonly string[]): ClientAddresses {
  const trusted = new BlockList();
  for (const proxy of trustedProxies) trust(trusted, proxy);
  const isTrusted = (address: string) => trusted.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

  return {
    nameOf(request) {
      const peer = plain(request?.socket.remoteAddress ?? "");
      if (isIP(peer) === 0) return null;
      // A private address is a proxy's: internet clients don't have one.
      if (!isTrusted(peer)) return isPublic(peer) ? named(peer) : null;
      const forwarded = [request?.headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
      const clientAddress = forwarded
        .map((one) => plain(one.trim()))
        .findLast((one) => !(isIP(one) !== 0 && isTrusted(one)));
      return clientAddress === undefined || isIP(clientAddress) === 0 ? null : named(clientAddress);
    },
  };
}

function trust(list: BlockList, proxy: string): void {
  const [address = "", prefix, ...rest] = proxy.split("/");
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  const length = prefix === undefined ? longest : Number(prefix);
  if (
    version === 0 ||
    rest.length > 0 ||
    prefix === "" ||
    !(Number.isInteger(length) && length >= 0 && length <= longest)
  ) {
    throw new Misconfigured(
      `trusted proxies: read ${JSON.stringify(proxy)}; allowed is an address or a network, as in 10.0.0.0/8`,
    );
  }
  list.addSubnet(address, length, version === 6 ? "ipv6" : "ipv4");
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Unmaps an IPv4-mapped IPv6 address (dual-stack sockets) and drops a zone. */
function plain(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address.replace(/%.*$/, "");
}

const GROUPS = 8;

function named(address: string): string {
  if (isIP(address) === 4) return address;
  const [head = "", tail = ""] = address.toLowerCase().split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = tail.split(":").filter((group) => group !== "");
  const zeros = Array.from({ length: Math.max(0, GROUPS - left.length - right.length) }, () => "0");
  const groups = address.includes("::") ? [...left, ...zeros, ...right] : left;
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
