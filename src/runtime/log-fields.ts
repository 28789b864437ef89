/** The kind of a log field, which decides how it is redacted. */
export type FieldKind =
  /** Our own id, or a value of a closed list: no spaces, at most 200 characters. Anything else is written as "(odd)". */
  | "id"
  /** A platform's id. Some contain a phone number: those are written as a keyed hash. */
  | "platform-id"
  /** A number, a boolean, a time. Any other text is written as "(odd)". */
  | "value"
  /** A sentence: secrets are redacted, and it is cut to 400 characters. */
  | "sentence"
  /** A person's id: written as a keyed hash, so that lines about one person can be correlated. */
  | "peer"
  /** Message content. Left out, unless the setting asks for it. */
  | "payload";

type Listed = Readonly<Record<string, readonly [kind: FieldKind, means: string]>>;

/** The allow-list of log fields. */
export const LOG_FIELDS = {
  // where
  channel: ["id", "the platform"],
  account: ["id", "our account on it"],
  conversationId: ["id", "the conversation"],
  peer: ["peer", "the person or group, as a keyed hash"],
  turnId: ["id", "the turn; without its prefix it is the trace id"],
  attempt: ["value", "number of the turn's claim, or of the delivery's attempt"],
  fence: ["value", "the turn's fence"],
  eventId: ["id", "the event"],
  platformEventId: ["platform-id", "the platform's own id of the event"],
  deliveryId: ["id", "the delivery"],
  requestId: ["platform-id", "the platform's id of the call, for its support"],
  acceptedRequestId: ["platform-id", "LINE's id of the call that was accepted before"],
  agent: ["sentence", "the agent's name"],
  instance: ["id", "the instance of an agent that connects"],
  loop: ["id", "the loop: heartbeat, seal, claim, send, sweep, check-accounts, quota"],
  task: ["id", "work that runs beside the loops: invoke, send, abandon, check-accounts"],
  subject: ["id", "the turn or delivery whose lease was lost"],
  owner: ["id", "this process, as leases name it"],
  path: ["id", "the requested path"],
  // what
  type: ["id", "the event's type"],
  code: ["value", "the status that we answered"],
  status: ["id", "the platform's HTTP status, or the receipt's status"],
  route: ["id", "reply, push, session, template"],
  why: ["sentence", "why this route and no cheaper one"],
  outcome: ["id", "outcome of the call or of the event"],
  state: ["id", "the state that it came into"],
  strongest: ["id", "the strongest status of all receipts so far"],
  evidence: ["sentence", "what shows that it was sent"],
  reason: ["sentence", "why, in a sentence"],
  media: ["id", "outcome of fetching the media"],
  redelivered: ["value", "the platform marks it as a redelivery"],
  tokenRefreshed: ["value", "the copy prolonged the reply token"],
  repeated: ["value", "it was accepted before, under the same idempotency key"],
  done: ["value", "the turn has ended with it"],
  // operator actions
  actionId: ["id", "the action; under one id it is done once"],
  actor: ["id", "the name of the admin token used, or loopback"],
  action: ["id", "replay, discard, sent, resend, start, pause, resume"],
  id: ["id", "the turn, delivery or conversation that was acted on"],
  from: ["id", "the state before"],
  to: ["id", "the state that it came into"],
  isRepeated: ["value", "it was done before, under the same action id"],
  // how many
  events: ["value", "events of the webhook or turn"],
  receipts: ["value", "receipts of the webhook"],
  ignored: ["value", "events of the webhook that are not stored"],
  replies: ["value", "replies of the agent"],
  deliveries: ["value", "deliveries made of it"],
  bundled: ["value", "parked deliveries that are bundled into it"],
  failures: ["value", "failures in a row"],
  cores: ["value", "openab cores connected"],
  openTurns: ["value", "turns that the agent still had"],
  resumed: ["value", "turns that it kept across a lost connection"],
  contents: ["value", "turns and messages whose content was deleted"],
  turns: ["value", "turns deleted"],
  keys: ["value", "keys deleted"],
  turnsReady: ["value", "turns handed out again"],
  turnsDead: ["value", "turns that became dead"],
  bytes: ["value", "size of the webhook"],
  size: ["value", "size of the content"],
  maxBytes: ["value", "the largest allowed"],
  more: ["value", "lines of this kind that the rate limit left out"],
  dropped: ["value", "number of fields that aren't on this list"],
  // when
  sentAt: ["value", "when it happened, by the platform's clock"],
  lagMs: ["value", "from then until it was received"],
  ackMs: ["value", "from the webhook's last byte to its commit"],
  waitedMs: ["value", "from the turn's first event to its claim"],
  agentMs: ["value", "how long the agent had the turn, this time"],
  callMs: ["value", "how long the platform's call took"],
  eventToReplyMs: ["value", "from the person's last message to the call, by the platform's clock"],
  sinceAnswerMs: ["value", "since the delivery was queued"],
  wayMs: ["value", "from the turn's first event until the platform had the answer"],
  nextInMs: ["value", "until the next try"],
  // at the start
  webhooks: ["sentence", "address of the webhook endpoint"],
  admin: ["sentence", "address of the admin port"],
  database: ["sentence", "address of the database"],
  identities: ["id", "platform ids of accounts that aren't configured here"],
  // with TURNPIKE_LOG_PAYLOADS only
  text: ["payload", "what the person wrote"],
  answer: ["payload", "what the agent said"],
  request: ["payload", "the body of the platform's call"],
  response: ["payload", "the body of the platform's answer"],
} as const satisfies Listed;

export type FieldName = keyof typeof LOG_FIELDS;
export type FieldValue = string | number | boolean | null | undefined;
export type LogFields = { readonly [Name in FieldName]?: FieldValue };

const KINDS: ReadonlyMap<string, FieldKind> = new Map(Object.entries(LOG_FIELDS).map(([name, [kind]]) => [name, kind]));

/** The kind of a field; `undefined` for one that isn't on the list. */
export function kindOf(name: string): FieldKind | undefined {
  return KINDS.get(name);
}
