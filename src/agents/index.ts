/** `turnpike/agent`: the library for bots. Uses web standards only and contains no part of the gateway. */

export type { Reply } from "../core/reply.ts";
export { type AgentConnection, type AgentWebSocket, type ConnectOptions, connect } from "./client/connect.ts";
export { type AgentHandlerOptions, agentHandler } from "./client/http-handler.ts";
export { type SentenceOptions, sentencesOf } from "./client/sentences.ts";
export { NoAnswer, type Sayable, type Turn, type TurnFunction, TurnLost } from "./client/turn.ts";
export type { WireEvent, WireTurn } from "./protocol.ts";
