/** Turnpike as a library. */

// The gateway, and what it is run with.

export type { GatewaySettings } from "./config/gateway-settings.ts";
export type { LimitSettings } from "./config/limits.ts";
export type { AccountHealth, AccountMove, AccountStatus } from "./core/account.ts";
export type { AdminRight, AdminToken } from "./core/admin-token.ts";
export type { BatchPolicy } from "./core/batch.ts";
export type { BusyPolicy, WhenBusy } from "./core/busy.ts";
export { Fenced, Misconfigured, Unavailable } from "./core/errors.ts";
export type { RetryPolicy } from "./core/retry.ts";
export type { Rollout } from "./core/rollout.ts";
export { createGateway, type Gateway, type GatewayOptions, type Running, type StartOptions } from "./gateway.ts";
export type { Fetch } from "./http/rate-limited-fetch.ts";
export { type ListenAt, type Listening, listen } from "./http/server.ts";
export { type Clock, systemClock } from "./runtime/clock.ts";
export { jsonLog, type Log, type LogLevel } from "./runtime/log.ts";
export type { LogFields } from "./runtime/log-fields.ts";
export type { Metrics } from "./runtime/metrics.ts";
export { type Random, systemRandom } from "./runtime/random.ts";

// Platforms, a line each.

export { type LineOptions, line } from "./channels/line/index.ts";
export { type MessengerOptions, messenger } from "./channels/messenger/index.ts";
export { type WhatsAppOptions, whatsapp } from "./channels/whatsapp/index.ts";

// Bots, and bots made of bots.

export { anyOf } from "./agents/any-of.ts";
export { type BreakerOptions, withBreaker } from "./agents/breaker.ts";
export { type HttpAgentOptions, httpAgent } from "./agents/http.ts";
export { type AgentFunction, inProcessAgent } from "./agents/in-process.ts";
export { noAgent } from "./agents/none.ts";
export { type OpenabOptions, openabAgent } from "./agents/openab/endpoint.ts";
export { withRehearsals } from "./agents/rehearsal.ts";
export { type AgentRoute, routedAgents } from "./agents/routed-agents.ts";
export { type WebSocketAgentOptions, webSocketAgent } from "./agents/websocket/endpoint.ts";

// Databases.

export type { OpenOptions } from "./store/entry.ts";
export { InUse } from "./store/in-use.ts";
export { openStore } from "./store/index.ts";
export { type PostgresOptions, postgres } from "./store/postgres/index.ts";
export { type SqliteOptions, sqlite } from "./store/sqlite/index.ts";

// For whoever brings a platform, a bot or a database of their own: its interface, and what that speaks of.

export type * from "./agents/agent.ts";
export type { WireEvent, WireTurn } from "./agents/protocol.ts";
export type * from "./agents/socket.ts";
export type * from "./channels/channel.ts";
export { asVerified, Malformed, Unrenderable } from "./channels/channel.ts";
export type {
  AccountKey,
  Conversation,
  ConversationKind,
  ConversationRef,
  ConversationStatus,
  PeerIds,
} from "./core/conversation.ts";
export type {
  AttemptReport,
  DeliveryState,
  RecordedCall,
  Route,
  SendOutcome,
  SendOutcomeKind,
  Settlement,
} from "./core/delivery.ts";
export type {
  EventContent,
  EventEffect,
  EventState,
  InboundEvent,
  InboundMessage,
  Sender,
  TurnEvent,
} from "./core/event.ts";
export type { Finding, Passed, Problem, ProblemText } from "./core/finding.ts";
export type { Failure, InboundReceipt } from "./core/inbound-receipt.ts";
export type { ItemAction, OperatorAction, Refusal } from "./core/operator-action.ts";
export type { ReceiptFlow, ReceiptStatus } from "./core/receipt.ts";
export type {
  Action,
  Card,
  CardReply,
  CarouselReply,
  ChoicesReply,
  LocationReply,
  MediaReply,
  Quoting,
  RawReply,
  ReadReplies,
  Reply,
  TextReply,
  UnsayableReply,
} from "./core/reply.ts";
export type { GrantedReplyToken, ReplyTokenState } from "./core/reply-token.ts";
export type { EarlierAttempt, RouteDecision, RouteInput, TokenChoice, UnknownInput } from "./core/route.ts";
export type { RouteReason } from "./core/route-reason.ts";
export type { DeliveryKind, SlowReplyState, SystemMessageKind } from "./core/slow-reply.ts";
export type { ClaimedTurn, LeasedTurn, TurnFailure, TurnState } from "./core/turn.ts";
export type { WaitingCount, WaitingState, WaitReason } from "./core/waiting.ts";
export type * from "./store/attempt.ts";
export type * from "./store/cluster-membership.ts";
export type * from "./store/context-policy.ts";
export type * from "./store/erasure.ts";
export type * from "./store/operator.ts";
export type * from "./store/operator-details.ts";
export type * from "./store/operator-transcript.ts";
export type * from "./store/retention.ts";
export type * from "./store/store.ts";
