import { z } from "zod";
import { COMMAND_LINE_ACTOR } from "../../core/admin-token.ts";
import { Misconfigured } from "../../core/errors.ts";
import type { ItemAction } from "../../core/operator-action.ts";
import { WIRE, withAdvice } from "../../http/admin/wire.ts";
import { systemClock } from "../../runtime/clock.ts";
import { systemRandom } from "../../runtime/random.ts";
import type { Environment } from "../../settings/read.ts";
import type { Operated, WaitingItem } from "../../store/operator.ts";
import { type ConnectOptions, withConnection } from "../operator/connect.ts";
import type { OperatorClient } from "../operator/remote.ts";
import type { Terminal } from "../terminal.ts";
import { type Filters, findAll, isFiltered, queryOf } from "./filters.ts";
import { describeDetail, describeItem, describeOperated } from "./format.ts";

export interface DeadOptions extends Filters, ConnectOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly actionId?: string;
}

interface CommandContext {
  readonly client: OperatorClient;
  readonly terminal: Terminal;
  readonly options: DeadOptions;
  readonly now: number;
}

export function list(env: Environment, options: DeadOptions, terminal: Terminal): Promise<void> {
  return withConnection(env, options, terminal, async ({ client }) => {
    const now = systemClock().now();
    const items = await findAll(client, queryOf(options, null, now));
    if (options.json === true) {
      terminal.out(JSON.stringify(z.encode(WIRE.waiting, { items: items.map(withAdvice), next: null })));
      return;
    }
    for (const item of items) terminal.out(`${describeItem(item, now)}\n`);
    terminal.out(items.length === 0 ? "There are no dead letters." : countOf(items));
  });
}

export function show(env: Environment, id: string, options: DeadOptions, terminal: Terminal): Promise<void> {
  return withConnection(env, options, terminal, async ({ client }) => {
    const now = systemClock().now();
    const detail = await client.readItem(id);
    if (detail === null) throw new Misconfigured(`there is no turn or delivery ${JSON.stringify(id)}`);
    if (options.json === true) {
      terminal.out(JSON.stringify(z.encode(WIRE.item, { ...detail, item: withAdvice(detail.item) })));
    } else {
      terminal.out(describeDetail(detail, now));
    }
  });
}

/** Acts on the given ids, or on all that match the filters. More than one needs `--yes`. */
export async function act(
  env: Environment,
  action: ItemAction,
  ids: readonly string[],
  options: DeadOptions,
  terminal: Terminal,
): Promise<void> {
  if (ids.length > 0 && isFiltered(options)) throw new Misconfigured("read ids and filters; allowed: one of both");
  if (ids.length === 0 && !isFiltered(options)) {
    throw new Misconfigured(
      `read neither ids nor filters; allowed: ids to ${action}, filters such as --state and --channel, or --all`,
    );
  }
  await withConnection(env, options, terminal, async ({ client }) => {
    const context = { client, terminal, options, now: systemClock().now() };
    const chosen = ids.length > 0 ? ids : await findIds(context, action);
    if (chosen.length === 0) return terminal.out("Nothing matches; nothing was done.");
    if ((chosen.length > 1 || ids.length === 0) && options.yes !== true) {
      terminal.out(`This would ${action} ${chosen.length}. Nothing was done: add --yes to do it.`);
      return;
    }
    await actOnAll(context, action, chosen);
  });
}

async function findIds({ client, options, now, terminal }: CommandContext, action: ItemAction): Promise<string[]> {
  const items = await findAll(client, queryOf(options, action, now));
  if (options.yes !== true) for (const item of items) terminal.out(`${describeItem(item, now)}\n`);
  return items.map(({ id }) => id);
}

/** Progress is written after this number of actions. */
const PROGRESS_EVERY = 100;

async function actOnAll(context: CommandContext, action: ItemAction, ids: readonly string[]): Promise<void> {
  const { client, terminal, options } = context;
  const { actionId = systemRandom().id("act"), force = false, json = false } = options;
  const results: { readonly id: string; readonly operated: Operated }[] = [];
  terminal.info(
    `(action id ${actionId}: if interrupted, run the same command with --action-id ${actionId}; no action is repeated)`,
  );
  for (const id of ids) {
    const operated = await client.operate({ actionId, actor: COMMAND_LINE_ACTOR, action, id, force });
    results.push({ id, operated });
    if (!json) terminal.out(describeOperated(id, operated));
    if (results.length % PROGRESS_EVERY === 0) terminal.info(`(${results.length} of ${ids.length})`);
  }
  if (json) {
    const encoded = results.map(({ id, operated }) => ({ id, ...z.encode(WIRE.operated, operated) }));
    terminal.out(JSON.stringify({ actionId, results: encoded }));
  }
  const failed = results.filter(({ operated }) => operated.kind !== "done").length;
  if (failed > 0) throw new Misconfigured(`${failed} of ${ids.length} failed, each for the reason above`);
}

function countOf(items: readonly WaitingItem[]): string {
  const kinds = Map.groupBy(items, ({ state, kind }) => `${state} ${kind}`);
  return [...kinds].map(([name, all]) => `${all.length} ${name}`).join(", ");
}
