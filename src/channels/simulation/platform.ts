import type { Route } from "../../core/delivery.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import type { Environment } from "../../settings/read.ts";
import type { Channel } from "../channel.ts";
import type { Changes } from "./changes.ts";
import type { Fault } from "./faults.ts";
import type { ScenarioSet } from "./scenario.ts";

/** Interfaces of the simulated platforms, without sockets. */

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
  /** Instead of `body`, for a binary one. */
  readonly bytes?: Uint8Array;
}

/** `disconnect`: the connection ends after the request was read, without an answer. */
export type PlatformResult = PlatformAnswer | "disconnect";

/**
 * Posts one webhook and resolves to the HTTP status. Rejects when the connection fails. `signal` is aborted when the
 * platform's timeout has passed.
 */
export type DeliverWebhook = (
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<number>;

/** A command of the control API, with JSON as input and result. Throws `BadCommand`. */
export type Command = (input: unknown) => unknown;

export interface SimulatedPlatform {
  /** The platform's API. */
  handle(request: PlatformRequest): Promise<PlatformResult>;
  /** Headers with the platform's signature of this body. */
  sign(body: Uint8Array): Readonly<Record<string, string>>;
  /** What happens, as it happens. */
  readonly changes: Pick<Changes, "listen">;
  /** Cancels all timers. */
  close(): void;
}

/** Environment of a simulated platform. */
export interface Outside {
  readonly clock: Clock;
  readonly random: Random;
  readonly webhookUrl: string | null;
  readonly deliver: DeliverWebhook;
}

/** A simulated platform whose webhook URL can be changed. */
export type Addressed = SimulatedPlatform & { webhookUrl: string | null };

/** A simulated platform with its control API. */
export interface SimulatorModel {
  readonly platform: Addressed;
  readonly commands: Readonly<Record<string, Command>>;
  readonly views: Readonly<Record<string, (argument: string) => unknown>>;
  /** Actions that all platforms have in common. */
  readonly actions: SimulatorActions;
}

/** Actions that all platforms have in common, for tests that are about none in particular. */
export interface SimulatorActions {
  /** The gateway's channel for the simulator at that URL. */
  channelAt(apiBaseUrl: string, clock: Clock): Channel;
  /** The gateway's channel for this simulator, in memory: it sends, and asks the platform nothing else. */
  channelInMemory(clock: Clock): Channel;
  /** Opens a conversation that can be answered: its peer, and a reply token where the route needs one. */
  openConversation(route: Route): Promise<{ peerId: string; token: string | null }>;
  /** A person writes. Resolves to the result of the webhook's first copy. */
  says(peerId: string, text: string): Promise<string>;
  fault(route: Route, fault: Fault): void;
  /** Calls that reached the platform. */
  callCount(): number;
  seenBy(peerId: string): readonly string[];
  /** The bodies of a webhook's first and of its redelivered copy. */
  redelivered(): Promise<{ first: string; second: string }>;
}

/** A person who can be played by hand. */
export interface PlayedPerson {
  readonly peerId: string;
  /** As the platform tells it. */
  readonly name: string;
  /** Where they write; `null`: in a chat of two. */
  readonly groupId: string | null;
}

/** Registry entry of a simulator, for code that knows a platform only by name. */
export interface SimulatorEntry {
  /** Display name of the platform. */
  readonly title: string;
  readonly routes: readonly Route[];
  readonly signatureHeader: string;
  /** Whether the platform marks a webhook's redelivered copies. */
  readonly marksCopies: boolean;
  /** Why a call that may have been accepted isn't repeated; `null` where the platform recognises a repeat. */
  readonly noRepeat: string | null;
  /** The gateway's environment variables, with values for the demo and tests. */
  readonly variables: Readonly<Record<string, string>>;
  /** Creates it with the gateway's secrets from `env`. Throws `Misconfigured` and names what is missing. */
  set(env: Environment): (outside: Outside) => SimulatorModel;
  /** A person's id, for examples and the demo. */
  readonly examplePeerId: string;
  /** For a console: that person, and a group's members where the platform has groups. */
  readonly people: readonly PlayedPerson[];
  readonly scenarios: ScenarioSet;
  /** Environment variables of a gateway that uses the simulator at that URL. */
  gatewaySide(url: string): string;
  /** The same for a settings file, below the platform's name there. */
  gatewaySettings(url: string): Readonly<Record<string, unknown>>;
}

/** A command's invalid input. The message says what is wrong. */
export class BadCommand extends Error {
  override readonly name = "BadCommand";
}
