/** The API of the simulator's page, `/api/simulator`, as it is on the wire. Plain types: the console imports them. */

import type { Progress, Verdict } from "../../channels/simulation/scenario-run.ts";
import type { Screen, ScreenEntry } from "../../channels/simulation/screen.ts";

export interface SimulatorWire {
  readonly platforms: readonly PlatformWire[];
  readonly agent: AgentWire;
  readonly gateway: GatewayWire;
  /** The run under way, or the newest one; `null`: there was none yet. */
  readonly run: RunWire | null;
}

export interface PlatformWire {
  readonly channel: string;
  readonly title: string;
  /** Who can be played; of a group an entry for each member. */
  readonly people: readonly { readonly peerId: string; readonly name: string; readonly groupId: string | null }[];
  readonly scenarios: readonly { readonly id: string; readonly titleKey: string }[];
  /** Armed now. */
  readonly faults: readonly FaultWire[];
  readonly commands: readonly string[];
}

export interface FaultWire {
  readonly route: string;
  readonly at: string;
  readonly how?: number | "disconnect";
  readonly delayMs?: number;
  /** For so many calls more. */
  readonly left: number;
}

export const AGENT_MODES = ["echo", "delay", "fail", "hang", "refuse", "many"] as const;

export interface AgentWire {
  /**
   * `echo` answers at once, `delay` after `delayMs`, `fail` with the HTTP `status`, `hang` never, `refuse` with a 4xx that ends
   * the turn, `many` with three replies.
   */
  readonly mode: (typeof AGENT_MODES)[number];
  readonly delayMs: number;
  readonly status: number;
  /** For so many calls more, and then it is an echo again; `null`: until it is changed. */
  readonly times: number | null;
}

/** What is left out stays as it is; `times` is `null` then. */
export interface AgentOrder {
  readonly mode: AgentWire["mode"];
  readonly delayMs?: number | undefined;
  readonly status?: number | undefined;
  readonly times?: number | null | undefined;
}

export interface GatewayWire {
  readonly state: "starting" | "up" | "frozen" | "down";
  /** When that began, epoch ms. */
  readonly since: number;
  /** How often it was killed. */
  readonly kills: number;
  /** When it will be started again, or go on, epoch ms; `null`: it doesn't by itself, or needn't. */
  readonly restartAt: number | null;
}

export type GatewayOrder =
  | { readonly do: "kill"; readonly restartAfterMs: number | null }
  | { readonly do: "freeze"; readonly forMs: number }
  | { readonly do: "start" };

export interface RunWire {
  readonly runId: string;
  readonly channel: string;
  readonly scenario: string;
  readonly titleKey: string;
  readonly startedAt: number;
  readonly peerId: string | null;
  readonly progress: readonly Progress[];
  /** `null` until the run has ended. */
  readonly verdict: Verdict | null;
  /** Why it ended without a verdict. */
  readonly failure: string | null;
}

export type ScreenWire = Screen;
export type ScreenEntryWire = ScreenEntry;

/** Events of the stream, by their names. */
export interface StreamWire {
  readonly hello: SimulatorWire;
  readonly change: {
    readonly channel: string;
    readonly kind: "bubble" | "webhook" | "call" | "fault" | "screen";
    readonly record: object;
  };
  /** Whole, after a command and when a fault was met. */
  readonly platform: PlatformWire;
  readonly agent: AgentWire;
  readonly gateway: GatewayWire;
  /** Whole, after each step. */
  readonly run: RunWire;
}
