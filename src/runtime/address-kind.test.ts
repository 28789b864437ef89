/**
 * Goal: an address is what it is, however it is written: clients are told apart by public ones, and no agent is at a
 * cloud's metadata.
 * Method: examples of every row of IANA's two registries of special-purpose addresses, and the borders of the wide ones.
 */
import { describe, expect, test } from "vitest";
import { type AddressKind, addressKind, isPublic } from "./address-kind.ts";

const KINDS: Readonly<Record<AddressKind, readonly string[]>> = {
  public: [
    "8.8.8.8",
    "147.92.150.194",
    "1.0.0.0",
    "172.32.0.1",
    "100.128.0.1",
    "169.253.255.255",
    "169.255.0.0",
    "192.0.1.1",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2404:6800:4004::1",
    "2001:200::1",
    "2003::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
  ],
  internal: [
    "0.0.0.0",
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.201",
    "198.19.249.7",
    "240.10.0.1",
    "::",
    "::1",
    "fc00::1",
    "fdff::1",
    "fd00:ec3::254",
    "fec0::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::",
  ],
  "link-local": [
    "169.254.169.254",
    "169.254.0.0",
    "169.254.255.255",
    "fe80::1",
    "fe80::1%eth0",
    "febf:ffff::1",
    "fe80::a9fe:a9fe",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "0:0:0:0:0:FFFF:A9FE:A9FE",
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:0",
    "64:ff9b:0::A9FE:A9FE",
  ],
  metadata: [
    "100.100.100.200",
    "::FFFF:100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "64:ff9b::c000:c0",
    "fd00:ec2::254",
    "FD00:EC2:0:0:0:0:0:254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:c1::a9fe:a9fe",
    "fd00:42::42",
    "fd00:a9fe:a9fe::1",
    "fd00:100::100:200",
  ],
  reserved: [
    "0.0.0.1",
    "0.255.255.255",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.9",
    "192.31.196.1",
    "192.175.48.1",
    "192.52.193.1",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "::ffff:0:5",
    "64:ff9b:1::1",
    "64:ff9b:1::a9fe:a9fe",
    "::a9fe:a9fe",
    "::169.254.169.254",
    "::ffff:0:169.254.169.254",
    "::2",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:1::1",
    "2001:2::1",
    "2001:4:112::1",
    "2001:10::1",
    "2001:20::1",
    "2001:30::1",
    "2001:db8::1",
    "2002:a9fe:a9fe::1",
    "2002:7f00:1::",
    "2620:4f:8000::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "ff02::1",
  ],
};

for (const [kind, addresses] of Object.entries(KINDS)) {
  test.each(addresses)(`%s is ${kind}`, (address) => {
    expect(addressKind(address)).toBe(kind);
  });
}

test.each(["localhost", "", "metadata.google.internal", "1.2.3", "2852039166", "fe80::1::2"])("%j has none", (text) => {
  expect(addressKind(text)).toBe(null);
});

describe("a client's own address", () => {
  test.each(["8.8.8.8", "2606:4700::1111"])("%s tells it from others", (address) => {
    expect(isPublic(address)).toBe(true);
  });

  test.each(["127.0.0.1", "192.0.0.192", "localhost", "fd20:ce::254", "::ffff:8.8.8.8", "64:ff9b::808:808"])(
    "%s doesn't",
    (address) => {
      expect(isPublic(address)).toBe(false);
    },
  );
});
