import { z } from "zod";
import { adviceOf } from "../../core/advice.ts";
import { Misconfigured } from "../../core/errors.ts";
import type { OperatorAction } from "../../core/operator-action.ts";
import { WIRE } from "../../http/admin/wire.ts";
import { systemChance } from "../../runtime/chance.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Operated, WaitingItem } from "../../store/operator.ts";
import { subjectOf } from "../../store/operator-subject.ts";
import type { FromFile } from "../config-option.ts";
import { type Filters, findAll, isFiltered, queryOf } from "./filters.ts";
import { type Reached, reachDeadLetters } from "./reach.ts";
import { describeItem, describeOperated, describeStory } from "./words.ts";

/** Where the words go: results to `out`, and what is only for the person who waits to `note`. */
export interface Terminal {
  readonly out: (line: string) => void;
  readonly note: (line: string) => void;
}

export interface DeadOptions extends Filters, FromFile {
  readonly url?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly actionId?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Session extends Reached {
  readonly terminal: Terminal;
  readonly options: DeadOptions;
  readonly now: number;
}

/** Says where it looks, works, and lets go of the database. */
async function on(
  env: Environment,
  options: DeadOptions,
  terminal: Terminal,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const reached = await reachDeadLetters(env, options);
  terminal.note(`(${reached.where})`);
  try {
    await work({ ...reached, terminal, options, now: systemClock().now() });
  } finally {
    await reached.close();
  }
}

export function list(env: Environment, options: DeadOptions, terminal: Terminal): Promise<void> {
  return on(env, options, terminal, async ({ letters, now }) => {
    const items = await findAll(letters, queryOf(options, null, now));
    if (options.json === true) {
      terminal.out(JSON.stringify(z.encode(WIRE.waiting, { items: items.map(withAdvice), next: null })));
      return;
    }
    for (const item of items) terminal.out(`${describeItem(item, now)}\n`);
    terminal.out(items.length === 0 ? "Nothing waits for a person." : countOf(items));
  });
}

export function show(env: Environment, id: string, options: DeadOptions, terminal: Terminal): Promise<void> {
  return on(env, options, terminal, async ({ letters, now }) => {
    const story = await letters.readItem(id);
    if (story === null) throw new Misconfigured(`there is no turn or delivery ${JSON.stringify(id)}`);
    if (options.json === true) {
      terminal.out(JSON.stringify(z.encode(WIRE.item, { ...story, item: withAdvice(story.item) })));
    } else {
      terminal.out(describeStory(story, now));
    }
  });
}

/** On the named ids, or on all that the filters find. More than one needs `--yes`. */
export async function act(
  env: Environment,
  action: OperatorAction,
  ids: readonly string[],
  options: DeadOptions,
  terminal: Terminal,
): Promise<void> {
  if (ids.length > 0 && isFiltered(options)) throw new Misconfigured("name ids or filters, not both");
  if (ids.length === 0 && !isFiltered(options)) {
    throw new Misconfigured(`name what to ${action}: ids, or filters as --state and --channel, or --all`);
  }
  await on(env, options, terminal, async (session) => {
    const chosen = ids.length > 0 ? ids : await findIds(session, action);
    if (chosen.length === 0) return terminal.out("Nothing was found, and nothing was done.");
    if ((chosen.length > 1 || ids.length === 0) && options.yes !== true) {
      terminal.out(`This would ${action} ${chosen.length}. Nothing was done: say --yes to do it.`);
      return;
    }
    await actOnAll(session, action, chosen);
  });
}

async function findIds({ letters, options, now, terminal }: Session, action: OperatorAction): Promise<string[]> {
  const items = await findAll(letters, queryOf(options, action, now));
  if (options.yes !== true) for (const item of items) terminal.out(`${describeItem(item, now)}\n`);
  return items.map(({ id }) => id);
}

/** A line is noted each time so many are done. */
const NOTED_EVERY = 100;

async function actOnAll(session: Session, action: OperatorAction, ids: readonly string[]): Promise<void> {
  const { letters, terminal, options } = session;
  const { actionId = systemChance().id("act"), force = false, json = false } = options;
  const results: { readonly id: string; readonly operated: Operated }[] = [];
  terminal.note(`(action id ${actionId}: the same command with --action-id ${actionId} does nothing twice)`);
  for (const id of ids) {
    const operated = await letters.operate({ actionId, actor: "cli", action, id, force });
    results.push({ id, operated });
    if (!json) terminal.out(describeOperated(id, operated));
    if (results.length % NOTED_EVERY === 0) terminal.note(`(${results.length} of ${ids.length})`);
  }
  if (json) {
    const told = results.map(({ id, operated }) => ({ id, ...z.encode(WIRE.operated, operated) }));
    terminal.out(JSON.stringify({ actionId, results: told }));
  }
  const failed = results.filter(({ operated }) => operated.kind !== "done").length;
  if (failed > 0) throw new Misconfigured(`${failed} of ${ids.length} could not be done, for the reason beside each`);
}

function withAdvice(item: WaitingItem) {
  return { ...item, advice: adviceOf(subjectOf(item), item.reason) };
}

function countOf(items: readonly WaitingItem[]): string {
  const kinds = Map.groupBy(items, ({ state, kind }) => `${state} ${kind}`);
  return [...kinds].map(([name, all]) => `${all.length} ${name}`).join(", ");
}
