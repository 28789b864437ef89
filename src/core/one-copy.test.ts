/**
 * Goal: the rules for routes and outcomes together keep G8 on LINE: never two copies, never a lie about one.
 * Method: the life of one delivery under random faults, against a platform that behaves as LINE documents it (a reply
 * token is accepted once and within a minute; a retry key is accepted once a day). It knows what it accepted; the
 * delivery only learns what comes back.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SendOutcome, type Settlement, settle } from "./delivery.ts";
import { chooseRoute, type EarlierAttempt, type TokenChoice } from "./route.ts";

const START = 1_790_000_000_000;
const DAY_MS = 86_400_000;
const TOKEN_LIFE_MS = 60_000;
const TOKEN_TTL_MS = 50_000;

/** What the network does to one call. */
const FAULTS = [
  "none",
  "refused-connection",
  "lost-before",
  "lost-after",
  "server-error",
  "busy",
  "over-quota",
  "bad",
] as const;
type Fault = (typeof FAULTS)[number];

interface Step {
  readonly fault: Fault;
  /** From the start of the attempt until the platform reads it, and from its due time until we look. */
  readonly latencyMs: number;
  readonly lateMs: number;
}

interface Scenario {
  readonly steps: readonly Step[];
  readonly tokenAgesMs: readonly number[];
  readonly hasRetryKeys: boolean;
}

class Line {
  copies = 0;
  readonly #spent = new Set<string>();
  #keyUsedAt: number | null = null;
  readonly #hasRetryKeys: boolean;

  constructor(hasRetryKeys: boolean) {
    this.#hasRetryKeys = hasRetryKeys;
  }

  call(token: (TokenChoice & { receivedAt: number }) | null, at: number, fault: Fault): SendOutcome {
    if (fault === "refused-connection") return { kind: "retry", reason: fault, retryAfterMs: 0 };
    if (fault === "lost-before") return { kind: "unknown", reason: fault };
    const isToldApart = token === null ? this.#isKeyKnown(at) : this.#spent.has(token.token);
    if (token !== null && (isToldApart || at - token.receivedAt > TOKEN_LIFE_MS)) {
      return lost(fault) ?? { kind: "token-invalid", reason: "Invalid reply token" };
    }
    if (isToldApart) return lost(fault) ?? { kind: "sent", evidence: "409", platformMessageIds: [] };
    if (fault === "busy") return { kind: "rate-limited", reason: "429", retryAfterMs: 0 };
    if (fault === "over-quota" && token === null) return { kind: "quota-exhausted", reason: "429" };
    if (fault === "bad") return { kind: "refused", reason: "400" };
    if (fault === "server-error") return { kind: "unknown", reason: "500" };
    this.copies += 1;
    if (token === null) this.#keyUsedAt ??= at;
    else this.#spent.add(token.token);
    return lost(fault) ?? { kind: "sent", evidence: "2xx", platformMessageIds: ["m1"] };
  }

  #isKeyKnown(at: number): boolean {
    return this.#hasRetryKeys && this.#keyUsedAt !== null && at - this.#keyUsedAt < DAY_MS;
  }
}

function lost(fault: Fault): SendOutcome | null {
  return fault === "lost-after" || fault === "server-error" ? { kind: "unknown", reason: fault } : null;
}

/** Runs one delivery until nothing but a person or a receipt could bring it on. */
function live(scenario: Scenario): { line: Line; last: Settlement | null; routes: string[] } {
  const line = new Line(scenario.hasRetryKeys);
  const tokens = scenario.tokenAgesMs.map((ageMs, index) => {
    const receivedAt = START - ageMs;
    return { token: `t${index}`, receivedAt, expiresAt: receivedAt + TOKEN_TTL_MS, ownTurn: true, turnAnswered: true };
  });
  const spent = new Set<string>();
  const earlier: EarlierAttempt[] = [];
  const routes: string[] = [];
  let now = START;
  let last: Settlement | null = null;
  for (const { fault, latencyMs, lateMs } of scenario.steps) {
    const bound = earlier.find((one) => one.outcome === "unknown");
    const decision = chooseRoute({
      now,
      earlier,
      boundTokenExpiresAt: tokens.find((one) => one.token === bound?.token)?.expiresAt ?? null,
      tokens: tokens.filter((one) => !spent.has(one.token)),
      tokenMarginMs: 5_000,
      paid: "push",
      retryKeyLifeMs: scenario.hasRetryKeys ? DAY_MS : null,
      freeOnly: last?.state === "parked",
    });
    routes.push(decision.kind);
    if (decision.kind === "hold" || decision.kind === "park") break;
    const name =
      decision.kind === "repeat" ? (bound?.token ?? null) : decision.kind === "reply" ? decision.token : null;
    const token = tokens.find((one) => one.token === name) ?? null;
    const route = token === null ? "push" : "reply";
    const outcome = line.call(token, now + latencyMs, fault);
    const settledAt = now + 2 * latencyMs;
    last = settle({
      outcome,
      route,
      attempts: earlier.length + 1,
      firstAttemptAt: START,
      now: settledAt,
      earlierMayBeAccepted: bound !== undefined,
      tokenGuaranteedUntil: token?.expiresAt ?? null,
      retry: { baseMs: 1_000, capMs: 60_000, maxAttempts: 6, maxAgeMs: 300_000 },
      random: 0.5,
    });
    const startedAt = now;
    earlier.push({
      attempt: earlier.length + 1,
      route,
      token: name,
      startedAt,
      outcome: outcome.kind === "unknown" ? "unknown" : "not-accepted",
    });
    if (last.tokenSpent && name !== null) spent.add(name);
    expectHonest(last, line);
    if (last.dueAt === null && last.state !== "parked") break;
    now = Math.max(settledAt, last.dueAt ?? 0) + lateMs;
  }
  return { line, last, routes };
}

function expectHonest(settled: Settlement, line: Line): void {
  expect(line.copies).toBeLessThanOrEqual(1);
  if (settled.state === "sent") expect(line.copies).toBe(1);
  if (settled.state !== "sent" && settled.state !== "unknown") expect(line.copies).toBe(0);
}

const step = fc.record({
  fault: fc.constantFrom(...FAULTS),
  // No call lasts longer than the difference between what LINE promises a token and what we take.
  latencyMs: fc.integer({ min: 1, max: TOKEN_LIFE_MS - TOKEN_TTL_MS }),
  // Mostly prompt; now and then the process slept for minutes or two days.
  lateMs: fc.oneof(
    { weight: 8, arbitrary: fc.nat(2_000) },
    { weight: 2, arbitrary: fc.nat(120_000) },
    fc.nat(2 * DAY_MS),
  ),
});
const scenario: fc.Arbitrary<Scenario> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 15 }),
  tokenAgesMs: fc.array(fc.nat(70_000), { maxLength: 2 }),
  hasRetryKeys: fc.boolean(),
});

describe("one delivery, whatever the network and the clock do to it", () => {
  test("is accepted at most once, and its state never says what isn't so", () => {
    fc.assert(
      fc.property(scenario, (any) => void live(any)),
      { numRuns: 5_000 },
    );
  });

  test("is never paid for after a reply that may have been accepted", () => {
    fc.assert(
      fc.property(scenario, (any) => {
        const { routes } = live({ ...any, hasRetryKeys: true });
        const bond = routes.indexOf("repeat");
        if (bond !== -1) expect(routes.slice(bond)).not.toContain("paid");
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the model shows", () => {
  const calm = (fault: Fault): Step => ({ fault, latencyMs: 100, lateMs: 0 });

  test.each([
    { way: "a reply that was lost on the way back", ages: [1_000], evidence: "token-consumed" },
    { way: "a push that was lost on the way back", ages: [], evidence: "409" },
  ])("$way is found to be sent", ({ ages, evidence }) => {
    const steps = [calm("lost-after"), calm("none")];
    const { line, last } = live({ steps, tokenAgesMs: ages, hasRetryKeys: true });
    expect(last).toMatchObject({ state: "sent", evidence });
    expect(line.copies).toBe(1);
  });

  test("a reply that was lost on the way there is sent by the same token", () => {
    const steps = [calm("lost-before"), calm("none")];
    const { line, last, routes } = live({ steps, tokenAgesMs: [1_000], hasRetryKeys: true });
    expect(routes).toEqual(["reply", "repeat"]);
    expect(last).toMatchObject({ state: "sent", evidence: "2xx" });
    expect(line.copies).toBe(1);
  });

  test("a lost call is held where the platform can't tell a repeat", () => {
    const steps = [calm("lost-after"), calm("none")];
    expect(live({ steps, tokenAgesMs: [], hasRetryKeys: false }).routes).toEqual(["paid", "hold"]);
  });
});
