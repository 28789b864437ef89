import type { Route } from "../../core/delivery.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import type { Channel } from "../channel.ts";
import type { Fault } from "./faults.ts";

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

/** `disconnect`: the connection ends after the request was read, without an answer. */
export type PlatformResult = PlatformAnswer | "disconnect";

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

/** What a platform's model gets from where it runs. */
export interface Outside {
  readonly clock: Clock;
  readonly random: Random;
  readonly webhookUrl: string | null;
  readonly deliver: DeliverWebhook;
}

/** Whose webhooks go to an address that may change. */
export type Addressed = SimulatedPlatform & { webhookUrl: string | null };

/** A platform's model, and what a separate process may ask of it and look at. */
export interface SimulatorModel {
  readonly platform: Addressed;
  readonly commands: Readonly<Record<string, Command>>;
  readonly views: Readonly<Record<string, (argument: string) => unknown>>;
  /** What every model can do, whichever platform it is. */
  readonly verbs: Verbs;
}

/** What any platform's people and faults can be asked for, by tests that know none of them. */
export interface Verbs {
  /** Our side of the wire, calling that address. */
  channelAt(apiBaseUrl: string, clock: Clock): Channel;
  /** A conversation that can be answered: its peer, and a fresh token where the route needs one. */
  openConversation(route: Route): Promise<{ peerId: string; token: string | null }>;
  /** A person writes. What came of the first copy of its webhook. */
  says(peerId: string, text: string): Promise<string>;
  fault(route: Route, fault: Fault): void;
  /** Calls that reached the platform. */
  callCount(): number;
  seenBy(peerId: string): readonly string[];
  /** The bodies of a webhook's first and of its redelivered copy. */
  redelivered(): Promise<{ first: string; second: string }>;
}

/** How a platform's model is put up by whoever knows only its name. */
export interface SimulatorEntry {
  /** As people call the platform. */
  readonly title: string;
  readonly routes: readonly Route[];
  readonly signatureHeader: string;
  /** The platform says of a copy of a webhook that it is one. */
  readonly marksCopies: boolean;
  /** Why a call that may have been accepted is never made again by itself; `null` where the platform knows a repeat. */
  readonly noRepeat: string | null;
  /** Variables of the gateway that serve for a rehearsal. */
  readonly variables: Readonly<Record<string, string>>;
  /** With the secrets of the gateway's own environment. Throws `Misconfigured` and names what is missing. */
  set(env: Readonly<Record<string, string | undefined>>): (outside: Outside) => SimulatorModel;
  /** A person's id, for somebody who wants to try it. */
  readonly somebody: string;
  /** The variables that lead the gateway to the simulator at that address. */
  gatewaySide(url: string): string;
}

/** A command with the wrong input. The message says what is wrong with it. */
export class BadCommand extends Error {
  override readonly name = "BadCommand";
}
