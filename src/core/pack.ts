/** Messages that must travel in one call: what one parked delivery holds, or a single new message. */
export interface Unit {
  /** The parked delivery that they come from; `null` for a new message. */
  readonly bundledId: string | null;
  readonly messages: readonly unknown[];
  /** It must have a call of its own: the platform is known to refuse it, and with it the whole call. Default false. */
  readonly alone?: boolean;
}

export interface PackedCall {
  readonly bundledIds: readonly string[];
  /** All messages of the call, in order. */
  readonly messages: readonly unknown[];
  /** The new ones among them. */
  readonly own: readonly unknown[];
}

/** Fills calls in order, each up to its limit before another is opened: on LINE a call of five messages costs as much as of one. */
export function packCalls(units: readonly Unit[], messagesPerCall: number): PackedCall[] {
  const calls: { bundledIds: string[]; messages: unknown[]; own: unknown[] }[] = [];
  let isClosed = false;
  for (const unit of units) {
    let call = calls.at(-1);
    const isFull = call !== undefined && call.messages.length + unit.messages.length > messagesPerCall;
    if (call === undefined || isFull || isClosed || unit.alone === true) {
      call = { bundledIds: [], messages: [], own: [] };
      calls.push(call);
    }
    if (unit.bundledId !== null) call.bundledIds.push(unit.bundledId);
    else call.own.push(...unit.messages);
    call.messages.push(...unit.messages);
    isClosed = unit.alone === true;
  }
  return calls;
}
