import { createHmac } from "node:crypto";
import { type MakeCopy, type PostOptions, type WebhookCopy, WebhookSender } from "../../simulation/webhooks.ts";
import type { SharedOptions, SharedWorld } from "../../simulation/world.ts";

export interface WebhookRecord extends WebhookCopy {
  /** 1 for the first copy. */
  readonly copy: number;
  readonly result: "under-way" | "ok" | "error-status" | "timeout" | "could-not-connect" | "lost" | "unsubscribed";
}

interface MetaWebhookOptions {
  /** Time limit for an answer, in ms. */
  readonly timeoutMs: number;
  /** Delays before copy 2, 3, …, in ms. After the last one the webhook is dropped. */
  readonly retryDelaysMs: readonly number[];
  /** Time without a success, in ms, after which the app is unsubscribed; `null`: never. */
  readonly unsubscribeAfterMs: number | null;
}

/**
 * JSON as Meta sends it: non-ASCII characters as `\uXXXX`, and slashes escaped. A receiver that parses and writes it anew
 * before it checks the signature fails.
 */
export function escapedJson(value: unknown): string {
  const ascii = JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return ascii.replaceAll("/", "\\/");
}

/** The headers under which Meta posts that body. */
export function signBody(appSecret: string, body: string | Uint8Array): Record<string, string> {
  const digest = createHmac("sha256", appSecret).update(body).digest("hex");
  return { "content-type": "application/json", "x-hub-signature-256": `sha256=${digest}` };
}

const TEXTS = { refused: "error-status", late: "timeout", unreachable: "could-not-connect" } as const;

type App = Pick<
  SharedWorld<SharedOptions & { readonly appSecret: string }, unknown, unknown, string>,
  "options" | "pending" | "changes"
>;

/** Meta's sending side: the same for each of an app's pages and numbers. */
export class MetaWebhooks {
  /** False after too long without a success: nothing is posted until a person subscribes again. */
  isSubscribed = true;
  readonly #app: App["options"];
  readonly #options: MetaWebhookOptions;
  readonly #sender: WebhookSender<WebhookRecord>;
  readonly #bodies: string[] = [];
  #failingSince: number | null = null;

  constructor({ options: app, pending, changes }: App, options: MetaWebhookOptions) {
    this.#app = app;
    this.#options = options;
    this.#sender = new WebhookSender({
      ...options,
      clock: app.clock,
      pending,
      changes,
      deliver: app.deliver,
      sign: (body) => this.sign(body),
      isTaken: (status) => status === 200,
      texts: TEXTS,
      maySendAgain: (isTaken) => this.#updateSubscription(isTaken),
    });
  }

  get records(): readonly WebhookRecord[] {
    return this.#sender.records;
  }

  sign(body: string | Uint8Array): Record<string, string> {
    return signBody(this.#app.appSecret, body);
  }

  /** Posts `payload` and resolves when its first copy was answered, or failed. */
  async post(payload: unknown, options?: PostOptions): Promise<WebhookRecord> {
    const make = this.#copiesOf(this.#bodies.push(escapedJson(payload)));
    return this.isSubscribed ? await this.#sender.post(make, options) : this.#sender.note(make(1), "unsubscribed");
  }

  /** Sends the same bytes again; `null`: there is no such webhook. */
  async repeat(webhookId: number): Promise<WebhookRecord | null> {
    if (this.#bodies[webhookId - 1] === undefined) return null;
    return await this.#sender.deliver(this.#copiesOf(webhookId));
  }

  unsubscribe(): void {
    this.isSubscribed = false;
  }

  subscribe(): void {
    this.isSubscribed = true;
    this.#failingSince = null;
  }

  #copiesOf(webhookId: number): MakeCopy<WebhookRecord> {
    return (copy) => ({ webhookId, copy, body: this.#bodies[webhookId - 1] ?? "" });
  }

  #updateSubscription(isTaken: boolean): boolean {
    const { unsubscribeAfterMs } = this.#options;
    const now = this.#app.clock.now();
    this.#failingSince = isTaken ? null : (this.#failingSince ?? now);
    const failingMs = now - (this.#failingSince ?? now);
    if (unsubscribeAfterMs !== null && failingMs >= unsubscribeAfterMs) this.isSubscribed = false;
    return this.isSubscribed;
  }
}
