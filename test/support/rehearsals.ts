/** Rehearsals of a whole gateway's ended turns, and what must be the same after them. */
import Database from "better-sqlite3";
import { expect } from "vitest";
import { z } from "zod";
import type { AgentOutcome, RehearsalAgent } from "../../src/agents/agent.ts";
import type { ClaimedTurn } from "../../src/core/turn.ts";
import { REHEARSED } from "../../src/http/admin/rehearse.ts";
import { WIRE } from "../../src/http/admin/wire.ts";
import { postAdmin, readAdmin } from "./admin-reader.ts";
import type { AssembledGateway } from "./assembled-gateway.ts";

/** An agent for rehearsals that remembers what it was given. */
export function dev(answer: (turn: ClaimedTurn, signal: AbortSignal) => Promise<AgentOutcome>) {
  const given: ClaimedTurn[] = [];
  const agent: RehearsalAgent = {
    name: "dev",
    invoke: (turn, signal) => {
      given.push(turn);
      return answer(turn, signal);
    },
  };
  return { given, agent };
}

export const says = (...texts: string[]): Promise<AgentOutcome> =>
  Promise.resolve({ kind: "answered", replies: texts.map((text) => ({ type: "text" as const, text })) });
export const never = (): Promise<AgentOutcome> => new Promise(() => undefined);

/** The ids of the newest conversation's turns, oldest first. */
export async function turnsOf(whole: AssembledGateway): Promise<readonly string[]> {
  const { items } = await readAdmin(whole, WIRE.conversations, "/api/conversations");
  const conversationId = items[0]?.conversation.conversationId ?? "";
  const { entries = [] } = (await whole.store.readTimeline({ conversationId, limit: 50, before: null })) ?? {};
  return entries.flatMap((entry) => (entry.kind === "turn" ? [entry.turnId] : []));
}

/** Ann has written that, and what came of it is over. */
export async function turnThatSaid(whole: AssembledGateway, text: string): Promise<string> {
  await whole.simulator.person("Uann").says(text);
  await whole.clock.advance(1_000);
  return (await turnsOf(whole))[0] ?? "";
}

export const rehearse = (whole: AssembledGateway, turnId: string, agent = "dev", query = "") =>
  postAdmin(whole, `/api/turns/${turnId}/rehearse${query}`, { agent });

export async function rehearsed(whole: AssembledGateway, turnId: string, query = "") {
  const response = await rehearse(whole, turnId, "dev", query);
  expect(response.status).toBe(200);
  return z.decode(REHEARSED, (await response.json()) as never);
}

export async function refusal(response: Response): Promise<string> {
  const { status, detail } = (await response.json()) as { readonly status: number; readonly detail: string };
  return `${status}: ${detail}`;
}

/** Every row of every table of the file, as another connection sees it, and every call to LINE that sends. */
export function everything(file: string, { simulator }: AssembledGateway): string {
  const db = new Database(file, { readonly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all();
    const rows = tables.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()]);
    return JSON.stringify({ rows, calls: simulator.calls });
  } finally {
    db.close();
  }
}
