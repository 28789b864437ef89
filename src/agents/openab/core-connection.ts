import { reasonOf } from "../../runtime/log.ts";
import { setNewest } from "../../runtime/lru.ts";
import type { AgentHost, ProactiveMessageResult } from "../agent.ts";
import type { AgentSocket, SocketListener } from "../socket.ts";
import {
  type ClientHello,
  type CoreReply,
  hello,
  parsePlatform,
  platformOf,
  REPLY,
  readCoreFrame,
  requestIdOf,
  response,
  type WriteOutcome,
} from "./frames.ts";
import type { OpenabTurnWork } from "./turn-work.ts";
import { untilStored } from "./until-stored.ts";

/** The event that a core answers, and its conversation. */
export interface EventRef {
  readonly eventId: string;
  readonly platform: string;
  readonly peerId: string;
}

/** The part of the hub that a connection uses. */
export interface CoreRegistry {
  readonly cores: ReadonlySet<CoreConnection>;
  readonly all: boolean;
  workOf(core: CoreConnection, named: EventRef): OpenabTurnWork | "late" | null;
  /** Records that this core has begun to answer. */
  answered(work: OpenabTurnWork, core: CoreConnection): void;
  workOfMessage(messageId: string, platform: string, peerId: string): OpenabTurnWork | null;
  deregister(core: CoreConnection, host: AgentHost): void;
}

/** Reaction that marks a complete answer (openab: `src/config.rs`, defaults of the reactions). */
const FINAL_MARK = "🆗";

/** Size of the cache of responses to repeated requests. */
const CACHE_SIZE = 1_000;

export class CoreConnection implements SocketListener {
  readonly works = new Set<OpenabTurnWork>();
  readonly #socket: AgentSocket;
  readonly #host: AgentHost;
  readonly #hub: CoreRegistry;
  #hasEnded = false;
  /** Response by request id; `null`: in progress. */
  readonly #responses = new Map<string, WriteOutcome | null>();

  constructor(socket: AgentSocket, host: AgentHost, hub: CoreRegistry) {
    this.#socket = socket;
    this.#host = host;
    this.#hub = hub;
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  end(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.onClose();
  }

  onText(text: string): void {
    if (this.#hasEnded) return;
    const frame = readCoreFrame(text);
    if (!frame.ok) this.#refuse(requestIdOf(text), frame.reason);
    else if (frame.value.schema === REPLY) this.#onReply(frame.value);
    else this.#onHello(frame.value);
  }

  onBinary(): void {
    this.#refuse("", "the frame: read bytes; allowed is JSON text");
  }

  onClose(): void {
    this.#hasEnded = true;
    this.#hub.deregister(this, this.#host);
  }

  /** The protocol has no error frame: a response with an unknown request id is readable and ignored by every core. */
  #refuse(requestId: string, error: string): void {
    this.#host.log.warn({ agent: "openab", reason: error }, "agent's frame not understood");
    this.send(response(requestId, { kind: "rejected", code: "malformed", error }));
  }

  #onHello({ requested_platforms: wanted }: ClientHello): void {
    const platforms = this.#host.accountKeys.map((accountKey) => {
      const { channel, account } = parsePlatform(accountKey);
      return platformOf(channel, account);
    });
    const named = wanted.length === 0 ? platforms : platforms.filter((platform) => wanted.includes(platform));
    this.send(hello(named, { count: this.#hub.cores.size, all: this.#hub.all }));
  }

  #onReply(reply: CoreReply): void {
    const requestId = reply.request_id ?? null;
    const earlier = requestId === null ? undefined : this.#responses.get(requestId);
    // In progress: the response follows.
    if (earlier === null) return;
    if (requestId !== null && earlier !== undefined) {
      this.send(response(requestId, earlier));
      return;
    }
    if (requestId !== null) setNewest(this.#responses, requestId, null, CACHE_SIZE);
    const respond = (outcome: WriteOutcome) => {
      if (requestId === null) return;
      setNewest(this.#responses, requestId, outcome, CACHE_SIZE);
      this.send(response(requestId, outcome));
    };
    const command = reply.command ?? "";
    if (command === "") this.#onMessage(reply, requestId, respond);
    else this.#onCommand(command, reply, respond);
  }

  #onMessage(reply: CoreReply, requestId: string | null, respond: (outcome: WriteOutcome) => void): void {
    const { text } = reply.content;
    if (text.trim() === "") {
      respond({
        kind: "rejected",
        code: "empty",
        error: "content.text: read an empty text; allowed is a non-empty one",
      });
      return;
    }
    // Without an event id it is a proactive message, never a turn's answer.
    const named = { eventId: reply.reply_to, platform: reply.platform, peerId: reply.channel.id };
    const work = named.eventId === "" ? null : this.#hub.workOf(this, named);
    if (work === "late") {
      this.#host.log.warn({ agent: "openab", eventId: reply.reply_to }, "second answer to one event refused");
      respond({ kind: "rejected", code: "fenced", error: "the event was handed out again and has been answered" });
    } else if (work !== null) {
      this.#hub.answered(work, this);
      work.addMessage(text, requestId, respond);
    } else {
      this.#post(reply, requestId, respond).catch((error: unknown) => {
        this.#host.log.error({ agent: "openab", reason: reasonOf(error) }, "agent's message failed");
        respond({ kind: "rejected", code: "internal", error: "internal error" });
      });
    }
  }

  /** Commands are never delivered as text. */
  #onCommand(command: string, reply: CoreReply, respond: (outcome: WriteOutcome) => void): void {
    const target = reply.target_message_id ?? reply.reply_to;
    const work = this.#hub.workOfMessage(target, reply.platform, reply.channel.id);
    switch (command) {
      case "add_reaction":
      case "remove_reaction":
        if (work !== null) {
          work.isAccepted = true;
          if (command === "add_reaction" && reply.content.text === FINAL_MARK) work.finish();
        }
        respond({ kind: "delivered", messageId: target });
        return;
      case "edit_message":
        work?.rewrite(reply.content.text);
        if (work === null) this.#host.log.warn({ agent: "openab" }, "an edit came after its answer had been sent");
        respond({ kind: "delivered", messageId: target });
        return;
      case "delete_message":
        work?.retract();
        respond({ kind: "delivered", messageId: target });
        return;
      default:
        respond({ kind: "rejected", code: "unsupported", error: "this gateway doesn't know that command" });
    }
  }

  /** A late part of an answer, or a proactive message. */
  async #post(reply: CoreReply, requestId: string | null, respond: (outcome: WriteOutcome) => void): Promise<void> {
    const to = { ...parsePlatform(reply.platform), peerId: reply.channel.id };
    const replies = [{ type: "text", text: reply.content.text } as const];
    const key = requestId === null ? null : `request:${requestId}`;
    const result = await untilStored(this.#host, () => this.#host.post({ to, replies, key, deliverBy: null }));
    if (result.kind === "queued") {
      respond({ kind: "delivered", messageId: result.deliveryIds[0] ?? reply.channel.id });
      return;
    }
    this.#host.log.warn({ agent: "openab", reason: result.kind }, "agent's message can't be sent");
    respond({ kind: "rejected", code: result.kind, error: POST_ERRORS[result.kind] });
  }
}

const POST_ERRORS: Readonly<Record<Exclude<ProactiveMessageResult["kind"], "queued">, string>> = {
  "no-such-channel": "platform: not configured at this gateway",
  "no-such-conversation": "channel.id: no message was ever received from it",
  "too-late": "its deadline has passed",
  unsayable: "it can't be rendered for the platform",
  unavailable: "the store is unavailable",
};
