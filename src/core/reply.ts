/** What the agent said, in our portable form. A bare string on the wire is a text. */
export type Reply = TextReply | RawReply;

export interface TextReply {
  readonly type: "text";
  /** Any length: it is split where the platform's limit asks for it, never cut. */
  readonly text: string;
}

/** A message in the platform's own form, for what the portable form can't say. Sent as given. */
export interface RawReply {
  readonly type: "raw";
  /** The platform it is for. A reply for another platform than the turn's is refused. */
  readonly channel: string;
  readonly message: Readonly<Record<string, unknown>>;
}
