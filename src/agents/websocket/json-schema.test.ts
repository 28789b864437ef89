/**
 * Goal: the published JSON Schema agrees with the code. Method: the official validator (Ajv) and our own
 * reader must agree about each frame; a turn as the pipeline makes it must fit.
 */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { sampleTurn } from "../../../test/support/sample-turn.ts";
import { toWireTurn } from "../protocol.ts";
import { readAgentFrame } from "./frames.ts";
import { agentSchema } from "./json-schema.ts";

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema(agentSchema(), "agent");
const fits = (name: string, frame: unknown) => ajv.validate(`agent#/$defs/${name}`, frame);

const turnRef = { turnId: "turn_1", fence: 1 };

describe("an agent's frame", () => {
  test.each<[object, boolean]>([
    [{ type: "hello", version: 1, name: "bot" }, true],
    [{ type: "hello", version: 1, name: "bot", instance: "12345678", credit: 5, resume: [turnRef], extra: true }, true],
    [{ type: "hello", version: 2, name: "bot" }, false],
    [{ type: "hello", version: 1, name: "bot", credit: 0 }, false],
    [{ type: "accept", ...turnRef }, true],
    [{ type: "accept", turnId: "turn_1" }, false],
    [{ type: "reply", ...turnRef, seq: 1, replies: ["hi", { type: "text", text: "there" }] }, true],
    [{ type: "reply", ...turnRef, seq: 1, replies: [{ type: "image", url: "https://example.com/a.png" }] }, true],
    [{ type: "reply", ...turnRef, seq: 1, replies: "hi" }, false],
    [{ type: "reply", ...turnRef, replies: ["hi"] }, false],
    [{ type: "done", ...turnRef }, true],
    [{ type: "error", ...turnRef, retryable: true }, true],
    [{ type: "error", ...turnRef }, false],
    [{ type: "ping" }, true],
    [{ type: "dance" }, false],
  ])("%j: %s, says the schema and says the code", (frame, isAllowed) => {
    expect([fits("AgentFrame", frame), readAgentFrame(JSON.stringify(frame)).ok]).toEqual([isAllowed, isAllowed]);
  });
});

describe("the gateway's frame", () => {
  test("with a turn fits, also with fields of a newer version", () => {
    const turn = toWireTurn(sampleTurn());
    expect(fits("GatewayFrame", { type: "turn", turn })).toBe(true);
    expect(fits("GatewayFrame", { type: "turn", turn: { ...turn, mood: "good" } })).toBe(true);
    expect(fits("GatewayFrame", { type: "turn", turn: { ...turn, fence: "7" } })).toBe(false);
  });

  test.each([
    { type: "welcome", version: 1, leaseMs: 1, frameLimitBytes: 1, resumed: [turnRef], lost: [] },
    { type: "ack", ...turnRef, seq: null, deliveryIds: ["dlv_1"], repeated: false },
    { type: "refused", ...turnRef, seq: 1, code: "fenced", message: "drop it", retry: false },
    { type: "problem", message: "type: …" },
    { type: "pong" },
  ])("%j fits", (frame) => {
    expect(fits("GatewayFrame", frame)).toBe(true);
  });
});
