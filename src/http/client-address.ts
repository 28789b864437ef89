import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { Misconfigured } from "../core/errors.ts";
import { isPublic } from "../runtime/guarded-fetch.ts";

/** Who sends a request, as far as it can be known. */
export interface ClientAddresses {
  /**
   * A name for one sender: an IPv4 address, or the first half of an IPv6 one, which one customer has to themselves.
   * `null`: a proxy's address, which stands for everybody behind it, or none is known.
   */
  nameOf(request: Pick<IncomingMessage, "socket" | "headers"> | undefined): string | null;
}

/**
 * `trustedProxies`: addresses and networks (`10.0.0.0/8`) of the operator's own proxies, whose `X-Forwarded-For` is
 * believed, from the right up to the first that is none of them. From anybody else the header is only a claim. Throws
 * `Misconfigured` for what is neither.
 */
export function createClientAddresses(trustedProxies: readonly string[]): ClientAddresses {
  const trusted = new BlockList();
  for (const proxy of trustedProxies) trust(trusted, proxy);
  const isTrusted = (address: string) => trusted.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

  return {
    nameOf(request) {
      const peer = plain(request?.socket.remoteAddress ?? "");
      if (isIP(peer) === 0) return null;
      // An address that isn't on the internet is a proxy's: nobody else reaches us from there.
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

/** Without the IPv6 clothes that an IPv4 address wears on a socket for both, and without a zone. */
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
