/** Turns that the agent refused, and what an operator does with them behind the console's back. */
import { answers, inTurn } from "../../e2e/support/agent.ts";
import { until } from "../../e2e/support/eventually.ts";
import type { Somebody, World } from "../../e2e/support/world.ts";
import { ADMIN_TOKEN } from "./browser.ts";

const REFUSED = { status: 400, body: { message: "no" } };

export interface Dead {
  readonly person: Somebody;
  readonly turnId: string;
  /** Epoch ms. */
  readonly since: number;
}

/** So many people whose turn is dead, and whom the agent would answer now. Oldest first. */
export async function deadTurns(world: World, count: number): Promise<readonly Dead[]> {
  const people = Array.from({ length: count }, () => world.somebody());
  for (const person of people) person.isAnsweredBy(inTurn(REFUSED, answers("here I am")));
  await Promise.all(people.map((person) => person.says("hello")));
  const ids = new Set(people.map(({ id }) => id));
  const rows = await until(`${count} dead turns`, () => {
    const dead = world.gateway.rows<{ peer: string; turnId: string; since: number }>(
      `SELECT c.peer_id AS peer, t.turn_id AS turnId, t.ended_at AS since FROM turn AS t JOIN conversation AS c USING (conversation_id)
       WHERE t.state = 'dead' AND t.discarded_at IS NULL ORDER BY t.ended_at, t.turn_id`,
    );
    const own = dead.filter(({ peer }) => ids.has(peer));
    return own.length === count && own;
  });
  return rows.flatMap(({ peer, ...turn }) => {
    const person = people.find(({ id }) => id === peer);
    return person === undefined ? [] : [{ person, ...turn }];
  });
}

export interface Ordered {
  readonly actionId: string;
  readonly action: string;
  readonly id: string;
  readonly force?: boolean;
}

/** As somebody does it by curl. */
export async function order(
  world: World,
  ordered: Ordered,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${world.gateway.adminUrl}/api/actions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${ADMIN_TOKEN}` },
    body: JSON.stringify(ordered),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
