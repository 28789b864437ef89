/**
 * Goal: the cheapest route that can't make a second copy (G8, G9).
 * Method: each branch by example, then properties over any mix of earlier attempts, tokens and limits.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ROUTES } from "./delivery.ts";
import {
  chooseRoute,
  type EarlierAttempt,
  explainRoute,
  type RouteInput,
  type TokenChoice,
  tokenFallbackLeadMs,
} from "./route.ts";
import type { RouteReason } from "./route-reason.ts";

const NOW = 1_790_000_000_000;
const DAY_MS = 86_400_000;

function input(change: Partial<RouteInput> = {}): RouteInput {
  return {
    now: NOW,
    earlier: [],
    boundTokenExpiresAt: null,
    tokens: [],
    tokenMarginMs: 5_000,
    paid: "push",
    retryKeyLifeMs: DAY_MS,
    freeOnly: false,
    ...change,
  };
}

function token(name: string, lifeMs: number, change: Partial<TokenChoice> = {}): TokenChoice {
  return { token: name, expiresAt: NOW + lifeMs, ownTurn: true, turnAnswered: true, ...change };
}

function attempt(change: Partial<EarlierAttempt> = {}): EarlierAttempt {
  return { attempt: 1, route: "push", token: null, startedAt: NOW - 1_000, outcome: "unknown", ...change };
}

describe("on a first attempt", () => {
  test("a free token of the turn goes before the paid route", () => {
    expect(chooseRoute(input({ tokens: [token("a", 30_000)] }))).toEqual({ kind: "reply", token: "a" });
  });

  test("of several tokens of the turn the one that dies first is used", () => {
    const tokens = [token("late", 40_000), token("soon", 20_000), token("middle", 30_000)];
    expect(chooseRoute(input({ tokens }))).toEqual({ kind: "reply", token: "soon" });
  });

  test("the turn's own token goes before another turn's, even if it lives longer", () => {
    const tokens = [token("other", 20_000, { ownTurn: false }), token("own", 40_000)];
    expect(chooseRoute(input({ tokens }))).toEqual({ kind: "reply", token: "own" });
  });

  test("a token of an answered turn is used when the turn has none of its own", () => {
    const tokens = [token("other", 20_000, { ownTurn: false })];
    expect(chooseRoute(input({ tokens }))).toEqual({ kind: "reply", token: "other" });
  });

  test("a token that another turn still needs is left to it", () => {
    const tokens = [token("needed", 20_000, { ownTurn: false, turnAnswered: false })];
    expect(chooseRoute(input({ tokens }))).toEqual({ kind: "paid", route: "push" });
  });

  test.each([
    { lifeMs: 5_001, decision: { kind: "reply", token: "a" } },
    { lifeMs: 5_000, decision: { kind: "paid", route: "push" } },
    { lifeMs: 0, decision: { kind: "paid", route: "push" } },
    { lifeMs: -60_000, decision: { kind: "paid", route: "push" } },
  ])("with a margin of 5 000 ms, a token with $lifeMs ms of life leads to $decision.kind", ({ lifeMs, decision }) => {
    expect(chooseRoute(input({ tokens: [token("a", lifeMs)] }))).toEqual(decision);
  });

  test("a token inside the margin doesn't hide a safe one", () => {
    expect(chooseRoute(input({ tokens: [token("dying", 4_000), token("safe", 9_000)] }))).toMatchObject({
      token: "safe",
    });
  });

  test.each(["push", "session", "template"] as const)(
    "without a token it goes by %s where that is the paid route",
    (paid) => {
      expect(chooseRoute(input({ paid, windowEndsAt: NOW + DAY_MS }))).toEqual({ kind: "paid", route: paid });
    },
  );

  test("without a token and without a paid route it is parked", () => {
    expect(chooseRoute(input({ paid: null }))).toMatchObject({ kind: "park" });
  });
});

describe("when the quota is gone", () => {
  test("it is parked and never pays", () => {
    expect(chooseRoute(input({ freeOnly: true }))).toMatchObject({
      kind: "park",
      reason: expect.stringMatching(/quota/),
    });
  });

  test("it takes a free token of its own turn or of an answered one", () => {
    for (const change of [
      { ownTurn: true, turnAnswered: false },
      { ownTurn: false, turnAnswered: true },
    ]) {
      const tokens = [token("a", 30_000, change)];
      expect(chooseRoute(input({ freeOnly: true, tokens }))).toEqual({ kind: "reply", token: "a" });
    }
  });

  test.each([
    { lifeMs: 10_001, kind: "park", why: "the answer will take it along" },
    { lifeMs: 10_000, kind: "reply", why: "the answer is late" },
    { lifeMs: 5_001, kind: "reply", why: "it is the last safe moment" },
    { lifeMs: 5_000, kind: "park", why: "the token is no longer safe" },
  ])("with $lifeMs ms left of an unanswered turn's token: $kind, $why", ({ lifeMs, kind }) => {
    const tokens = [token("needed", lifeMs, { ownTurn: false, turnAnswered: false })];
    expect(chooseRoute(input({ freeOnly: true, tokens }))).toMatchObject({ kind });
  });

  test("the token fallback begins one margin before a token stops being safe", () => {
    expect(tokenFallbackLeadMs(5_000)).toBe(10_000);
  });
});

describe("after an attempt that may have been accepted", () => {
  const replied = attempt({ attempt: 3, route: "reply", token: "a" });

  test.each([
    { lifeMs: 1, kind: "repeat" },
    { lifeMs: 0, kind: "hold" },
    { lifeMs: -1, kind: "hold" },
  ])("a reply with $lifeMs ms of its token's life left leads to $kind", ({ lifeMs, kind }) => {
    expect(chooseRoute(input({ earlier: [replied], boundTokenExpiresAt: NOW + lifeMs }))).toMatchObject({ kind });
  });

  test("a reply whose token's life is not known is held", () => {
    expect(chooseRoute(input({ earlier: [replied] }))).toMatchObject({ kind: "hold" });
  });

  test("a reply is repeated as that very attempt, not moved to a better token", () => {
    const tokens = [token("fresh", 50_000)];
    const decision = chooseRoute(input({ earlier: [replied], boundTokenExpiresAt: NOW + 9_000, tokens }));
    expect(decision).toEqual({ kind: "repeat", attempt: 3 });
  });

  test.each([
    // A call may take a while to arrive, and must not arrive after the key is forgotten.
    { ageMs: DAY_MS - 120_001, kind: "repeat" },
    { ageMs: DAY_MS - 120_000, kind: "hold" },
  ])("a push of $ageMs ms ago leads to $kind", ({ ageMs, kind }) => {
    expect(chooseRoute(input({ earlier: [attempt({ startedAt: NOW - ageMs })] }))).toMatchObject({ kind });
  });

  test("the retry key's life counts from the first attempt that used it, not from the latest", () => {
    const earlier = [attempt({ startedAt: NOW - DAY_MS }), attempt({ attempt: 2, startedAt: NOW - 1_000 })];
    expect(chooseRoute(input({ earlier }))).toMatchObject({ kind: "hold" });
  });

  test.each([
    { policy: "hold", agoMs: 29_999, times: 1, kind: "wait" },
    { policy: "hold", agoMs: 30_000, times: 1, kind: "hold" },
    { policy: "resend", agoMs: 29_999, times: 1, kind: "wait" },
    { policy: "resend", agoMs: 30_000, times: 1, kind: "paid" },
    { policy: "resend", agoMs: 30_000, times: 2, kind: "hold" },
  ] as const)("without a retry key, under $policy, $times of $agoMs ms ago leads to $kind", (row) => {
    const one = attempt({ route: "session", startedAt: NOW - row.agoMs });
    const earlier = Array.from({ length: row.times }, (_, index) => ({ ...one, attempt: index + 1 }));
    const unknown = { policy: row.policy, waitMs: 30_000, receiptsTrackedSince: 0, receiptsFlow: true };
    const session = { paid: "session", retryKeyLifeMs: null, windowEndsAt: NOW + DAY_MS } as const;
    expect(chooseRoute(input({ ...session, earlier, unknown }))).toMatchObject({ kind: row.kind });
  });

  test("a platform that knows no retry key gets no second copy to sort out", () => {
    const earlier = [attempt({ route: "session" })];
    expect(chooseRoute(input({ earlier, paid: "session", retryKeyLifeMs: null }))).toMatchObject({ kind: "hold" });
  });

  test("a push is repeated also when the quota is gone: the platform may have it already", () => {
    expect(chooseRoute(input({ earlier: [attempt()], freeOnly: true }))).toEqual({ kind: "repeat", attempt: 1 });
  });

  test("attempts that were certainly not accepted bind nothing", () => {
    const earlier = [
      attempt({ route: "reply", token: "a", outcome: "not-accepted" }),
      attempt({ attempt: 2, outcome: "not-accepted" }),
    ];
    expect(chooseRoute(input({ earlier, tokens: [token("b", 30_000)] }))).toEqual({ kind: "reply", token: "b" });
    expect(chooseRoute(input({ earlier }))).toEqual({ kind: "paid", route: "push" });
  });
});

const anyInput: fc.Arbitrary<RouteInput> = fc.record({
  now: fc.constant(NOW),
  earlier: fc.array(
    fc.record({
      attempt: fc.integer({ min: 1, max: 9 }),
      route: fc.constantFrom(...ROUTES),
      token: fc.option(fc.constantFrom("a", "b")),
      startedAt: fc.integer({ min: NOW - 2 * DAY_MS, max: NOW + 1_000 }),
      outcome: fc.constantFrom("unknown" as const, "not-accepted" as const),
    }),
    { maxLength: 5 },
  ),
  boundTokenExpiresAt: fc.option(fc.integer({ min: NOW - 60_000, max: NOW + 60_000 })),
  tokens: fc.array(
    fc.record({
      token: fc.constantFrom("a", "b", "c", "d"),
      expiresAt: fc.integer({ min: NOW - 60_000, max: NOW + 60_000 }),
      ownTurn: fc.boolean(),
      turnAnswered: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
  tokenMarginMs: fc.nat(10_000),
  paid: fc.constantFrom("push" as const, "session" as const, "template" as const, null),
  retryKeyLifeMs: fc.option(fc.nat(DAY_MS)),
  freeOnly: fc.boolean(),
});

describe("a person who may be written to only for a while", () => {
  const decision = (change: Partial<RouteInput>) => chooseRoute(input({ paid: "session", tokens: [], ...change }));
  const open = { windowEndsAt: input().now + 60_000 };
  const closed = { windowEndsAt: input().now + 1_000 };

  test("is written to while the window is open, and its end is kept clear of", () => {
    expect(decision(open)).toEqual({ kind: "paid", route: "session" });
    expect(decision(closed)).toMatchObject({ kind: "park" });
    expect(decision({ windowEndsAt: null })).toMatchObject({ kind: "park" });
  });

  test("gets a template at any time, and the account's own instead of a text only outside the window", () => {
    expect(decision({ ...open, needsNoWindow: true })).toEqual({ kind: "paid", route: "template" });
    expect(decision({ ...open, templateInstead: true })).toEqual({ kind: "paid", route: "session" });
    expect(decision({ ...closed, templateInstead: true })).toEqual({ kind: "paid", route: "template" });
    expect(decision({ windowEndsAt: null, templateInstead: true })).toEqual({ kind: "paid", route: "template" });
  });
});

describe("whatever the input is", () => {
  test("once an attempt is unknown no other route is ever chosen", () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        const unknown = any.earlier.filter((one) => one.outcome === "unknown");
        const decision = chooseRoute(any);
        const isBound = decision.kind === "repeat" || decision.kind === "hold" || decision.kind === "wait";
        expect(isBound).toBe(unknown.length > 0);
        if (decision.kind === "repeat") expect(unknown.map((one) => one.attempt)).toContain(decision.attempt);
      }),
      { numRuns: 2_000 },
    );
  });

  test("it pays only when no safe token is free, and never past the quota", () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        const decision = chooseRoute(any);
        if (decision.kind !== "paid") return;
        const isSafe = (one: TokenChoice) => one.expiresAt - NOW > any.tokenMarginMs;
        expect(any.tokens.filter((one) => isSafe(one) && (one.ownTurn || one.turnAnswered))).toEqual([]);
        expect(any.freeOnly).toBe(false);
        expect(decision.route).toBe(any.paid);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a reply uses one of the tokens, outside the margin", () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        const decision = chooseRoute(any);
        if (decision.kind !== "reply") return;
        const chosen = any.tokens.filter((one) => one.token === decision.token).map((one) => one.expiresAt - NOW);
        expect(Math.max(...chosen)).toBeGreaterThan(any.tokenMarginMs);
      }),
      { numRuns: 2_000 },
    );
  });

  test("the order of the tokens doesn't matter, and they are left as they were", () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        const distinct = any.tokens.map((one, index) => ({ ...one, expiresAt: one.expiresAt + index / 10 }));
        const given = structuredClone(distinct);
        const decision = chooseRoute({ ...any, tokens: distinct });
        expect(distinct).toEqual(given);
        expect(chooseRoute({ ...any, tokens: distinct.toReversed() })).toEqual(decision);
      }),
    );
  });
});

describe("an answer that has a button to be tapped for", () => {
  const waiting = { kind: "park", reason: "it waits for a tap on its button" };

  test("is not paid for, or not before its time", () => {
    expect(chooseRoute(input({ buttonFirst: { pushAt: null } }))).toEqual(waiting);
    expect(chooseRoute(input({ buttonFirst: { pushAt: NOW + 1 } }))).toEqual({ ...waiting, againAt: NOW + 1 });
    expect(chooseRoute(input({ buttonFirst: { pushAt: NOW } }))).toEqual({ kind: "paid", route: "push" });
  });

  test("goes by any free token, and takes one that would die unused", () => {
    const free = token("t", 20_000, { ownTurn: false });
    expect(chooseRoute(input({ buttonFirst: { pushAt: null }, tokens: [free] }))).toMatchObject({ kind: "reply" });
    const needed = token("t", 9_000, { ownTurn: false, turnAnswered: false });
    expect(chooseRoute(input({ buttonFirst: { pushAt: null }, tokens: [needed] }))).toMatchObject({ kind: "reply" });
  });
});

test("a paid route that is closed parks, and a free one is still taken", () => {
  const paidClosed = "the reserve is kept";
  expect(chooseRoute(input({ paidClosed }))).toEqual({ kind: "park", reason: paidClosed });
  expect(chooseRoute(input({ paidClosed, tokens: [token("t", 30_000)] }))).toMatchObject({ kind: "reply" });
});

describe("why a route was taken", () => {
  test.each<[string, Partial<RouteInput>, RouteReason | null]>([
    ["its own token", { tokens: [token("t", 30_000)] }, "own-token"],
    ["another's", { tokens: [token("t", 30_000, { ownTurn: false })] }, "other-token"],
    ["no token", {}, "no-token"],
    ["tokens at their end", { tokens: [token("t", 4_000)] }, "tokens-expiring"],
    ["tokens of others", { tokens: [token("t", 30_000, { ownTurn: false, turnAnswered: false })] }, "tokens-needed"],
    ["a button that was not tapped", { buttonFirst: { pushAt: NOW } }, "no-tap-no-token"],
    ["an ambiguous attempt", { earlier: [attempt()] }, "repeat"],
    ["no call", { paidClosed: "the reserve is kept" }, null],
    ["an open window", { paid: "session", windowEndsAt: NOW + 60_000 }, "window-open"],
    ["a template", { paid: "session", templateInstead: true }, "window-closed"],
    ["what needs no window", { paid: "session", needsNoWindow: true }, "needs-no-window"],
  ])("is said for %s", (_, change, reason) => {
    const given = input(change);
    expect(explainRoute(given, chooseRoute(given))).toBe(reason);
  });
});
