/** What a field of a log line holds, and with that what may be written of it. */
export type FieldKind =
  /** Our own id, or a word of a closed list: no spaces, at most 200 characters. Anything else is written as "(odd)". */
  | "id"
  /** An id that a platform gave. Some hold a person's number: those are written as a keyed hash. */
  | "platform-id"
  /** A number, a flag, a time. A text here is nobody's intention and is written as "(odd)". */
  | "value"
  /** A sentence: secrets are taken out of it, and it is cut to 400 characters. */
  | "words"
  /** Who a person is: written as a keyed hash, so that lines about one person can be put together. */
  | "peer"
  /** What a person or a bot said. Left out, unless the setting asks for it. */
  | "payload";

type Listed = Readonly<Record<string, readonly [kind: FieldKind, means: string]>>;

/** Every field that a log line may have. One that isn't here can't be logged. */
export const LOG_FIELDS = {
  // where
  channel: ["id", "the platform"],
  account: ["id", "our identity on it"],
  conversationId: ["id", "the conversation"],
  peer: ["peer", "the person or group, as a keyed hash"],
  turnId: ["id", "the turn; without its prefix it is the trace id"],
  attempt: ["value", "which time the turn is handed out, or the delivery is tried"],
  fence: ["value", "the turn's fence"],
  eventId: ["id", "the event"],
  platformEventId: ["platform-id", "the platform's own id of the event"],
  deliveryId: ["id", "the delivery"],
  requestId: ["platform-id", "the platform's id of the call, for its support"],
  acceptedRequestId: ["platform-id", "LINE's id of the call that was accepted before"],
  agent: ["words", "the agent's name"],
  instance: ["id", "the instance of an agent that connects"],
  stage: ["id", "the stage, as in docs/architecture.md"],
  subject: ["id", "what the lost lease was of"],
  owner: ["id", "this process, as leases name it"],
  path: ["id", "the path that was asked for"],
  // what
  type: ["id", "the event's type"],
  code: ["value", "the status that we answered"],
  status: ["id", "the platform's status or the receipt's word"],
  route: ["id", "reply, push, session, template"],
  why: ["words", "why this route and no cheaper one"],
  outcome: ["id", "what the call taught us"],
  state: ["id", "the state that it came into"],
  strongest: ["id", "the strongest word of all receipts so far"],
  evidence: ["words", "why we believe that it was sent"],
  reason: ["words", "why, in a sentence"],
  media: ["id", "what came of fetching it"],
  redelivered: ["value", "the platform says that it sent this before"],
  tokenRefreshed: ["value", "the copy gave the reply token new life"],
  repeated: ["value", "it was taken before"],
  done: ["value", "the turn has ended with it"],
  // what a person decided
  actionId: ["id", "the action; under one id it is done once"],
  actor: ["id", "the name of the token that was shown, or loopback"],
  action: ["id", "replay, discard, sent, resend"],
  id: ["id", "the turn or delivery that it was about"],
  from: ["id", "the state that it was in"],
  to: ["id", "the state that it came into"],
  isRepeated: ["value", "it was done before, under the same action id"],
  // how many
  events: ["value", "events of the webhook or turn"],
  receipts: ["value", "receipts of the webhook"],
  ignored: ["value", "events of the webhook that are stored nowhere"],
  replies: ["value", "replies of the agent"],
  deliveries: ["value", "deliveries that came of it"],
  bundled: ["value", "parked deliveries that travel in front"],
  failures: ["value", "failures in a row"],
  cores: ["value", "openab cores connected"],
  held: ["value", "turns that the agent still had"],
  resumed: ["value", "turns that it kept over a lost connection"],
  bodies: ["value", "turns and messages whose words were deleted"],
  turns: ["value", "turns deleted"],
  keys: ["value", "keys deleted"],
  turnsReady: ["value", "turns handed out again"],
  turnsDead: ["value", "turns that are dead now"],
  bytes: ["value", "size of the webhook"],
  size: ["value", "size of the content"],
  maxBytes: ["value", "the largest allowed"],
  more: ["value", "lines like this one that were left out"],
  dropped: ["value", "fields that aren't on this list"],
  // when
  sentAt: ["value", "when it happened, by the platform's clock"],
  lagMs: ["value", "from then until we received it"],
  ackMs: ["value", "from the webhook's last byte to its commit"],
  waitedMs: ["value", "from the turn's first event to its claim"],
  agentMs: ["value", "how long the agent had the turn, this time"],
  callMs: ["value", "how long the platform's call took"],
  eventToReplyMs: ["value", "from the person's last word to the call, by the platform's clock"],
  sinceAnswerMs: ["value", "since the delivery was queued"],
  wayMs: ["value", "from the turn's first event until the platform had the answer"],
  nextInMs: ["value", "until the next try"],
  // at the start
  webhooks: ["words", "where webhooks are taken"],
  admin: ["words", "where the admin port is"],
  database: ["words", "where the store is"],
  identities: ["id", "identities of ours that nobody here has"],
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
