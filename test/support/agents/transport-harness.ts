/** What the agents' suite needs to know of a transport: a bot behind it, moved by hand. */
import type { Agent } from "../../../src/agents/agent.ts";
import type { ListeningGateway } from "./listening-gateway.ts";

/** One invocation of a turn, as the bot saw it. */
export interface Handed {
  /** What names the turn on this wire. */
  readonly id: string;
  readonly eventIds: readonly string[];
  readonly fence: number;
}

export interface Bot {
  /** The `nth` invocation, from 0. */
  handed(nth: number): Promise<Handed>;
  readonly handedCount: number;
  /** The whole answer. `copies`: said that often under one number. `extra`: with fields that nobody knows. */
  answer(handed: Handed, text: string, how?: { readonly copies?: number; readonly extra?: boolean }): Promise<void>;
  /** Something that can't be read, in place of an answer; resolves with what its author is told about it. */
  sayWrong(handed: Handed): Promise<string>;
  /** The connection ends without a word while the turn is at work. If there is a connection, it is made anew. */
  drop(handed: Handed): Promise<void>;
  close(): Promise<void>;
}

export interface TransportHarness {
  readonly name: string;
  agent(): Agent | Promise<Agent>;
  bot(whole: ListeningGateway): Promise<Bot>;
}

export const TOKEN = "agent-token";
