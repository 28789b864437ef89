/** Messages that must travel in one call: what one parked delivery holds, or a single new message. */
export interface Unit {
  /** The delivery that these messages waited in; `null` for a new message. */
  readonly bundledId: string | null;
  readonly messages: readonly unknown[];
  /** What the platform is known to refuse in it: then it shares its call with nothing. Default: nothing is known. */
  readonly problem?: string | null;
}

export interface PackedCall {
  readonly bundledIds: readonly string[];
  /** Everything that the call says, in order. */
  readonly messages: readonly unknown[];
  /** The new ones among them. */
  readonly own: readonly unknown[];
  /** What the platform is known to refuse in it; `null`: nothing. */
  readonly problem: string | null;
}

/** Fills calls in order, each as far as it goes, before another is opened: on LINE five messages cost what one does. */
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
