import { expect, test } from "vitest";
import { isPublic } from "./public-address.ts";

test.each([
  "127.0.0.1",
  "10.1.2.3",
  "172.31.0.1",
  "192.168.1.1",
  "169.254.169.254",
  "100.100.100.200",
  "168.63.129.16",
  "0.0.0.0",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "64:ff9b::a9fe:a9fe",
  "fe80::1",
  "fc00::1",
  "fd00:ec2::254",
  "ff02::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "2001::1",
  "localhost",
  "",
])("%j is not on the internet", (address) => {
  expect(isPublic(address)).toBe(false);
});

test.each(["8.8.8.8", "147.92.150.194", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2404:6800:4004::1"])(
  "%j is on the internet",
  (address) => {
    expect(isPublic(address)).toBe(true);
  },
);
