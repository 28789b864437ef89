/** What a process asked of the system, and whether each 200 it wrote had a synced write of its own behind it. */

export interface Step {
  readonly call: string;
  /** The path of the file, or the socket. */
  readonly target: string;
  /** The beginning of what was read or written. */
  readonly text: string;
  /** Null while the call is under way. */
  readonly result: string | null;
}

export interface Verdict {
  /** Webhooks that were answered 200. */
  readonly acks: number;
  /** Syncs of the log file that succeeded. */
  readonly syncs: number;
  /** One for each 200 that left too early, with what was missing. */
  readonly early: readonly string[];
}

const WHOLE = /^(\d+) +(\w+)\(\d+<([^>]*)>(.*)\) += (-?\d+.*)$/;
// `detached`: strace was told to let go while the call was on its way out, when its client may have its answer already.
const BEGUN = /^(\d+) +(\w+)\(\d+<([^>]*)>(.*) <(?:unfinished|detached) \.\.\.>$/;
const ENDED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+.*)$/;

/** The lines of `strace -f -y`, in order. A call that other threads' calls interrupt is two lines, and two steps. */
export function readTrace(trace: string): readonly Step[] {
  const underWay = new Map<string, Step>();
  return trace.split("\n").flatMap((line): Step[] => {
    const whole = WHOLE.exec(line);
    if (whole !== null) {
      const [, , call = "", target = "", text = "", result = ""] = whole;
      const begun = { call, target, text, result: null };
      return [begun, { ...begun, result }];
    }
    const begun = BEGUN.exec(line);
    if (begun !== null) {
      const [, thread = "", call = "", target = "", text = ""] = begun;
      const step = { call, target, text, result: null };
      underWay.set(thread, step);
      return [step];
    }
    const [, thread = "", , text = "", result = ""] = ENDED.exec(line) ?? [];
    const earlier = underWay.get(thread);
    underWay.delete(thread);
    return earlier === undefined ? [] : [{ ...earlier, text: earlier.text + text, result }];
  });
}

const isSync = (step: Step) => /^fd?a?t?a?sync$/.test(step.call) && step.target.endsWith("-wal");
const isLogWrite = (step: Step) => /^p?writev?(64)?2?$/.test(step.call) && step.target.endsWith("-wal");
const isRequest = (step: Step) =>
  /^(read|recv)/.test(step.call) && step.result !== null && step.text.includes('"POST /webhook');
const isAck = (step: Step) => /^(write|send)/.test(step.call) && step.text.includes('"HTTP/1.1 200');

/**
 * A 200 is right when the log file was written after its request was read, and a sync that began after the last such
 * write had succeeded before the 200 was begun.
 */
export function verdictOf(steps: readonly Step[]): Verdict {
  const requests = new Map<string, number>();
  const early: string[] = [];
  let [acks, syncs, writtenAt, begunAt, syncedFrom] = [0, 0, -1, -1, -1];
  for (const [at, step] of steps.entries()) {
    const isBegin = step.result === null;
    if (isRequest(step)) requests.set(step.target, at);
    if (isLogWrite(step) && isBegin) writtenAt = at;
    if (isSync(step) && isBegin) begunAt = at;
    if (isSync(step) && step.result === "0") {
      syncs += 1;
      syncedFrom = begunAt;
    }
    if (!isAck(step) || !isBegin) continue;
    const requestedAt = requests.get(step.target);
    if (requestedAt === undefined) continue;
    requests.delete(step.target);
    acks += 1;
    if (writtenAt < requestedAt) early.push("nothing was written to the log file");
    else if (syncedFrom < writtenAt) early.push("what was written was not synced");
  }
  return { acks, syncs, early };
}
