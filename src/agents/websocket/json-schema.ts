import { z } from "zod";
import { WireTurns } from "../protocol.ts";
import { AnyReply, WireReply } from "../replies.ts";
import { AgentFrames, GatewayFrames, PROTOCOL_VERSION } from "./frames.ts";

/** JSON Schema of the protocol, for agents in other languages. Published as `turnpike/agent.schema.json`. */
export function agentSchema(): Record<string, unknown> {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Turnpike agent protocol, version ${PROTOCOL_VERSION}`,
    description: "Frames of GET /v1/agent. Ignore unknown fields.",
    anyOf: [{ $ref: "#/$defs/AgentFrame" }, { $ref: "#/$defs/GatewayFrame" }],
    $defs: {
      AgentFrame: schemaOf(AgentFrames, "input"),
      GatewayFrame: schemaOf(GatewayFrames, "output"),
      Reply: { anyOf: [{ type: "string", minLength: 1 }, schemaOf(AnyReply, "input")] },
      Turn: schemaOf(WireTurns, "output"),
    },
  };
}

/** Allows additional properties: unknown fields are ignored. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Record<string, unknown> {
  const made = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === WireReply) refer(jsonSchema, "#/$defs/Reply");
      else if (zodSchema._zod.def.type === "custom") refer(jsonSchema, "#/$defs/Turn");
      delete jsonSchema.additionalProperties;
    },
  });
  const { $schema: _dialect, ...rest } = made;
  return rest;
}

function refer(schema: Record<string, unknown>, to: string): void {
  for (const key of Object.keys(schema)) delete schema[key];
  schema.$ref = to;
}
