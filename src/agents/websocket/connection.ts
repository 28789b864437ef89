import { type AgentHost, answerRefusalReason, type DeferredReplyResult } from "../agent.ts";
import { keyOf } from "../protocol.ts";
import type { AgentSocket, SocketListener } from "../socket.ts";
import type { AgentInstance } from "./agent-instance.ts";
import {
  type AgentFrame,
  answeredBy,
  FRAME_LIMIT_BYTES,
  type FrameOfTurn,
  type GatewayFrame,
  type Hello,
  PROTOCOL_VERSION,
  readAgentFrame,
  type TurnRef,
} from "./frames.ts";

/** Time limit for a valid hello, in ms. */
const HELLO_TIMEOUT_MS = 10_000;

interface Registration {
  /** Whether the upgrade request was authenticated. */
  readonly isAuthenticated: boolean;
  isAllowed(hello: Hello): boolean;
  register(hello: Hello): { instance: AgentInstance; resumed: TurnRef[]; lost: TurnRef[] };
  deregister(instance: AgentInstance): void;
  onEnd(): void;
}

type Answering = FrameOfTurn & { readonly type: "reply" | "done" };

export class Connection implements SocketListener {
  readonly #socket: AgentSocket;
  readonly #host: AgentHost;
  readonly #registration: Registration;
  readonly #cancelHello: () => void;
  #instance: AgentInstance | null = null;
  #hasEnded = false;

  constructor(socket: AgentSocket, host: AgentHost, registration: Registration) {
    this.#socket = socket;
    this.#host = host;
    this.#registration = registration;
    this.#cancelHello = host.clock.after(HELLO_TIMEOUT_MS, () =>
      this.end(4408, `no hello within ${HELLO_TIMEOUT_MS} ms`),
    );
  }

  get isAnonymous(): boolean {
    return !this.#registration.isAuthenticated && this.#instance === null;
  }

  onText(text: string): void {
    if (this.#hasEnded) return;
    const frame = readAgentFrame(text);
    if (frame.ok) this.#onFrame(frame.value);
    else this.#notUnderstood(text, frame.reason);
  }

  /**
   * An answer that can't be read ends its turn: asked again, the agent would give the same. It is refused as well, also
   * when its turn has ended: an agent waits for the response to each answer.
   */
  #notUnderstood(text: string, reason: string): void {
    this.#problem(reason);
    const instance = this.#instance;
    const answered = instance === null ? null : answeredBy(text);
    if (instance === null || answered === null) return;
    const { seq, ...turnRef } = answered;
    const work = instance.workOf(turnRef);
    const refuse = () => {
      work?.end({ kind: "rejected", reason: `the agent's answer can't be read: ${reason}` });
      instance.send({ type: "refused", ...turnRef, seq, code: "unsayable", message: reason, retry: false });
    };
    if (work === null) refuse();
    // Behind the parts that it gave before, which are being stored.
    else work.last = work.last.then(refuse);
  }

  onBinary(): void {
    this.#problem("the frame: read bytes; allowed is JSON text");
  }

  onClose(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancelHello();
    this.#registration.onEnd();
    if (this.#instance !== null) this.#registration.deregister(this.#instance);
  }

  end(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.onClose();
  }

  #onFrame(frame: AgentFrame): void {
    const instance = this.#instance;
    if (frame.type === "ping") this.#send({ type: "pong", id: frame.id });
    else if (frame.type === "hello") this.#onHello(frame);
    else if (frame.type === "pong") return;
    else if (instance === null) this.#problem("type: read another frame before hello; allowed is hello first");
    else this.#onTurnFrame(instance, frame);
  }

  #onHello(hello: Hello): void {
    if (this.#instance !== null) {
      this.#problem("type: read a second hello; allowed is one per connection");
      return;
    }
    this.#cancelHello();
    if (!this.#registration.isAllowed(hello)) {
      this.end(4401, "the token is missing or wrong");
      return;
    }
    const { instance, resumed, lost } = this.#registration.register(hello);
    this.#instance = instance;
    const { leaseMs } = this.#host;
    const version = PROTOCOL_VERSION;
    this.#send({ type: "welcome", version, leaseMs, frameLimitBytes: FRAME_LIMIT_BYTES, resumed, lost });
  }

  /** Every frame about a turn renews its lease; for a lost turn the agent gets a `cancel`. */
  #onTurnFrame(instance: AgentInstance, frame: FrameOfTurn): void {
    if (frame.type === "reply" || frame.type === "done") {
      this.#onAnswer(instance, frame);
      return;
    }
    const work = instance.workOf(frame);
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

  /** An answer is accepted by turn and fence alone, from any connection, as in the reply API. */
  #onAnswer(instance: AgentInstance, frame: Answering): void {
    const work = instance.workOf(frame);
    if (work !== null) {
      work.touch();
      work.accepted = true;
      if (frame.type === "done") work.ending = true;
    }
    const { turnId, fence, seq } = frame;
    const done = frame.type === "done";
    const before = work?.last ?? Promise.resolve();
    const answered = before.then(() => this.#host.answer({ turnId, fence, ...frame.replies, done, key: keyOf(seq) }));
    const responded = answered.then((result) => {
      // On the instance's current connection: this one may have ended meanwhile.
      instance.send(responseFrame({ turnId, fence }, seq ?? null, result));
      if (!done || work === null) return;
      if (result.kind === "queued" || result.kind === "fenced" || result.kind === "no-such-turn") work.end(OVER);
      else work.ending = false;
    });
    // An unexpected error ends only this connection; the agent repeats the answer on the next one.
    const processed = responded.catch((error: unknown) => {
      this.#host.log.error({ turnId, fence, reason: String(error) }, "agent's answer failed");
      this.end(1011, "internal error");
    });
    if (work !== null) work.last = processed;
  }

  #problem(message: string): void {
    this.#host.log.warn({ agent: this.#instance?.name ?? null, reason: message }, "agent's frame not understood");
    this.#send({ type: "problem", message });
  }

  #send(frame: GatewayFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }
}

/** The pipeline already has the answer. */
const OVER = { kind: "accepted" } as const;

function responseFrame(turnRef: TurnRef, seq: number | null, result: DeferredReplyResult): GatewayFrame {
  if (result.kind === "queued") {
    const { deliveryIds, repeated, refused } = result;
    const ack = { type: "ack" as const, ...turnRef, seq, deliveryIds: [...deliveryIds], repeated };
    return refused.length === 0 ? ack : { ...ack, refused: [...refused] };
  }
  const retry = result.kind === "unavailable";
  return { type: "refused", ...turnRef, seq, code: result.kind, message: answerRefusalReason(result), retry };
}
