/** What a platform's model needs of the outside, and what every one of them offers. No sockets here. */

export interface PlatformRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface PlatformAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** In place of `body`, when it is no text. */
  readonly bytes?: Uint8Array;
}

/** `cut`: the connection ends after the request was read, without an answer. */
export type PlatformResult = PlatformAnswer | "cut";

/**
 * Posts one webhook, as these bytes, and resolves with the HTTP status. Rejects when nobody could be reached. When
 * `signal` is aborted the platform has stopped waiting.
 */
export type DeliverWebhook = (
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<number>;

/** Something that a separate process may ask of a simulator. Takes and gives JSON; throws `BadCommand`. */
export type Command = (input: unknown) => unknown;

export interface SimulatedPlatform {
  /** The platform's API. */
  handle(request: PlatformRequest): Promise<PlatformResult>;
  /** The headers under which the platform would post this body. */
  sign(body: Uint8Array): Readonly<Record<string, string>>;
  /** Ends what waits for a time. */
  close(): void;
}

/** A command with the wrong input. The message says what is wrong with it. */
export class BadCommand extends Error {
  override readonly name = "BadCommand";
}
