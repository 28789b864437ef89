import { reasonOf } from "../../runtime/log.ts";
import type { AgentHost, MessageTaken } from "../agent.ts";
import type { AgentSocket, SocketListener } from "../socket.ts";
import {
  accountOf,
  type ClientHello,
  type CoreReply,
  hello,
  platformOf,
  REPLY,
  readCoreFrame,
  requestIdOf,
  response,
  type WriteOutcome,
} from "./frames.ts";
import { untilStored } from "./until-stored.ts";
import type { Work } from "./work.ts";

/** The event that a core answers, and its conversation. */
export interface Named {
  readonly eventId: string;
  readonly platform: string;
  readonly peerId: string;
}

/** What a connection needs of the hub. */
export interface Cores {
  readonly cores: ReadonlySet<Core>;
  readonly all: boolean;
  workOf(core: Core, named: Named): Work | "late" | null;
  /** That core has begun to answer. */
  answered(work: Work, core: Core): void;
  workOfMessage(messageId: string, platform: string, peerId: string): Work | null;
  leave(core: Core, host: AgentHost): void;
}

/** A core marks with it that its answer is whole. openab: `src/config.rs`, the reactions' defaults. */
const FINAL_MARK = "🆗";

/** Answers that are remembered, to give the same to a request that is repeated. */
const REMEMBERED = 1_000;

/** Reads the frames of one core. */
export class Core implements SocketListener {
  readonly works = new Set<Work>();
  readonly #socket: AgentSocket;
  readonly #host: AgentHost;
  readonly #hub: Cores;
  #hasEnded = false;
  /** `null`: it is being dealt with. */
  readonly #answered = new Map<string, WriteOutcome | null>();

  constructor(socket: AgentSocket, host: AgentHost, hub: Cores) {
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
    else if (frame.value.schema === REPLY) this.#take(frame.value);
    else this.#greet(frame.value);
  }

  onBinary(): void {
    this.#refuse("", "the frame: read bytes; allowed is text that is JSON");
  }

  onClose(): void {
    this.#hasEnded = true;
    this.#hub.leave(this, this.#host);
  }

  /** The protocol has no frame for an error: a response to no request is what every core can read, and ignores. */
  #refuse(requestId: string, error: string): void {
    this.#host.log.warn({ agent: "openab", reason: error }, "agent's frame not understood");
    this.send(response(requestId, { kind: "rejected", code: "malformed", error }));
  }

  #greet({ requested_platforms: wanted }: ClientHello): void {
    const platforms = this.#host.accounts.map((account) => {
      const { channel, account: name } = accountOf(account);
      return platformOf(channel, name);
    });
    const named = wanted.length === 0 ? platforms : platforms.filter((platform) => wanted.includes(platform));
    this.send(hello(named, { count: this.#hub.cores.size, all: this.#hub.all }));
  }

  #take(reply: CoreReply): void {
    const requestId = reply.request_id ?? null;
    const earlier = requestId === null ? undefined : this.#answered.get(requestId);
    // Being dealt with: its answer is on the way.
    if (earlier === null) return;
    if (requestId !== null && earlier !== undefined) {
      this.send(response(requestId, earlier));
      return;
    }
    if (requestId !== null) this.#remember(requestId, null);
    const tell = (outcome: WriteOutcome) => {
      if (requestId === null) return;
      this.#remember(requestId, outcome);
      this.send(response(requestId, outcome));
    };
    const command = reply.command ?? "";
    if (command === "") this.#say(reply, requestId, tell);
    else this.#command(command, reply, tell);
  }

  #say(reply: CoreReply, requestId: string | null, tell: (outcome: WriteOutcome) => void): void {
    const { text } = reply.content;
    if (text.trim() === "") {
      tell({ kind: "rejected", code: "empty", error: "content.text: read nothing; allowed is a text" });
      return;
    }
    // Words that answer no event are never taken for a turn's answer.
    const named = { eventId: reply.reply_to, platform: reply.platform, peerId: reply.channel.id };
    const work = named.eventId === "" ? null : this.#hub.workOf(this, named);
    if (work === "late") {
      this.#host.log.warn({ agent: "openab", eventId: reply.reply_to }, "second answer to one event refused");
      tell({ kind: "rejected", code: "fenced", error: "the event was handed out again and has been answered" });
    } else if (work !== null) {
      this.#hub.answered(work, this);
      work.say(text, requestId, tell);
    } else {
      this.#post(reply, requestId, tell).catch((error: unknown) => {
        this.#host.log.error({ agent: "openab", reason: reasonOf(error) }, "agent's message failed");
        tell({ kind: "rejected", code: "internal", error: "internal error" });
      });
    }
  }

  /** Commands never reach a person as text. */
  #command(command: string, reply: CoreReply, tell: (outcome: WriteOutcome) => void): void {
    const target = reply.target_message_id ?? reply.reply_to;
    const work = this.#hub.workOfMessage(target, reply.platform, reply.channel.id);
    switch (command) {
      case "add_reaction":
      case "remove_reaction":
        if (work !== null) {
          work.isAccepted = true;
          if (command === "add_reaction" && reply.content.text === FINAL_MARK) work.finish();
        }
        tell({ kind: "delivered", messageId: target });
        return;
      case "edit_message":
        work?.rewrite(reply.content.text);
        if (work === null) this.#host.log.warn({ agent: "openab" }, "an edit came after its answer had been sent");
        tell({ kind: "delivered", messageId: target });
        return;
      case "delete_message":
        work?.retract();
        tell({ kind: "delivered", messageId: target });
        return;
      default:
        tell({ kind: "rejected", code: "unsupported", error: "this gateway doesn't know that command" });
    }
  }

  /** A late part of an answer, or words that answer nothing: by the conversation's own free token while there is one. */
  async #post(reply: CoreReply, requestId: string | null, tell: (outcome: WriteOutcome) => void): Promise<void> {
    const to = { ...accountOf(reply.platform), peerId: reply.channel.id };
    const replies = [{ type: "text", text: reply.content.text } as const];
    const key = requestId === null ? null : `request:${requestId}`;
    const taken = await untilStored(this.#host, () => this.#host.post({ to, replies, key, deliverBy: null }));
    if (taken.kind === "taken") {
      tell({ kind: "delivered", messageId: taken.deliveryIds[0] ?? reply.channel.id });
      return;
    }
    this.#host.log.warn({ agent: "openab", reason: taken.kind }, "agent's message can't be sent");
    tell({ kind: "rejected", code: taken.kind, error: WHY_NOT[taken.kind] });
  }

  #remember(requestId: string, outcome: WriteOutcome | null): void {
    this.#answered.set(requestId, outcome);
    const [oldest] = this.#answered.keys();
    if (this.#answered.size > REMEMBERED && oldest !== undefined) this.#answered.delete(oldest);
  }
}

const WHY_NOT: Readonly<Record<Exclude<MessageTaken["kind"], "taken">, string>> = {
  "no-such-channel": "platform: this gateway doesn't serve it",
  "no-such-conversation": "channel.id: nobody has ever written from there",
  "too-late": "it came too late",
  unsayable: "the platform can't say it",
  unavailable: "the store is unavailable",
};
