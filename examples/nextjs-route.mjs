// app/turns/route.js of a Next.js project; the same handler fits Hono, Bun, Deno and Workers.
import { agentHandler } from "turnpike/agent";

const { TURNPIKE_AGENT_SECRET: secret } = process.env;

export const POST = agentHandler((turn) => `You said: ${turn.text}`, { secret });
