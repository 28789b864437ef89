import { milliseconds } from "./kinds.ts";
import { setting } from "./setting.ts";

/** Of one platform call. */
export const CALL_LIMITS = {
  sendTimeoutMs: setting(milliseconds(100, 300_000), { default: 10_000, meaning: "time limit of one platform call" }),
  connectTimeoutMs: setting(milliseconds(100, 60_000), {
    default: 3_000,
    meaning: "… and of opening its connection, TLS included",
  }),
} as const;
