/** How often which fault met a message in which state of its way. It is what makes a number of seeds mean something. */
export class Coverage {
  /** By channel, fault and state. */
  readonly pairs = new Map<string, number>();
  readonly #channel: string;

  constructor(channel = "") {
    this.#channel = channel;
  }

  count(fault: string, state: string): void {
    const pair = `${this.#channel} | ${fault} × ${state}`;
    this.pairs.set(pair, (this.pairs.get(pair) ?? 0) + 1);
  }

  add(other: Coverage): void {
    for (const [pair, times] of other.pairs) this.pairs.set(pair, (this.pairs.get(pair) ?? 0) + times);
  }

  /** How often each fault happened, in whatever state; on that channel, or on all. */
  byFault(only: string | null = null): Readonly<Record<string, number>> {
    const times: Record<string, number> = {};
    for (const [pair, count] of this.pairs) {
      const { channel, fault } = split(pair);
      if (only !== null && channel !== only) continue;
      times[fault] = (times[fault] ?? 0) + count;
    }
    return Object.fromEntries(Object.entries(times).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A table for each channel. */
  table(): string {
    const channels = [...new Set([...this.pairs.keys()].map((pair) => split(pair).channel))].sort();
    return channels.map((channel) => `${channel}\n${this.#tableOf(channel)}`).join("\n\n");
  }

  /** Faults down, states across. */
  #tableOf(of: string): string {
    const all = [...this.pairs].map(([pair, times]) => ({ ...split(pair), times }));
    const cells = all.filter(({ channel }) => channel === of);
    const states = [...new Set(cells.map(({ state }) => state))].sort(byWay);
    const faults = [...new Set(cells.map(({ fault }) => fault))].sort();
    const rows = faults.map((fault) => [
      fault,
      ...states.map((state) =>
        String(cells.find((cell) => cell.fault === fault && cell.state === state)?.times ?? "·"),
      ),
    ]);
    const table = [["", ...states], ...rows];
    const widths = ["", ...states].map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
    const pad = (cell: string, column: number) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
    return table.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
  }
}

function split(pair: string): { channel: string; fault: string; state: string } {
  const [channel = "", rest = ""] = pair.split(" | ");
  const [fault = "", state = ""] = rest.split(" × ");
  return { channel, fault, state };
}

/** The way of a message. */
const WAY = [
  "starting",
  "idle",
  "taken in",
  "collecting",
  "ready",
  "leased",
  "answered",
  "pending",
  "sending",
  "unknown",
  "parked",
  "sent",
  "dead",
  "looking",
  "retracted",
  "row lost",
  "purged",
  "forgotten",
  "not there",
];

function byWay(a: string, b: string): number {
  return WAY.indexOf(a) - WAY.indexOf(b);
}

const STATE_AT_CALL: readonly (readonly [RegExp, string])[] = [
  [/^store\.reclaimOrphanedLeases$/, "starting"],
  [/^store\.ingest$/, "taken in"],
  [/^store\.sealTurn$/, "collecting"],
  [/^store\.claimTurn$/, "ready"],
  [/^agent\.|^store\.renewLease$/, "leased"],
  [/^store\.(answerTurn|failTurn)$/, "answered"],
  [/^store\.(startAttempt|abandonAttempt)$/, "pending"],
  [/^platform\.|^store\.settleAttempt$/, "sending"],
];

/** Where on its way a message is when that call is made for it. */
export function stateAtCall(call: string): string {
  return STATE_AT_CALL.find(([name]) => name.test(call))?.[1] ?? "looking";
}
