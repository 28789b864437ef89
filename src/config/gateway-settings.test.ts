/** Goal: every setting has its documented default and minimum, and an invalid one is refused by name. */
import { expect, test } from "vitest";
import { Misconfigured } from "../core/errors.ts";
import { type GatewaySettings, resolveSettings } from "./gateway-settings.ts";

const DAY = 86_400_000;

test("the defaults are those of the documentation", () => {
  expect(resolveSettings({})).toEqual({
    batch: { quietMs: 1_500, maxWaitMs: 8_000, maxEvents: 50 },
    accountBatch: {},
    rollout: { percent: 100, peers: [] },
    busy: { mode: "queue", skip: [] },
    context: { maxEvents: 20, maxAgeMs: 3_600_000 },
    leaseMs: 60_000,
    agentTimeoutMs: 300_000,
    turnRetry: { baseMs: 1_000, capMs: 60_000, maxAttempts: 10, maxAgeMs: 3_600_000 },
    deliveryRetry: { baseMs: 500, capMs: 300_000, maxAttempts: 10, maxAgeMs: DAY },
    coalesceMs: 150,
    unknownWaitMs: 30_000,
    handover: { pauseMs: 0, greetingMs: 10_000 },
    namesWaitMs: 300,
    media: { linkMs: 3_600_000, maxBytes: 209_715_200 },
    onUnknown: "hold",
    maxTurnsAtOnce: 256,
    maxCallsAtOnce: 256,
    contentMs: 7 * DAY,
    metadataMs: 30 * DAY,
    dedupKeysMs: 30 * DAY,
    pollMs: 1_000,
    limits: {
      bodyBudgetBytes: 67_108_864,
      webhooksAtOnce: 1_000,
      webhooksPerSecond: 0,
      refusedPerMinute: 600,
      mediaAtOnce: 32,
    },
    shutdownGraceMs: 0,
  });
});

test("an option replaces only its own default", () => {
  const resolved = resolveSettings({ batch: { quietMs: 0 }, turnRetry: { baseMs: 5 }, leaseMs: 2_000 });
  expect(resolved.batch).toEqual({ quietMs: 0, maxWaitMs: 8_000, maxEvents: 50 });
  expect(resolved.turnRetry).toEqual({ baseMs: 5, capMs: 60_000, maxAttempts: 10, maxAgeMs: 3_600_000 });
  expect(resolved.leaseMs).toBe(2_000);
  expect(resolved.agentTimeoutMs).toBe(300_000);
});

test("the result is frozen", () => {
  const resolved = resolveSettings({});
  expect([resolved, resolved.batch, resolved.turnRetry, resolved.deliveryRetry].every(Object.isFrozen)).toBe(true);
});

test("the defaults are not shared with earlier results", () => {
  const given = { quietMs: 7 };
  resolveSettings({ batch: given });
  given.quietMs = 9;
  expect(resolveSettings({}).batch.quietMs).toBe(1_500);
});

test.each<[GatewaySettings, string]>([
  [{ rollout: { percent: 101 } }, "rollout.percent: read 101; allowed: a whole number, 0 to 100"],
  [{ busy: { mode: "skip" as "queue" } }, 'busy.mode: read "skip"; allowed: queue, interrupt'],
  [{ leaseMs: 999 }, "leaseMs: read 999; allowed: whole milliseconds, 1000 to 86400000"],
  [{ agentTimeoutMs: 999 }, "agentTimeoutMs: read 999; allowed: whole milliseconds, 1000 to 2592000000"],
  [{ unknownWaitMs: -1 }, "unknownWaitMs: read -1; allowed: whole milliseconds, 0 to 86400000"],
  [{ maxTurnsAtOnce: 0 }, "maxTurnsAtOnce: read 0; allowed: a whole number, 1 to 1000000"],
  [{ maxCallsAtOnce: 0 }, "maxCallsAtOnce: read 0; allowed: a whole number, 1 to 1000000"],
  [{ metadataMs: 0 }, "metadataMs: read 0; allowed: whole milliseconds, 1000 to 3153600000000"],
  [
    { dedupKeysMs: 8 * DAY - 1 },
    `dedupKeysMs: read ${8 * DAY - 1}; allowed: whole milliseconds, ${8 * DAY} to 3153600000000`,
  ],
  [{ pollMs: 0 }, "pollMs: read 0; allowed: whole milliseconds, 10 to 86400000"],
  [{ leaseMs: 1_000.5 }, "leaseMs: read 1000.5; allowed: whole milliseconds, 1000 to 86400000"],
  [{ leaseMs: Number.NaN }, "leaseMs: read NaN; allowed: whole milliseconds, 1000 to 86400000"],
  [{ leaseMs: Number.POSITIVE_INFINITY }, "leaseMs: read Infinity; allowed: whole milliseconds, 1000 to 86400000"],
  [{ batch: { quietMs: -1 } }, "batch.quietMs: read -1; allowed: whole milliseconds, 0 to 86400000"],
  [{ batch: { maxWaitMs: 0.5 } }, "batch.maxWaitMs: read 0.5; allowed: whole milliseconds, 0 to 86400000"],
  [{ batch: { maxEvents: 0 } }, "batch.maxEvents: read 0; allowed: a whole number, 1 to 1000"],
])("%o is refused by name", (wrong, words) => {
  expect(() => resolveSettings(wrong)).toThrow(new Misconfigured(words));
});

test("onUnknown is hold or resend", () => {
  expect(resolveSettings({ onUnknown: "resend" }).onUnknown).toBe("resend");
  const odd = { onUnknown: "Resend" } as unknown as GatewaySettings;
  expect(() => resolveSettings(odd)).toThrow('onUnknown: read "Resend"; allowed: hold, resend');
});

test.each<GatewaySettings>([
  { leaseMs: 1_000, agentTimeoutMs: 1_000, unknownWaitMs: 0, maxTurnsAtOnce: 1, maxCallsAtOnce: 1, pollMs: 10 },
  { metadataMs: 1_000, dedupKeysMs: 8 * DAY },
  { batch: { quietMs: 0, maxWaitMs: 0, maxEvents: 1 } },
  {
    limits: {
      bodyBudgetBytes: 4_194_304,
      webhooksAtOnce: 1,
      webhooksPerSecond: 0,
      refusedPerMinute: 0,
      mediaAtOnce: 1,
    },
  },
  { shutdownGraceMs: 0 },
])("the minimum itself is allowed", (least) => {
  expect(resolveSettings(least)).toMatchObject(least);
});

test.each<[GatewaySettings, string]>([
  [{ turnRetry: { baseMs: Number.NaN } }, "turnRetry.baseMs"],
  [{ limits: { bodyBudgetBytes: 4_194_303 } }, "limits.bodyBudgetBytes"],
  [{ limits: { webhooksAtOnce: 0 } }, "limits.webhooksAtOnce"],
  [{ limits: { mediaAtOnce: 0 } }, "limits.mediaAtOnce"],
  [{ shutdownGraceMs: -1 }, "shutdownGraceMs"],
  [{ turnRetry: { maxAttempts: -1 } }, "turnRetry.maxAttempts"],
  [{ deliveryRetry: { capMs: Number.NaN } }, "deliveryRetry.capMs"],
])("a value that is not a number, or too small, is refused: %o", (wrong, name) => {
  expect(() => resolveSettings(wrong)).toThrow(name);
});

test("a field that is undefined counts as absent, at every depth", () => {
  // JavaScript callers write `leaseMs: options.leaseMs`; their types don't stop them.
  const absent = { leaseMs: undefined, batch: { quietMs: undefined }, turnRetry: { baseMs: undefined } };
  expect(resolveSettings(absent as unknown as GatewaySettings)).toEqual(resolveSettings({}));
});

test("accountBatch overrides batch, and inherits the rest", () => {
  const accountBatch = { "line/shop": { quietMs: 0 }, "line/help": {} };
  const resolved = resolveSettings({ batch: { maxEvents: 5 }, accountBatch });
  expect(resolved.accountBatch).toEqual({
    "line/shop": { quietMs: 0, maxWaitMs: 8_000, maxEvents: 5 },
    "line/help": { quietMs: 1_500, maxWaitMs: 8_000, maxEvents: 5 },
  });
  const wrong = { accountBatch: { "line/shop": { quietMs: -1 } } };
  expect(() => resolveSettings(wrong)).toThrow('accountBatch["line/shop"].quietMs: read -1');
});
