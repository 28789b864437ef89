/** Turnpike as a library. Most used first. */

// For those who bring a part of their own.
export type { Agent, AgentOutcome } from "./agents/agent.ts";
export { anyOf } from "./agents/any-of.ts";
export { type BreakerOptions, withBreaker } from "./agents/breaker.ts";
export { type HttpAgentOptions, httpAgent } from "./agents/http.ts";
export { type AgentFunction, inProcessAgent } from "./agents/in-process.ts";
export { type OpenabOptions, openabAgent } from "./agents/openab/door.ts";
export type { WireEvent, WireTurn } from "./agents/protocol.ts";
export { type AgentRoute, routedAgents } from "./agents/routes.ts";
export { type WebSocketAgentOptions, webSocketAgent } from "./agents/websocket/door.ts";
export type { Channel, Media, MediaOutcome, Profiles, RenderContext, Rendered } from "./channels/channel.ts";
export { type LineOptions, line } from "./channels/line/index.ts";
export type { GatewaySettings } from "./config/gateway-settings.ts";
export { Misconfigured } from "./core/errors.ts";
export type { Reply } from "./core/reply.ts";
export { createGateway, type Gateway, type GatewayOptions, type Running, type StartOptions } from "./gateway.ts";
// A little more advanced.
export { type ListenAt, type Listening, listen } from "./http/server.ts";
export { jsonLog, type Log, type LogLevel } from "./runtime/log.ts";
export type { LogFields } from "./runtime/log-fields.ts";
export { type PostgresOptions, postgres } from "./store/postgres/index.ts";
export { type SqliteOptions, sqlite } from "./store/sqlite/index.ts";
export type { Store } from "./store/store.ts";
