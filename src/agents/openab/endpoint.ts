import type { ClaimedTurn } from "../../core/turn.ts";
import { isToken } from "../../runtime/bearer-token.ts";
import { type Agent, type AgentHost, type AgentOutcome, type ConnectedAgent, connectionEnded } from "../agent.ts";
import type { AgentSocket, SocketEndpoint } from "../socket.ts";
import { CoreConnection, type EventRef } from "./core-connection.ts";
import { EventAnswers } from "./event-answers.ts";
import { framesOf } from "./events.ts";
import { FRAME_LIMIT_BYTES, platformOf } from "./frames.ts";
import { type FetchMedia, fetchFrom } from "./media.ts";
import { OpenabTurnWork, type QuietPeriods } from "./turn-work.ts";

export interface OpenabOptions {
  /** Token of the cores (`?token=`). Cores don't encode it: use URL-safe characters. */
  readonly token: string;
  /**
   * `last`: one frame per turn, its texts joined, with the id of its last event. `each`: one per event. Default `last`.
   */
  readonly events?: "last" | "each";
  /**
   * Which of several connected cores get a turn. `one`: one of them. `all`: every one, as openab's own gateway does;
   * two cores then give two answers. Default `one`.
   */
  readonly cores?: "one" | "all";
  /**
   * Whether a turn that a core had accepted (by a reaction or a message) is given to another core after its core was
   * disconnected for a lease. `true` may cause a second answer; `false` makes the turn dead. Default `false`.
   */
  readonly replayAccepted?: boolean;
  /** Debounce of the messages of one answer, in ms: they become one delivery. Default 250. */
  readonly coalesceMs?: number;
  /** A streamed answer is complete after this time without an edit, in ms. Default 10 000. */
  readonly streamQuietMs?: number;
  /** Maximum number of concurrent turns per core. Default 64. */
  readonly turnsAtOnce?: number;
  /** Fetches media content. Default: from the platform, up to the frame limit. */
  readonly fetchMedia?: FetchMedia;
}

/** openab cores, which connect to `GET /ws`. While none is connected, turns wait. */
export function openabAgent(options: OpenabOptions): Agent {
  const hub = new CoreHub(options);
  const endpoint: SocketEndpoint = {
    path: "/ws",
    frameLimitBytes: FRAME_LIMIT_BYTES,
    admits: ({ query, bearer }) => isToken(query.get("token") ?? bearer ?? "", options.token),
    open: (socket) => hub.connect(socket),
  };
  return {
    name: "openab",
    transports: ["openab"],
    instances: () => hub.describe(),
    endpoints: [endpoint],
    attach: (host) => {
      hub.host = host;
    },
    isReachable: () => hub.cores.size > 0,
    freePlaces: () => hub.freePlaces,
    invoke: (turn, signal) => hub.give(turn, signal),
    secrets: () => [options.token],
    close: async () => {
      for (const core of hub.cores) core.end(1012, "the gateway is restarting: connect again");
    },
  };
}

/** Delay before a turn without a free core is offered again, in ms. */
const RETRY_OFFER_MS = 250;

/** Connected cores and their turns. */
class CoreHub {
  host: AgentHost | null = null;
  readonly cores = new Set<CoreConnection>();
  readonly options: OpenabOptions;
  readonly #works = new Map<string, OpenabTurnWork>();
  readonly #eventAnswers = new EventAnswers<CoreConnection>();
  readonly #quiet: QuietPeriods;
  readonly #turnsAtOnce: number;

  constructor(options: OpenabOptions) {
    const { coalesceMs = 250, streamQuietMs = 10_000, turnsAtOnce = 64 } = options;
    this.options = options;
    this.#quiet = { coalesceMs, streamMs: streamQuietMs };
    this.#turnsAtOnce = turnsAtOnce;
  }

  get all(): boolean {
    return this.options.cores === "all";
  }

  get freePlaces(): number {
    const cores = this.all ? Math.min(1, this.cores.size) : this.cores.size;
    return Math.max(0, cores * this.#turnsAtOnce - this.#works.size);
  }

  /** An openab core tells no name and no id. */
  describe(): ConnectedAgent[] {
    return [...this.cores].map(({ works }) => ({
      transport: "openab",
      name: "openab",
      instance: null,
      freePlaces: Math.max(0, this.#turnsAtOnce - works.size),
      turns: works.size,
    }));
  }

  connect(socket: AgentSocket): CoreConnection {
    const { host } = this;
    if (host === null) throw new Error("a core connected before attach was called");
    const core = new CoreConnection(socket, host, this);
    this.cores.add(core);
    host.countConnections(1);
    host.log.info({ agent: "openab", cores: this.cores.size }, "agent connected");
    host.wake();
    return core;
  }

  /** Gives the turn to one core, or to all; resolves when it is answered, given up or aborted. */
  async give(turn: ClaimedTurn, signal: AbortSignal): Promise<AgentOutcome> {
    const { host } = this;
    if (host === null) throw new Error("a turn arrived before attach was called");
    const { events, fetchMedia = fetchFrom(host) } = this.options;
    const frames = await framesOf(turn, { split: events === "each", fetchMedia });
    if (frames.length === 0) return { kind: "answered", replies: [] };
    const cores = this.all
      ? [...this.cores]
      : [...this.cores].toSorted((a, b) => a.works.size - b.works.size).slice(0, 1);
    if (signal.aborted || cores.length === 0) {
      return { kind: "returned", reason: "no core is connected", afterMs: RETRY_OFFER_MS };
    }
    const { promise, resolve } = Promise.withResolvers<AgentOutcome>();
    const work = new OpenabTurnWork(turn, host, this.#quiet, resolve);
    const abort = () => work.end({ kind: "returned", reason: "the turn is no longer the agent's", afterMs: 0 });
    work.onOver = () => {
      signal.removeEventListener("abort", abort);
      if (this.#works.get(turn.turnId) === work) this.#works.delete(turn.turnId);
      for (const core of cores) core.works.delete(work);
      host.wake();
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#works.set(turn.turnId, work);
    for (const core of cores) {
      core.works.add(work);
      this.#eventAnswers.given(eventIdsOf(work), core);
      for (const frame of frames) core.send(frame);
    }
    return await promise;
  }

  /**
   * The turn of that event; else the current one of its conversation: older cores name an earlier event. `late`: a
   * second answer to an answered event.
   */
  workOf(core: CoreConnection, { eventId, platform, peerId }: EventRef): OpenabTurnWork | "late" | null {
    const works = [...this.#works.values()];
    const own = works.find(({ turn }) => turn.events.some((event) => event.eventId === eventId));
    if (own !== undefined) return own;
    if (!this.all && this.#eventAnswers.isSecondAnswer(eventId, core)) return "late";
    return works.find(({ turn }) => isOf(turn, platform, peerId)) ?? null;
  }

  answered(work: OpenabTurnWork, core: CoreConnection): void {
    this.#eventAnswers.answered(eventIdsOf(work), core);
  }

  /** The turn with that platform message, or the current one of its conversation: for reactions and edits. */
  workOfMessage(messageId: string, platform: string, peerId: string): OpenabTurnWork | null {
    const works = [...this.#works.values()].filter(({ turn }) => isOf(turn, platform, peerId));
    return (
      works.find(({ turn }) => turn.events.some(({ content }) => content.message?.id === messageId)) ?? works[0] ?? null
    );
  }

  /** Its connection ended. Turns that it had not accepted are offered again; the others may still be answered. */
  deregister(core: CoreConnection, host: AgentHost): void {
    if (!this.cores.delete(core)) return;
    host.countConnections(-1);
    host.log.info({ agent: "openab", cores: this.cores.size, openTurns: core.works.size }, "agent disconnected");
    for (const work of [...core.works]) {
      const hasOtherCore = [...this.cores].some((other) => other.works.has(work));
      if (hasOtherCore) continue;
      if (!work.isAccepted) work.end(connectionEnded(work.turn, "the core's connection ended"));
      else host.clock.after(host.leaseMs, () => this.#endAccepted(work));
    }
  }

  /** Its core accepted the turn and has not come back within a lease. */
  #endAccepted(work: OpenabTurnWork): void {
    if (work.isOver) return;
    const reason = "the core had accepted the turn, and its connection ended";
    work.end(this.options.replayAccepted ? { kind: "failed", reason, retryAfterMs: 0 } : { kind: "rejected", reason });
  }
}

const eventIdsOf = ({ turn }: OpenabTurnWork) => turn.events.map(({ eventId }) => eventId);

function isOf(turn: ClaimedTurn, platform: string, peerId: string): boolean {
  const { conversation } = turn;
  return platformOf(conversation.channel, conversation.account) === platform && conversation.peerId === peerId;
}
