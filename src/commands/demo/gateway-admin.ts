import type { KnownEntry } from "../../channels/simulation/scenario.ts";
import type { Wire } from "../../http/admin/app.ts";
import { type Clock, inTime } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import type { GatewayOutcome } from "../../simulator/console-api/simulated.ts";

interface GatewayAdminOptions {
  /** `null` while the gateway is down. */
  readonly url: () => string | null;
  readonly clock: Clock;
  readonly random: Random;
}

/** The longest transcript of a run has some thirty entries. */
const ENTRIES_MAX = 200;
/** A frozen gateway doesn't answer. */
const TIMEOUT_MS = 2_000;

const NO_ANSWER: GatewayOutcome = { kind: "refused", why: "the gateway doesn't answer" };

/** The gateway's own admin API, as the demo uses it. */
export class GatewayAdmin {
  readonly #options: GatewayAdminOptions;

  constructor(options: GatewayAdminOptions) {
    this.#options = options;
  }

  /** Of the conversation with that person; empty while there is none, or no gateway that answers. */
  async transcriptOf(peerId: string): Promise<readonly KnownEntry[]> {
    const search = await this.#ask<Wire["search"]>(`/api/search?q=${encodeURIComponent(peerId)}`);
    const conversation = search?.found.find(({ kind }) => kind === "conversation");
    if (conversation === undefined) return [];
    const path = `/api/conversations/${conversation.id}/timeline?limit=${ENTRIES_MAX}`;
    return (await this.#ask<Wire["timeline"]>(path))?.entries ?? [];
  }

  async startStoppedAccounts(): Promise<GatewayOutcome> {
    const stopped = await this.#stoppedAccounts();
    if (stopped === null) return NO_ANSWER;
    const actionId = this.#options.random.id("reset");
    for (const { channel, account } of stopped) {
      // One that has started by itself meanwhile is refused, and is well.
      await this.#ask("/api/accounts/start", { actionId, channel, account });
    }
    const left = stopped.length === 0 ? stopped : await this.#stoppedAccounts();
    if (left === null) return NO_ANSWER;
    return left.length === 0 ? { kind: "done" } : { kind: "refused", why: "an account is still stopped" };
  }

  async #stoppedAccounts() {
    const known = await this.#ask<Wire["accounts"]>("/api/accounts");
    return known?.accounts.filter(({ status }) => status === "stopped") ?? null;
  }

  /** `null`: it is down, doesn't answer in time, or refuses. */
  async #ask<T>(path: string, body?: object): Promise<T | null> {
    const { clock, url } = this.#options;
    const base = url();
    if (base === null) return null;
    const given = new AbortController();
    const post = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const asked = async (): Promise<T | null> => {
      try {
        const init = { ...(body !== undefined && post), signal: given.signal };
        const response = await fetch(new URL(path, base), init);
        return response.ok ? ((await response.json()) as T) : null;
      } catch {
        // It was killed, or the time is up: the next call sees.
        return null;
      }
    };
    const answer = await inTime(clock, TIMEOUT_MS, asked);
    if (answer === "late") given.abort();
    return answer === "late" ? null : answer;
  }
}
