/** Messages that must travel in one call: what one parked delivery holds, or a single new message. */
export interface Unit {
  /** The delivery that these messages waited in; `null` for a new message. */
  readonly bundledId: string | null;
  readonly messages: readonly unknown[];
  /** It shares its call with nothing: it is known to be refused, and must take nothing along. Default false. */
  readonly alone?: boolean;
}

export interface PackedCall {
  readonly bundledIds: readonly string[];
  /** Everything that the call says, in order. */
  readonly messages: readonly unknown[];
  /** The new ones among them. */
  readonly own: readonly unknown[];
}

/** Fills calls in order, each as far as it goes, before another is opened: on LINE five messages cost what one does. */
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
