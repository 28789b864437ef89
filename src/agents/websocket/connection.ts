import type { AgentHost, AnswerTaken } from "../agent.ts";
import { keyOf } from "../protocol.ts";
import type { AgentSocket, SocketListener } from "../socket.ts";
import type { AgentInstance } from "./agent-instance.ts";
import {
  type AgentFrame,
  DIALECT_VERSION,
  FRAME_LIMIT_BYTES,
  type GatewayFrame,
  type Held,
  type HeldFrame,
  type Hello,
  readAgentFrame,
} from "./frames.ts";

/** A connection without a good hello is closed after this long, in ms. */
const HELLO_MS = 10_000;

export interface Entrance {
  /** Whether the token was shown before the first frame. */
  readonly isKnown: boolean;
  isAllowed(hello: Hello): boolean;
  enter(hello: Hello): { instance: AgentInstance; resumed: Held[]; lost: Held[] };
  leave(instance: AgentInstance): void;
  onEnd(): void;
}

type Answering = HeldFrame & { readonly type: "reply" | "done" };

/** Reads the frames of one connection and turns them into what they mean for its instance. */
export class Connection implements SocketListener {
  readonly #socket: AgentSocket;
  readonly #host: AgentHost;
  readonly #entrance: Entrance;
  readonly #cancelHello: () => void;
  #instance: AgentInstance | null = null;
  #hasEnded = false;

  constructor(socket: AgentSocket, host: AgentHost, entrance: Entrance) {
    this.#socket = socket;
    this.#host = host;
    this.#entrance = entrance;
    this.#cancelHello = host.clock.after(HELLO_MS, () => this.end(4408, `no hello within ${HELLO_MS} ms`));
  }

  get isAnonymous(): boolean {
    return !this.#entrance.isKnown && this.#instance === null;
  }

  onText(text: string): void {
    if (this.#hasEnded) return;
    const frame = readAgentFrame(text);
    if (frame.ok) this.#take(frame.value);
    else this.#problem(frame.reason);
  }

  onBinary(): void {
    this.#problem("the frame: read bytes; allowed is text that is JSON");
  }

  onClose(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancelHello();
    this.#entrance.onEnd();
    if (this.#instance !== null) this.#entrance.leave(this.#instance);
  }

  end(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.onClose();
  }

  #take(frame: AgentFrame): void {
    const instance = this.#instance;
    if (frame.type === "ping") this.#send({ type: "pong", id: frame.id });
    else if (frame.type === "hello") this.#greet(frame);
    else if (frame.type === "pong") return;
    else if (instance === null) this.#problem("type: read another frame first; allowed is hello");
    else this.#hear(instance, frame);
  }

  #greet(hello: Hello): void {
    if (this.#instance !== null) {
      this.#problem("type: read a second hello; allowed is one a connection");
      return;
    }
    this.#cancelHello();
    if (!this.#entrance.isAllowed(hello)) {
      this.end(4401, "the token is missing or wrong");
      return;
    }
    const { instance, resumed, lost } = this.#entrance.enter(hello);
    this.#instance = instance;
    const { leaseMs } = this.#host;
    const version = DIALECT_VERSION;
    this.#send({ type: "welcome", version, leaseMs, frameLimitBytes: FRAME_LIMIT_BYTES, resumed, lost });
  }

  /** Every word about a turn counts as activity; one about a turn that is not the agent's any more is told so. */
  #hear(instance: AgentInstance, frame: HeldFrame): void {
    if (frame.type === "reply" || frame.type === "done") {
      this.#answer(instance, frame);
      return;
    }
    const work = instance.held(frame);
    if (work === null) {
      this.#send({ type: "cancel", turnId: frame.turnId, fence: frame.fence, reason: "the turn is no longer yours" });
      return;
    }
    work.touch();
    work.accepted = true;
    if (frame.type !== "error") return;
    const { reason, retryable, retryAfterMs } = frame;
    work.end(retryable ? { kind: "failed", reason, retryAfterMs } : { kind: "rejected", reason });
  }

  /** An answer is taken by its turn and fence alone, whoever brings it: the fence decides, as for the reply API. */
  #answer(instance: AgentInstance, frame: Answering): void {
    const work = instance.held(frame);
    if (work !== null) {
      work.touch();
      work.accepted = true;
      if (frame.type === "done") work.ending = true;
    }
    const { turnId, fence, seq, replies } = frame;
    const done = frame.type === "done";
    const before = work?.last ?? Promise.resolve();
    const taken = before.then(() => this.#host.answer({ turnId, fence, replies, done, key: keyOf(seq) }));
    const told = taken.then((result) => {
      // On the instance's newest connection: this one may have dropped meanwhile.
      instance.send(wordFor({ turnId, fence }, seq ?? null, result));
      if (!done || work === null) return;
      if (result.kind === "taken" || result.kind === "fenced" || result.kind === "no-such-turn") work.end(OVER);
      else work.ending = false;
    });
    // What nobody expected ends this connection and nothing else; the agent says it again on the next one.
    const dealtWith = told.catch((error: unknown) => {
      this.#host.log.error({ turnId, fence, reason: String(error) }, "agent's answer failed");
      this.end(1011, "internal error");
    });
    if (work !== null) work.last = dealtWith;
  }

  #problem(message: string): void {
    this.#host.log.warn({ agent: this.#instance?.name ?? null, reason: message }, "agent's frame not understood");
    this.#send({ type: "problem", message });
  }

  #send(frame: GatewayFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }
}

/** The pipeline has learnt of the answer by the answer itself. */
const OVER = { kind: "accepted" } as const;

function wordFor(held: Held, seq: number | null, result: AnswerTaken): GatewayFrame {
  const refused = (code: Exclude<AnswerTaken["kind"], "taken">, message: string, retry = false): GatewayFrame => ({
    type: "refused",
    ...held,
    seq,
    code,
    message,
    retry,
  });
  switch (result.kind) {
    case "taken":
      return { type: "ack", ...held, seq, deliveryIds: [...result.deliveryIds], repeated: result.repeated };
    case "fenced":
      return refused("fenced", "the turn was answered, or handed out again with a higher fence: drop this answer");
    case "no-such-turn":
      return refused("no-such-turn", "there is no such turn");
    case "unsayable":
      return refused("unsayable", result.reason);
    case "unavailable":
      return refused("unavailable", "the store is unavailable: send it again in a second", true);
    default:
      return result satisfies never;
  }
}
