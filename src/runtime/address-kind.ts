import { BlockList, isIP } from "node:net";

/**
 * What an IP address is for. `public`: a host on the internet. `internal`: this machine, or a network that its owner has
 * numbered. `link-local`: this link only. `metadata`: a cloud's service for its own machines. `reserved`: no host.
 */
export type AddressKind = "public" | "internal" | "link-local" | "metadata" | "reserved";

type Row = readonly [network: string, prefix: number, kind: AddressKind];

/** IANA, "IPv4 Special-Purpose Address Registry", and clouds' metadata. The first row that has an address decides. */
const IPV4: readonly Row[] = [
  ["100.100.100.200", 32, "metadata"], // Alibaba, in the middle of the shared space
  ["168.63.129.16", 32, "metadata"], // Azure's platform services, on a public address
  ["192.0.0.192", 32, "metadata"], // Oracle
  ["169.254.0.0", 16, "link-local"], // RFC 3927; the metadata of most clouds
  ["0.0.0.0", 32, "internal"], // "this host" (RFC 1122): a connection to it reaches loopback
  ["10.0.0.0", 8, "internal"], // private use (RFC 1918)
  ["100.64.0.0", 10, "internal"], // shared (RFC 6598): VPNs and clusters use it
  ["127.0.0.0", 8, "internal"], // loopback (RFC 1122)
  ["172.16.0.0", 12, "internal"], // private use
  ["192.168.0.0", 16, "internal"], // private use
  ["198.18.0.0", 15, "internal"], // benchmarking (RFC 2544): container networks and proxies on laptops use it
  ["0.0.0.0", 8, "reserved"], // "this network" (RFC 791)
  ["192.0.0.0", 24, "reserved"], // IETF protocol assignments (RFC 6890)
  ["192.0.2.0", 24, "reserved"], // documentation (RFC 5737)
  ["198.51.100.0", 24, "reserved"], // documentation
  ["203.0.113.0", 24, "reserved"], // documentation
  ["192.31.196.0", 24, "reserved"], // AS112 (RFC 7535): a sink for what should not leave its network
  ["192.175.48.0", 24, "reserved"], // AS112 (RFC 7534)
  ["192.52.193.0", 24, "reserved"], // AMT relays (RFC 7450)
  ["192.88.99.0", 24, "reserved"], // 6to4 relays (RFC 7526, deprecated)
  ["224.0.0.0", 4, "reserved"], // multicast (RFC 5771)
  ["255.255.255.255", 32, "reserved"], // broadcast (RFC 919)
  ["240.0.0.0", 4, "internal"], // "future use" (RFC 1112): clusters that ran out of private addresses use it
  ["0.0.0.0", 0, "public"],
];

/** IANA, "IPv6 Special-Purpose Address Registry". What no row has is not allocated: reserved. */
const IPV6: readonly Row[] = [
  ["fd00:ec2::", 32, "metadata"], // AWS: metadata, credentials of pods, names, time
  ["fd20:ce::254", 128, "metadata"], // Google
  ["fd00:c1::a9fe:a9fe", 128, "metadata"], // Oracle
  ["fd00:42::42", 128, "metadata"], // Scaleway
  ["fd00:a9fe:a9fe::1", 128, "metadata"], // Akamai
  ["fd00:100::100:200", 128, "metadata"], // Alibaba
  ["fe80::", 10, "link-local"], // RFC 4291
  ["::", 127, "internal"], // "any" and loopback: both reach this machine
  ["fc00::", 7, "internal"], // unique local (RFC 4193)
  ["fec0::", 10, "internal"], // site-local (RFC 3879, deprecated): emulators use it
  ["2001::", 23, "reserved"], // IETF protocol assignments (RFC 2928): Teredo, ORCHID, benchmarking, DRIP
  ["2001:db8::", 32, "reserved"], // documentation (RFC 3849)
  ["2002::", 16, "reserved"], // 6to4 (RFC 3056): has any IPv4 address in it
  ["2620:4f:8000::", 48, "reserved"], // AS112 (RFC 7534)
  ["3fff::", 20, "reserved"], // documentation (RFC 9637)
  ["2000::", 3, "public"], // global unicast (RFC 4291)
];

/** What is reached is the IPv4 address in the last 32 bits. NAT64's local prefix, 64:ff9b:1::/48, may have it elsewhere. */
const TRANSLATED = listOf([
  ["::ffff:0:0", 96], // IPv4-mapped (RFC 4291)
  ["64:ff9b::", 96], // NAT64 (RFC 6052)
]);

const IPV4_LISTS = listsOf(IPV4);
const IPV6_LISTS = listsOf(IPV6);

/** Rows of one kind that follow one another are one list. */
function listsOf(rows: readonly Row[]): { readonly kind: AddressKind; readonly list: BlockList }[] {
  const starts = rows.flatMap(([, , kind], at) => (rows[at - 1]?.[2] === kind ? [] : [{ kind, at }]));
  return starts.map(({ kind, at }, index) => ({ kind, list: listOf(rows.slice(at, starts[index + 1]?.at)) }));
}

function listOf(rows: readonly (readonly [network: string, prefix: number, ...rest: unknown[]])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of rows) list.addSubnet(network, prefix, isIP(network) === 6 ? "ipv6" : "ipv4");
  return list;
}

/** The kind of an IP address, as text, with or without a zone. `null` for anything else, such as a name. */
export function addressKind(text: string): AddressKind | null {
  const address = text.replace(/%.*$/, "");
  switch (isIP(address)) {
    case 4:
      return kindIn(IPV4_LISTS, address, "ipv4");
    case 6:
      return isTranslated(address) ? addressKind(ipv4In(address)) : kindIn(IPV6_LISTS, address, "ipv6");
    default:
      return null;
  }
}

function kindIn(lists: ReturnType<typeof listsOf>, address: string, family: "ipv4" | "ipv6"): AddressKind {
  return lists.find(({ list }) => list.check(address, family))?.kind ?? "reserved";
}

const isTranslated = (address: string) => TRANSLATED.check(address, "ipv6");

/** The last 32 bits, as an IPv4 address. */
function ipv4In(address: string): string {
  // A URL writes every spelling in the same way: hexadecimal groups, and the longest run of zeros as "::".
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(":").slice(-2);
  const bytes = groups.flatMap((group) => {
    const bits = Number.parseInt(group || "0", 16);
    return [bits >> 8, bits & 0xff];
  });
  return bytes.join(".");
}

/** Whether it is an internet client's own address. False for a name, and for an address behind which a translator stands. */
export function isPublic(address: string): boolean {
  return addressKind(address) === "public" && !(isIP(address) === 6 && isTranslated(address));
}
