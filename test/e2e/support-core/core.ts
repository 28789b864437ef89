/**
 * An openab core as the protocol describes it: the WebSocket client that an openab bot is. It keeps to what a core reads
 * and writes on the wire and knows nothing of the gateway it talks to.
 */
import { randomUUID } from "node:crypto";
import WebSocket from "ws";
import { until } from "../support/eventually.ts";
import { type Capabilities, type GatewayEvent, type Hello, LEGACY, type Response, readFrame } from "./frames.ts";

/**
 * `old`: no hello, no acks asked for but while it streams, reactions on every platform.
 * `new`: says hello and does what the answer's capabilities allow.
 * `new-unheard`: a new core that says no hello, as one that talks to an older gateway ends up.
 */
export type Generation = "old" | "new" | "new-unheard";

/** A core's own patience (`gateway_ack_timeout_secs`): an answer whose ack is later counts as failed there. */
const ACK_TIMEOUT_MS = 12_000;

/** A core that streams waits so long for the ack of its placeholder, and then streams without. */
const STREAMING_ACK_MS = 5_000;

interface Reply {
  readonly replyTo: string;
  readonly channelId: string;
  readonly text: string;
  readonly command?: string;
  readonly requestId?: string;
}

export class Core implements AsyncDisposable {
  readonly events: GatewayEvent[] = [];
  readonly responses: Response[] = [];
  /** Frames that a core would log and drop. None should come. */
  readonly unreadable: string[] = [];
  hello: Hello | null = null;
  readonly #generation: Generation;
  #socket: WebSocket | null = null;
  /** Connections this core has had. */
  connections = 0;
  /** Whether it shows that it took an event up. A core does unless it is busy when its socket goes. */
  reactsAtOnce = true;

  constructor(generation: Generation) {
    this.#generation = generation;
  }

  /** Connects as a core does: the token raw in the URL, no header, no subprotocol, the hello as the first frame. */
  async connect(gatewayUrl: string, token: string): Promise<void> {
    const socket = new WebSocket(`${gatewayUrl.replace(/^http/, "ws")}/ws?token=${token}`);
    this.#socket = socket;
    this.hello = null;
    socket.on("message", (data, isBinary) => {
      if (!isBinary) this.#take(String(data));
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    socket.on("error", () => undefined);
    this.connections += 1;
    if (this.#generation === "new") {
      this.sendRaw(
        JSON.stringify({
          schema: "openab.gateway.client_hello.v1",
          protocol_version: 1,
          client_name: "openab-core/0.9.0",
          requested_platforms: [],
        }),
      );
      await until("the gateway's hello", () => this.hello !== null);
    }
  }

  get isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** The network goes: no close frame, no goodbye. */
  async loseConnection(): Promise<void> {
    const socket = this.#socket;
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.terminate();
    await closed;
  }

  /** What this core may do on LINE: as negotiated, or a core's legacy set. */
  get capabilities(): Capabilities {
    return this.hello === null ? LEGACY[this.#generation] : (this.hello.capabilities.line ?? LEGACY.closed);
  }

  eventsOf(channelId: string): readonly GatewayEvent[] {
    return this.events.filter(({ channel }) => channel.id === channelId);
  }
  async hasEvents(channelId: string, count: number): Promise<readonly GatewayEvent[]> {
    return await until(`${count} events`, () => {
      const events = this.eventsOf(channelId);
      return events.length >= count && events;
    });
  }

  /** An answer, split by the platform's limit, frame by frame: with acks each waits for the one before. */
  async answers(event: GatewayEvent, text: string, replyTo: string = event.event_id): Promise<readonly Response[]> {
    const acks: Response[] = [];
    for (const part of split(text, this.capabilities.message_limit)) {
      const reply = { replyTo, channelId: event.channel.id, text: part };
      if (this.capabilities.send_ack) acks.push(await this.#sendsAndWaits(reply));
      else this.#send(reply);
    }
    return acks;
  }

  /** What a core says by itself, for example from cron: `reply_to` is empty. */
  async tells(channelId: string, text: string): Promise<void> {
    const reply = { replyTo: "", channelId, text };
    if (this.capabilities.send_ack) await this.#sendsAndWaits(reply);
    else this.#send(reply);
  }

  /** A reaction or another command, of which no answer is waited for. `target` is the platform's id of a message. */
  commands(command: string, event: GatewayEvent, text: string, target: string = event.message_id): void {
    this.#send({ replyTo: target, channelId: event.channel.id, text, command });
  }

  reacts(event: GatewayEvent, emoji: string): void {
    if (this.capabilities.supports_reactions) this.commands("add_reaction", event, emoji);
  }

  /** An answer that grows: a placeholder, then edits of it. A core that may not stream here sends the final text once. */
  async streams(event: GatewayEvent, growing: readonly string[], final: string): Promise<void> {
    if (this.capabilities.streaming_mode !== "edit") {
      await this.answers(event, final);
      return;
    }
    const target = await this.placeholder(event);
    for (const text of [...growing, final]) this.commands("edit_message", event, text, target);
  }

  /** Sends the "…" that a core edits later, and resolves with what it then calls it: the ack's id, or this name without one. */
  async placeholder(event: GatewayEvent): Promise<string> {
    const requestId = newRequestId();
    this.#send({ replyTo: event.event_id, channelId: event.channel.id, text: "…", requestId });
    const ack = () => this.responses.find(({ request_id }) => request_id === requestId);
    return (await until("the placeholder's ack", ack, STREAMING_ACK_MS).catch(() => null))?.message_id ?? "gw_sent";
  }

  sendRaw(data: string | Buffer): void {
    if (this.#socket === null) throw new Error("the core was never connected");
    this.#socket.send(data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.loseConnection();
  }

  #send({ replyTo, channelId, text, command, requestId }: Reply): void {
    this.sendRaw(
      JSON.stringify({
        schema: "openab.gateway.reply.v1",
        reply_to: replyTo,
        platform: "line",
        channel: { id: channelId },
        content: { type: "text", text },
        ...(command !== undefined && { command }),
        ...(requestId !== undefined && { request_id: requestId }),
      }),
    );
  }

  /** As a core does: no ack in time, a refusal, and an ack without a message id all fail the turn. */
  async #sendsAndWaits(reply: Reply): Promise<Response> {
    const requestId = newRequestId();
    this.#send({ ...reply, requestId });
    const ack = await until(
      "the ack within a core's patience",
      () => this.responses.find(({ request_id }) => request_id === requestId),
      ACK_TIMEOUT_MS,
    );
    const outcome = ack.outcome ?? (ack.success ? "delivered" : "rejected");
    if (outcome !== "delivered") throw new Error(`the gateway answered ${outcome}: ${ack.error}`);
    if (!ack.message_id) throw new Error("missing_message_id");
    return ack;
  }

  #take(data: string): void {
    const frame = readFrame(data);
    if (frame === null) this.unreadable.push(data);
    else if (frame.kind === "hello") this.hello = frame.hello;
    else if (frame.kind === "response") this.responses.push(frame.response);
    else {
      this.events.push(frame.event);
      if (this.reactsAtOnce) this.reacts(frame.event, "👀");
    }
  }
}

const newRequestId = () => `req_${randomUUID()}`;

/** A core counts Unicode scalars. */
function split(text: string, { unit, max = 0 }: Capabilities["message_limit"]): string[] {
  if (unit === "unlimited") return [text];
  if (unit !== "characters") throw new Error(`this core splits by characters only, not by ${unit}`);
  const scalars = [...text];
  const parts = Math.max(1, Math.ceil(scalars.length / max));
  return Array.from({ length: parts }, (_, index) => scalars.slice(index * max, (index + 1) * max).join(""));
}
