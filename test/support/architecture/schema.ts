/** The stores' constraints and the core's lists are the same words. */
import { posix } from "node:path";
import { CONVERSATION_KINDS } from "../../../src/core/conversation.ts";
import { DELIVERY_STATES, ROUTES, SEND_OUTCOME_KINDS } from "../../../src/core/delivery.ts";
import { EVENT_STATES } from "../../../src/core/event.ts";
import { SLOW_REPLY_STATES } from "../../../src/core/slow-reply.ts";
import { TURN_STATES } from "../../../src/core/turn.ts";
import type { Document, Rule } from "./tree.ts";

const WORDS: Readonly<Record<string, readonly string[]>> = {
  "conversation.kind": CONVERSATION_KINDS,
  "event.state": EVENT_STATES,
  "turn.state": TURN_STATES,
  "delivery.state": DELIVERY_STATES,
  "delivery.route": ROUTES,
  "attempt.route": ROUTES,
  "attempt.outcome": SEND_OUTCOME_KINDS,
  "slow_reply.state": SLOW_REPLY_STATES,
};

export const schemasUseTheWordsOfCore: Rule = (tree) => {
  const stores = Map.groupBy(tree.migrations, ({ path }) => posix.dirname(path));
  return [...stores].flatMap(([folder, migrations]) => {
    const allowed = checksIn(migrations);
    return Object.entries(WORDS)
      .filter(([column, words]) => sorted(allowed.get(column) ?? []) !== sorted(words))
      .map(([column, words]) => {
        const stored = allowed.get(column)?.join(", ") ?? "anything";
        return `${folder} allows in ${column}: ${stored}; core says: ${words.join(", ")}`;
      });
  });
};

/**
 * `table.column` → the words that its newest constraint allows: `CHECK (column IN (…))`, `CHECK (column = … OR …)`, or the
 * column's domain. A later migration may rebuild a table.
 */
function checksIn(migrations: readonly Document[]): Map<string, string[]> {
  const allowed = new Map<string, string[]>();
  const domains = new Map<string, string[]>();
  for (const { text } of migrations.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const statements = text.replaceAll(/--[^\n]*/g, "");
    for (const [, domain = "", list = ""] of statements.matchAll(/CREATE DOMAIN (\w+) AS TEXT CHECK ([^;]*);/gi)) {
      domains.set(domain, wordsIn(list));
    }
    for (const [, table, body = ""] of statements.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(([^;]*);/gi)) {
      for (const [, column, domain = ""] of body.matchAll(/^ {2}(\w+) (\w+)/gm)) {
        const words = domains.get(domain);
        if (words !== undefined) allowed.set(`${table}.${column}`, words);
      }
      for (const [, column, list = ""] of body.matchAll(/CHECK \((\w+) (?:IN\s*\(|= )([^)]*)\)/gi)) {
        allowed.set(`${table}.${column}`, wordsIn(list));
      }
    }
  }
  return allowed;
}

function wordsIn(list: string): string[] {
  return [...list.matchAll(/'([^']*)'/g)].map(([, word = ""]) => word);
}

function sorted(words: readonly string[]): string {
  return words.toSorted().join(" ");
}
