/**
 * Goal: clients with too many refused requests are limited, for no longer than stated; platforms never are.
 * Method: addresses of sockets and proxies, and a manual clock.
 */
import { describe, expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createMetrics } from "../runtime/metrics.ts";
import { createClientAddresses } from "./client-address.ts";
import { createRateLimit } from "./rate-limit.ts";
import { rateLimitedFetch } from "./rate-limited-fetch.ts";

function asked(remoteAddress: string | undefined, forwarded?: string | string[]) {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return { socket: { remoteAddress }, headers } as unknown as Parameters<
    ReturnType<typeof createClientAddresses>["nameOf"]
  >[0];
}

describe("the client address", () => {
  const clientAddresses = createClientAddresses(["10.0.0.0/8", "192.0.2.7", "fd00::/8"]);

  test.each<[string, string | undefined, string | string[] | undefined, string | null]>([
    ["an address on the internet is itself", "8.8.4.4", undefined, "8.8.4.4"],
    ["whatever it claims to forward", "8.8.4.4", "1.1.1.1", "8.8.4.4"],
    ["also in the clothes of IPv6", "::ffff:8.8.4.4", undefined, "8.8.4.4"],
    ["an IPv6 address is its network of 64 bits", "2606:4700:10:0:1:2:3:4", undefined, "2606:4700:10:0::/64"],
    ["however it is written", "2606:4700:0010::7", undefined, "2606:4700:10:0::/64"],
    ["a proxy that isn't trusted stands for many", "127.0.0.1", "8.8.4.4", null],
    ["one that is says for whom it asks", "10.1.2.3", "8.8.4.4", "8.8.4.4"],
    ["the last that is no proxy of ours", "10.1.2.3", "6.6.6.6, 8.8.4.4, 10.9.9.9, 192.0.2.7", "8.8.4.4"],
    ["over several lines of the header", "fd00::1", ["6.6.6.6", "8.8.4.4"], "8.8.4.4"],
    ["nobody, when it says nothing", "10.1.2.3", undefined, null],
    ["nobody, when it says nonsense", "10.1.2.3", "unknown", null],
    ["nobody, when only proxies are named", "10.1.2.3", "10.0.0.1, 10.0.0.2", null],
    ["nobody, without a socket", undefined, undefined, null],
  ])("%s", (_what, address, forwarded, name) => {
    expect(clientAddresses.nameOf(asked(address, forwarded))).toBe(name);
  });

  test.each(["10.0.0.0/33", "10.0.0/8", "proxy.example", "", "10.0.0.1/", "::1/129", "1.1.1.1/8/9"])(
    "%j is no address of a proxy",
    (proxy) => {
      expect(() => createClientAddresses([proxy])).toThrow(
        /trusted proxies: read .*; allowed is an address or a network/,
      );
    },
  );
});

describe("the rate limit", () => {
  const setUp = (perMinute = 60) => {
    const clock = manualClock();
    return { clock, rateLimit: createRateLimit(clock, perMinute) };
  };
  const refuse = (rateLimit: ReturnType<typeof createRateLimit>, clientAddress: string, times: number) => {
    for (let count = 0; count < times; count += 1) rateLimit.refused(clientAddress);
  };

  test("applies when the bucket is empty, with Retry-After, until a token is back", async () => {
    const { clock, rateLimit } = setUp();
    refuse(rateLimit, "a", 59);
    expect(rateLimit.waitS("a")).toBeNull();
    refuse(rateLimit, "a", 1);
    expect(rateLimit.waitS("a")).toBe(1);
    expect(rateLimit.waitS("b")).toBeNull();
    await clock.advance(999);
    expect(rateLimit.waitS("a")).toBe(1);
    await clock.advance(1);
    expect(rateLimit.waitS("a")).toBeNull();
  });

  test("returns a wait that is long enough", () => {
    const { rateLimit } = setUp(2);
    refuse(rateLimit, "a", 2);
    expect(rateLimit.waitS("a")).toBe(30);
  });

  test("doesn't apply to a client that was authenticated within the hour", async () => {
    const { clock, rateLimit } = setUp();
    rateLimit.proven("a");
    refuse(rateLimit, "a", 1_000);
    expect(rateLimit.waitS("a")).toBeNull();
    await clock.advance(3_600_000);
    refuse(rateLimit, "a", 1_000);
    expect(rateLimit.waitS("a")).toBe(1);
  });

  test("doesn't apply to unknown clients, or with limit 0", () => {
    const { rateLimit } = setUp(0);
    refuse(rateLimit, "a", 1_000);
    expect(rateLimit.waitS("a")).toBeNull();
    const limited = setUp(1).rateLimit;
    limited.refused(null);
    limited.refused(null);
    expect(limited.waitS(null)).toBeNull();
  });

  test("has a bounded cache that evicts the least recently used client", () => {
    const { rateLimit } = setUp(1);
    refuse(rateLimit, "first", 1);
    expect(rateLimit.waitS("first")).toBe(60);
    for (let count = 0; count < 10_000; count += 1) rateLimit.refused(`other ${count}`);
    expect(rateLimit.waitS("first")).toBeNull();
  });
});

describe("rateLimitedFetch", () => {
  const setUp = () => {
    const clock = manualClock();
    const parts = {
      clientAddresses: createClientAddresses([]),
      rateLimit: createRateLimit(clock, 2),
      metrics: createMetrics(),
    };
    const heard: string[] = [];
    const guarded = rateLimitedFetch((request) => {
      const { pathname } = new URL(request.url);
      heard.push(pathname);
      return new Response(null, { status: Number(pathname.slice(1)) || 200 });
    }, parts);
    const ask = async (path: string, address = "8.8.4.4") =>
      await guarded(new Request(`http://gateway${path}`), { incoming: asked(address) });
    return { clock, heard, ask, metrics: parts.metrics };
  };

  test("counts 4xx, not 5xx, and rejects without calling the handler", async () => {
    const { heard, ask, metrics } = setUp();
    for (const path of ["/503", "/500", "/401", "/404"]) await ask(path);
    const rejected = await ask("/401");
    expect([rejected.status, rejected.headers.get("retry-after"), rejected.headers.get("connection")]).toEqual([
      429,
      "30",
      "close",
    ]);
    expect(heard).toHaveLength(4);
    expect((await metrics.requestsRejected.get()).values).toMatchObject([
      { labels: { reason: "rate-limit" }, value: 1 },
    ]);
    expect((await ask("/401", "1.1.1.1")).status).toBe(401);
    expect((await ask("/401", "127.0.0.1")).status).toBe(401);
  });

  test("passes an authenticated client; /health authenticates nobody and is never limited", async () => {
    const { ask } = setUp();
    await ask("/200", "1.1.1.1");
    for (const address of ["1.1.1.1", "8.8.4.4"]) {
      expect((await ask("/health", address)).status).toBe(200);
      for (const path of ["/401", "/401"]) await ask(path, address);
    }
    expect([(await ask("/200", "1.1.1.1")).status, (await ask("/200")).status]).toEqual([200, 429]);
    expect([(await ask("/health")).status, (await ask("/ready")).status, (await ask("/readymade")).status]).toEqual([
      200, 200, 429,
    ]);
  });
});
