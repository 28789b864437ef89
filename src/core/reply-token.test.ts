import { describe, expect, test } from "vitest";
import { tokenEnds } from "./reply-token.ts";

const NOW = Date.parse("2026-11-22T03:00:00Z");
const TTL_MS = 50_000;
const granted = { token: "t", ttlMs: TTL_MS, notAfter: null, grantedAt: null };
const JUST_NOW = { now: NOW, wall: NOW, waitedMs: 0 };

describe("a token's two expiry times", () => {
  test("are the same where only the copy's arrival is known", () => {
    expect(tokenEnds(granted, JUST_NOW)).toEqual({ expiresAt: NOW + TTL_MS, guaranteedUntil: NOW + TTL_MS });
  });

  test("differ by the time that the copy has waited: it is tried until one, guaranteed until the other", () => {
    const ends = tokenEnds({ ...granted, grantedAt: NOW - 17_000 }, JUST_NOW);
    expect(ends).toEqual({ expiresAt: NOW + TTL_MS, guaranteedUntil: NOW + TTL_MS - 17_000 });
  });

  test("count from the copy's arrival, where it had to wait for us", () => {
    const ends = tokenEnds(granted, { ...JUST_NOW, waitedMs: 15_000 });
    expect(ends).toEqual({ expiresAt: NOW + TTL_MS, guaranteedUntil: NOW + TTL_MS - 15_000 });
    expect(tokenEnds({ ...granted, grantedAt: NOW - 17_000 }, { ...JUST_NOW, waitedMs: 15_000 }).guaranteedUntil).toBe(
      NOW + TTL_MS - 17_000,
    );
  });

  test("a step of the clock that isn't believed yet shortens the guarantee, and not the token's use", () => {
    const ends = tokenEnds({ ...granted, grantedAt: NOW - 1_000 }, { ...JUST_NOW, doubtedMs: 7_200_000 });
    expect(ends).toEqual({ expiresAt: NOW + TTL_MS, guaranteedUntil: NOW });
  });

  test("a clock ahead of the platform's shortens the guarantee, and not the token's use", () => {
    const ends = tokenEnds({ ...granted, grantedAt: NOW - 3_600_000 }, JUST_NOW);
    expect(ends).toEqual({ expiresAt: NOW + TTL_MS, guaranteedUntil: NOW });
  });

  test("a clock behind the platform's prolongs neither", () => {
    const ends = tokenEnds({ ...granted, grantedAt: NOW + 3_600_000 }, JUST_NOW);
    expect(ends).toEqual({ expiresAt: NOW + TTL_MS, guaranteedUntil: NOW + TTL_MS });
  });

  test("none is later than the platform's last end", () => {
    const ends = tokenEnds({ ...granted, notAfter: NOW + 5_000, grantedAt: NOW }, JUST_NOW);
    expect(ends).toEqual({ expiresAt: NOW + 5_000, guaranteedUntil: NOW + 5_000 });
  });

  test("are by the store's clock, which may be ahead of the wall's", () => {
    const ends = tokenEnds({ ...granted, grantedAt: NOW - 10_000 }, { ...JUST_NOW, now: NOW + 7_200_000 });
    expect(ends).toEqual({ expiresAt: NOW + 7_200_000 + TTL_MS, guaranteedUntil: NOW + 7_200_000 + TTL_MS - 10_000 });
  });
});
