/**
 * Goal: the table is the drawing in delivery.ts, and every outcome becomes a legal state that can't make a second copy.
 * Method: every pair of states; every outcome × route × what came before; properties for the times.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canMove,
  DELIVERY_STATES,
  DELIVERY_TRANSITIONS,
  type DeliveryState,
  ROUTES,
  SEND_OUTCOME_KINDS,
  type SendOutcome,
  type SendOutcomeKind,
  type SettleInput,
  settle,
} from "./delivery.ts";
import { Bug } from "./errors.ts";

const NOW = 1_790_000_000_000;

/** The arrows of the drawing, written down a second time. */
const ARROWS: readonly (readonly [DeliveryState, DeliveryState, string])[] = [
  ["pending", "sending", "claimed, attempt recorded"],
  ["pending", "parked", "no route is open, as is known beforehand"],
  ["pending", "dead", "given up before a call"],
  ["pending", "sent", "a receipt shows that the refused call was accepted"],
  ["sending", "sent", "2xx, or proof"],
  ["sending", "pending", "certainly not accepted"],
  ["sending", "unknown", "may have been accepted"],
  ["sending", "parked", "no route is open"],
  ["sending", "dead", "refused"],
  ["unknown", "sending", "the same again"],
  ["unknown", "sent", "by a receipt or an operator"],
  ["unknown", "pending", "an operator resends it"],
  ["unknown", "parked", "a late outcome: no route is open"],
  ["unknown", "dead", "an operator discards it"],
  ["parked", "sending", "the person writes again"],
  ["parked", "sent", "its carrier was sent"],
  ["parked", "unknown", "its carrier is unknown"],
  ["parked", "pending", "put back to work"],
  ["parked", "dead", "its carrier died"],
  ["dead", "pending", "replayed"],
  ["dead", "sent", "a receipt says that it arrived on another of the person's devices"],
  ["sent", "pending", "a receipt says that it failed, for now"],
  ["sent", "unknown", "a receipt says that the last copy failed, and an earlier one may have arrived"],
  ["sent", "parked", "a receipt says that the window had closed"],
  ["sent", "dead", "a receipt says that it failed for good"],
];

const PAIRS = DELIVERY_STATES.flatMap((from) => DELIVERY_STATES.map((to) => ({ from, to })));

describe("the states", () => {
  test.each(PAIRS)("from $from to $to: allowed only if the drawing has that arrow", ({ from, to }) => {
    expect(canMove(from, to)).toBe(ARROWS.some(([a, b]) => a === from && b === to));
  });

  test("a sent delivery is never sent again by itself: only a receipt of a failure brings it back", () => {
    expect(DELIVERY_TRANSITIONS.sent).not.toContain("sending");
  });

  test("what is dead is sent again only by a replay, and every state is reached from pending", () => {
    expect(DELIVERY_TRANSITIONS.dead).toEqual(["pending", "sent"]);
    const reached = new Set<DeliveryState>(["pending"]);
    for (const state of reached) for (const next of DELIVERY_TRANSITIONS[state]) reached.add(next);
    expect(reached).toEqual(new Set(DELIVERY_STATES));
  });
});

function outcomeOf(kind: SendOutcomeKind, retryAfterMs = 0): SendOutcome {
  switch (kind) {
    case "sent":
      return { kind, evidence: "2xx", platformMessageIds: ["m1"] };
    case "retry":
    case "rate-limited":
      return { kind, reason: `said ${kind}`, retryAfterMs };
    case "media-failed":
    case "token-invalid":
    case "unknown":
    case "quota-exhausted":
    case "window-closed":
    case "account-stopped":
    case "refused":
      return { kind, reason: `said ${kind}` };
    default:
      return kind satisfies never;
  }
}

function input(kind: SendOutcomeKind, change: Partial<SettleInput> = {}): SettleInput {
  return {
    outcome: outcomeOf(kind),
    route: "reply",
    attempts: 1,
    firstAttemptAt: NOW - 1_000,
    now: NOW,
    earlierMayBeAccepted: false,
    tokenGuaranteedUntil: NOW + 40_000,
    retry: { baseMs: 1_000, capMs: 60_000, maxAttempts: 5, maxAgeMs: 3_600_000 },
    random: 0.5,
    ...change,
  };
}

const EXHAUSTED = { attempts: 9, firstAttemptAt: NOW - 9_999_999 };

/** Every outcome, on every route where the platform can say it, first or after an ambiguous attempt, early or late. */
const CASES = SEND_OUTCOME_KINDS.flatMap((kind) =>
  ROUTES.filter((route) => route === "reply" || kind !== "token-invalid").flatMap((route) =>
    [false, true].flatMap((earlier) =>
      [false, true].map((late) => {
        const tokenGuaranteedUntil = route === "reply" ? NOW + 40_000 : null;
        const age = late ? EXHAUSTED : {};
        const settled = settle(input(kind, { route, earlierMayBeAccepted: earlier, tokenGuaranteedUntil, ...age }));
        return {
          name: `${kind} by ${route}${earlier ? ", after an unknown" : ""}${late ? ", late" : ""}`,
          kind,
          earlier,
          late,
          settled,
        };
      }),
    ),
  ),
);

describe("an outcome", () => {
  test.each(CASES)("$name: leads where the table says, by a legal move", ({ kind, earlier, late, settled }) => {
    expect(settled.state).toBe(expectedState(kind, earlier, late));
    expect(canMove("sending", settled.state)).toBe(true);
  });

  test("keeps a delivery bound to a call that may have been accepted", () => {
    for (const { name, kind, earlier, settled } of CASES) {
      if (earlier || kind === "unknown") expect(["sent", "unknown"], name).toContain(settled.state);
    }
  });

  test("has a due time when it is pending, and none when it waits for no time", () => {
    for (const { name, settled } of CASES) {
      if (settled.state === "pending") expect(settled.dueAt, name).toBeGreaterThanOrEqual(NOW);
      if (["sent", "parked", "dead"].includes(settled.state)) expect(settled.dueAt, name).toBeNull();
    }
  });

  test("keeps the platform's reason, and evidence only for what was sent", () => {
    for (const { name, kind, settled } of CASES) {
      expect(settled.reason ?? "", name).toContain(kind === "sent" ? "" : `said ${kind}`);
      expect(settled.evidence !== null, name).toBe(settled.state === "sent");
      expect(settled.platformMessageIds, name).toEqual(kind === "sent" ? ["m1"] : []);
    }
  });

  test("stops the account when it is about the account, and never else", () => {
    for (const { name, kind, settled } of CASES) {
      expect(settled.stopAccount, name).toBe(kind === "account-stopped" ? "said account-stopped" : null);
    }
  });

  test("slows the account at the platform's rate limit, and never else", () => {
    for (const { name, kind, settled } of CASES) {
      expect(settled.slowAccountUntil !== null, name).toBe(kind === "rate-limited");
    }
  });

  test("keeps the token of a call that will be repeated", () => {
    for (const { name, settled } of CASES)
      if (settled.state === "unknown") expect(settled.tokenSpent, name).toBe(false);
  });
});

function expectedState(kind: SendOutcomeKind, earlier: boolean, late: boolean): DeliveryState {
  switch (kind) {
    case "sent":
      return "sent";
    case "retry":
    case "rate-limited":
      return earlier ? "unknown" : late ? "dead" : "pending";
    case "media-failed":
      return earlier ? "unknown" : "pending";
    case "token-invalid":
      return earlier ? "sent" : "pending";
    case "unknown":
      return "unknown";
    case "quota-exhausted":
    case "window-closed":
      return earlier ? "unknown" : "parked";
    case "account-stopped":
      return earlier ? "unknown" : "pending";
    case "refused":
      return earlier ? "unknown" : "dead";
    default:
      return kind satisfies never;
  }
}

describe("a medium that the platform can't fetch", () => {
  const failed = (earlierMediaFailures: number) =>
    settle(input("media-failed", { route: "session", earlierMediaFailures }));

  test("is tried once more after some seconds, and steps aside until then", () => {
    expect(failed(0)).toMatchObject({ state: "pending", dueAt: NOW + 5_000, stepsAside: true });
  });

  test("is dead at the second try", () => {
    expect(failed(1)).toMatchObject({ state: "dead", dueAt: null, reason: "said media-failed", stepsAside: false });
  });
});

describe("a wait that the platform asks for", () => {
  test.each([
    [121_000, true],
    [119_000, false],
  ])("of %i ms steps aside: %s", (retryAfterMs, stepsAside) => {
    const settled = settle(input("retry", { outcome: { kind: "retry", reason: "later", retryAfterMs } }));
    expect(settled).toMatchObject({ state: "pending", dueAt: NOW + retryAfterMs, stepsAside });
  });
});

describe("a window that has ended", () => {
  const ended = (change: Partial<SettleInput>) =>
    settle(input("window-closed", { route: "session", outcome: ENDED, ...change }));
  const ENDED: SendOutcome = { kind: "window-closed", reason: "131047", isWindow: true };

  test("sends a text by the account's template, at once", () => {
    expect(ended({ hasWindowTemplate: true })).toMatchObject({ state: "pending", dueAt: NOW, closesWindow: true });
  });

  test("parks what fits no template, and what a template was refused for", () => {
    expect(ended({})).toMatchObject({ state: "parked", dueAt: null, closesWindow: true });
    expect(ended({ hasWindowTemplate: true, route: "template" })).toMatchObject({ state: "parked" });
  });

  test("parks what a template can't help: the person can't be written to at all", () => {
    const settled = settle(input("window-closed", { route: "session", hasWindowTemplate: true }));
    expect(settled).toMatchObject({ state: "parked", closesWindow: false });
  });

  test("parks nothing that the person has opened it for since", () => {
    expect(ended({ isWindowOpenAgain: true })).toMatchObject({ state: "pending", dueAt: NOW });
  });

  test("leaves what may have arrived in doubt", () => {
    const unsure = { hasWindowTemplate: true, isWindowOpenAgain: true, earlierMayBeAccepted: true };
    expect(ended(unsure)).toMatchObject({ state: "unknown", closesWindow: true });
  });
});

describe("a call that is refused", () => {
  const refused = (messages?: readonly number[]) =>
    settle(input("refused", { outcome: { kind: "refused", reason: "400", ...(messages && { messages }) } }));

  test("spends its token, unless the platform names the messages it means: then it sent nothing", () => {
    expect(refused()).toMatchObject({ state: "dead", tokenSpent: true, tokenDoubtful: false });
    expect(refused([0])).toMatchObject({ state: "dead", tokenSpent: false, tokenDoubtful: true });
  });
});

describe("a template that is refused", () => {
  const refusedTo = (templateRefused: "to-everybody" | "to-this-person", change: Partial<SettleInput> = {}) =>
    settle(
      input("refused", {
        route: "template",
        outcome: { kind: "refused", reason: "132015", templateRefused },
        ...change,
      }),
    );

  test("parks the text that the account put into it, and the account is told when it can't be sent at all", () => {
    const own = { hasWindowTemplate: true };
    expect(refusedTo("to-everybody", own)).toMatchObject({ state: "parked", templateRefused: "132015" });
    expect(refusedTo("to-this-person", own)).toMatchObject({ state: "parked", templateRefused: null });
  });

  test("is dead where the message's author chose it", () => {
    expect(refusedTo("to-everybody")).toMatchObject({ state: "dead", templateRefused: null });
  });
});

describe("an invalid reply token", () => {
  const invalid = (change: Partial<SettleInput>) => settle(input("token-invalid", change));

  test("on its first use only closes that route, at once and for good", () => {
    expect(invalid({})).toMatchObject({ state: "pending", dueAt: NOW, tokenSpent: true, evidence: null });
  });

  test("on its first use proves nothing, also when the token is old", () => {
    expect(invalid({ tokenGuaranteedUntil: NOW - 60_000 })).toMatchObject({ state: "pending", evidence: null });
  });

  test("after an ambiguous attempt and within the token's life proves that the person has the answer", () => {
    const settled = invalid({ earlierMayBeAccepted: true });
    expect(settled).toMatchObject({ state: "sent", evidence: "token-consumed", tokenSpent: true });
  });

  test.each([
    { beforeEndMs: 1, state: "sent" },
    { beforeEndMs: 0, state: "unknown" },
    { beforeEndMs: -1, state: "unknown" },
  ])("that comes back $beforeEndMs ms before the token's end leads to $state", ({ beforeEndMs, state }) => {
    const settled = invalid({ earlierMayBeAccepted: true, tokenGuaranteedUntil: NOW + beforeEndMs });
    expect(settled).toMatchObject({ state, evidence: state === "sent" ? "token-consumed" : null, dueAt: null });
  });

  test("proves nothing about a token whose life is not known", () => {
    expect(invalid({ earlierMayBeAccepted: true, tokenGuaranteedUntil: null })).toMatchObject({
      state: "unknown",
      evidence: null,
    });
  });

  test.each(["push", "session", "template"] as const)("can't be the answer to a call by %s", (route) => {
    expect(() => invalid({ route })).toThrow(Bug);
  });
});

describe("the times", () => {
  const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test("a retry waits at least as long as the other side asked", () => {
    fc.assert(
      fc.property(fc.nat(1e8), fc.integer({ min: 1, max: 4 }), anyRandom, (retryAfterMs, attempts, random) => {
        for (const kind of ["retry", "rate-limited"] as const) {
          const settled = settle(input(kind, { outcome: outcomeOf(kind, retryAfterMs), attempts, random }));
          expect(settled.dueAt).toBeGreaterThanOrEqual(NOW + retryAfterMs);
        }
      }),
    );
  });

  test("a rate limit slows the account for as long as this delivery waits", () => {
    const settled = settle(input("rate-limited", { outcome: outcomeOf("rate-limited", 30_000) }));
    expect(settled.slowAccountUntil).toBe(NOW + 30_000);
    expect(settled.dueAt).toBe(settled.slowAccountUntil);
  });

  test("an unknown outcome is tried again within half a second, the first time", () => {
    fc.assert(
      fc.property(anyRandom, (random) => {
        const { dueAt } = settle(input("unknown", { random }));
        expect(dueAt).toBeGreaterThan(NOW);
        expect(dueAt).toBeLessThanOrEqual(NOW + 500);
      }),
    );
  });

  test("an unknown reply is tried again while its token lives, however many attempts were made before", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 2_000, max: 40_000 }),
        anyRandom,
        (attempts, lifeMs, random) => {
          const tokenGuaranteedUntil = NOW + lifeMs;
          const { dueAt } = settle(input("unknown", { attempts, tokenGuaranteedUntil, random }));
          expect(dueAt).toBeLessThan(tokenGuaranteedUntil);
        },
      ),
    );
  });

  test("a stopped account lets no delivery die, however long it is stopped", () => {
    const settled = settle(input("account-stopped", { ...EXHAUSTED }));
    expect(settled).toMatchObject({ state: "pending", dueAt: NOW });
  });
});
