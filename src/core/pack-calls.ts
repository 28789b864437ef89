/** Messages that must travel in one call: what one parked delivery holds, or a single new message. */
export interface Unit {
  /** The parked delivery that they come from; `null` for a new message. */
  readonly bundledId: string | null;
  readonly messages: readonly unknown[];
  /** What the platform is known to refuse in it: then it has a call of its own. Default: nothing is known. */
  readonly problem?: string | null;
}

export interface PackedCall {
  readonly bundledIds: readonly string[];
  /** All messages of the call, in order. */
  readonly messages: readonly unknown[];
  /** The new ones among them. */
  readonly own: readonly unknown[];
  /** What the platform is known to refuse in it; `null`: nothing. */
  readonly problem: string | null;
}

/** Fills calls in order, each up to its limit before another is opened: on LINE a call of five messages costs as much as of one. */
export function packCalls(units: readonly Unit[], messagesPerCall: number): PackedCall[] {
  const calls: { bundledIds: string[]; messages: unknown[]; own: unknown[]; problem: string | null }[] = [];
  for (const unit of units) {
    const { problem = null } = unit;
    let call = calls.at(-1);
    const isFull = call !== undefined && call.messages.length + unit.messages.length > messagesPerCall;
    if (call === undefined || isFull || call.problem !== null || problem !== null) {
      call = { bundledIds: [], messages: [], own: [], problem };
      calls.push(call);
    }
    if (unit.bundledId !== null) call.bundledIds.push(unit.bundledId);
    else call.own.push(...unit.messages);
    call.messages.push(...unit.messages);
  }
  return calls;
}
