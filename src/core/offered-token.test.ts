import { describe, expect, test } from "vitest";
import { tokenEnds } from "./offered-token.ts";

const NOW = Date.parse("2026-11-22T03:00:00Z");
const TTL_MS = 50_000;
const offered = { token: "t", ttlMs: TTL_MS, notAfter: null, lentAt: null };

describe("a token's two ends", () => {
  test("are one where nothing is known but that the copy came", () => {
    expect(tokenEnds(offered, { now: NOW, wall: NOW })).toEqual({ expiresAt: NOW + TTL_MS, lentUntil: NOW + TTL_MS });
  });

  test("differ by the time that the copy has waited: it is tried to the one, and believed to the other", () => {
    const ends = tokenEnds({ ...offered, lentAt: NOW - 17_000 }, { now: NOW, wall: NOW });
    expect(ends).toEqual({ expiresAt: NOW + TTL_MS, lentUntil: NOW + TTL_MS - 17_000 });
  });

  test("a clock of ours that is ahead of the platform's costs certainty, and not the free answer", () => {
    const ends = tokenEnds({ ...offered, lentAt: NOW - 3_600_000 }, { now: NOW, wall: NOW });
    expect(ends).toEqual({ expiresAt: NOW + TTL_MS, lentUntil: NOW });
  });

  test("a clock of ours that is behind makes neither longer", () => {
    const ends = tokenEnds({ ...offered, lentAt: NOW + 3_600_000 }, { now: NOW, wall: NOW });
    expect(ends).toEqual({ expiresAt: NOW + TTL_MS, lentUntil: NOW + TTL_MS });
  });

  test("none is later than the platform's last end", () => {
    const ends = tokenEnds({ ...offered, notAfter: NOW + 5_000, lentAt: NOW }, { now: NOW, wall: NOW });
    expect(ends).toEqual({ expiresAt: NOW + 5_000, lentUntil: NOW + 5_000 });
  });

  test("are by the store's clock, which may be ahead of the wall's", () => {
    const ends = tokenEnds({ ...offered, lentAt: NOW - 10_000 }, { now: NOW + 7_200_000, wall: NOW });
    expect(ends).toEqual({ expiresAt: NOW + 7_200_000 + TTL_MS, lentUntil: NOW + 7_200_000 + TTL_MS - 10_000 });
  });
});
