import { BlockList, isIP } from "node:net";

/** Special-purpose addresses: RFC 6890 and its successors. */
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
