import type { Progress, ScenarioResult } from "../../channels/simulation/scenario-run.ts";
import type { Clock } from "../../runtime/clock.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Random } from "../../runtime/random.ts";
import type { RunWire } from "./wire.ts";

const KEPT = 20;

interface RunsParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Is told of each step, with the whole run. */
  readonly onChange: (run: RunWire) => void;
}

/** Runs that were asked for. One at a time: the agent and the gateway are the same for all platforms. */
export class Runs {
  readonly #parts: RunsParts;
  readonly #kept: RunWire[] = [];
  #isBusy = false;

  constructor(parts: RunsParts) {
    this.#parts = parts;
  }

  /** The one under way, or the newest; `null`: there was none yet. */
  get newest(): RunWire | null {
    return this.#kept[0] ?? null;
  }

  /** One is under way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  get(runId: string): RunWire | null {
    return this.#kept.find((run) => run.runId === runId) ?? null;
  }

  /** Begins a run; `null`: another one is under way. */
  start(
    what: Pick<RunWire, "channel" | "scenario" | "titleKey">,
    perform: (report: (progress: Progress) => void) => Promise<Pick<ScenarioResult, "verdict">>,
  ): RunWire | null {
    if (this.#isBusy) return null;
    this.#isBusy = true;
    const { clock, random } = this.#parts;
    const begun = { startedAt: clock.now(), peerId: null, progress: [], verdict: null, failure: null };
    const run = this.#put({ runId: random.id("run"), ...what, ...begun });
    void this.#follow(run.runId, perform);
    return run;
  }

  async #follow(runId: string, perform: Parameters<Runs["start"]>[1]): Promise<void> {
    const report = (progress: Progress) =>
      this.#update(runId, (run) => ({
        progress: [...run.progress, progress],
        ...(progress.kind === "begins" && { peerId: progress.peerId }),
      }));
    try {
      const { verdict } = await perform(report);
      this.#isBusy = false;
      this.#update(runId, () => ({ verdict }));
    } catch (error) {
      this.#isBusy = false;
      this.#update(runId, () => ({ failure: reasonOf(error) }));
    }
  }

  #update(runId: string, fieldsOf: (run: RunWire) => Partial<RunWire>): void {
    const run = this.get(runId);
    if (run !== null) this.#put({ ...run, ...fieldsOf(run) });
  }

  #put(run: RunWire): RunWire {
    const index = this.#kept.findIndex(({ runId }) => runId === run.runId);
    if (index === -1) this.#kept.unshift(run);
    else this.#kept[index] = run;
    this.#kept.splice(KEPT);
    this.#parts.onChange(run);
    return run;
  }
}
