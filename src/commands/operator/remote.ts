import { z } from "zod";
import { Misconfigured } from "../../core/errors.ts";
import { WIRE } from "../../http/admin/wire.ts";
import { type Clock, deadline } from "../../runtime/clock.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Operated, Operator, OperatorOrder, WaitingQuery } from "../../store/operator.ts";

/** The part of a store that `turnpike dead` and `turnpike account` use. */
export type OperatorClient = Pick<Operator, "listWaiting" | "readItem" | "operate" | "listAccounts" | "startAccount">;

interface Remote {
  /** Admin URL, without a path. */
  readonly url: string;
  readonly token: string | null;
  readonly clock: Clock;
}

const TIMEOUT_MS = 30_000;

const PROBLEM = z.object({ detail: z.string(), operated: WIRE.operated.optional() });

/** A running gateway's store over its admin API. Throws `Misconfigured` with what to do when it is unavailable. */
export function remoteOperator(remote: Remote): OperatorClient {
  return {
    async listWaiting(query) {
      const answer = await ask(remote, `waiting?${queryOf(query)}`);
      return z.decode(WIRE.waiting, await read(remote, answer));
    },
    async readItem(id) {
      const answer = await ask(remote, `items/${encodeURIComponent(id)}`);
      if (answer.status === 404 && isProblem(answer)) return null;
      return z.decode(WIRE.item, await read(remote, answer));
    },
    async operate({ actionId, action, id, force = false }: OperatorOrder): Promise<Operated> {
      const answer = await ask(remote, "actions", { actionId, action, id, force });
      if (answer.ok) return z.decode(WIRE.operated, await read(remote, answer));
      if (![404, 409].includes(answer.status) || !isProblem(answer)) return await read(remote, answer);
      const { operated, detail } = z.decode(PROBLEM, (await answer.json()) as z.input<typeof PROBLEM>);
      if (operated === undefined) throw new Misconfigured(`${remote.url}: ${detail}`);
      return operated;
    },
    async listAccounts() {
      return z.decode(WIRE.accounts, await read(remote, await ask(remote, "accounts"))).accounts;
    },
    async startAccount({ actionId, channel, account }) {
      const answer = await ask(remote, "accounts/start", { actionId, channel, account });
      if (answer.ok) return z.decode(WIRE.accountStarted, await read(remote, answer));
      if (answer.status !== 409 || !isProblem(answer)) return await read(remote, answer);
      return { kind: "not-stopped" };
    },
  };
}

/** What a running gateway says of itself. Throws as above. */
export async function readOverview(remote: Remote): Promise<z.output<typeof WIRE.overview>> {
  return z.decode(WIRE.overview, await read(remote, await ask(remote, "overview")));
}

function queryOf(query: WaitingQuery): string {
  const { scope = "operator", limit, before, kind, states, channel, account, conversation, since } = query;
  const fields = {
    scope,
    limit: String(limit),
    before,
    kind,
    state: states.join(","),
    channel,
    account,
    conversation,
    since: since === null ? null : new Date(since).toISOString(),
  };
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== null);
  return new URLSearchParams(given).toString();
}

async function ask({ url, token, clock }: Remote, path: string, body?: unknown): Promise<Response> {
  const limit = deadline(clock, TIMEOUT_MS);
  const headers = {
    ...(token !== null && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  const post = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  try {
    // No redirects: the token is only for the given host.
    return await fetch(`${url}/api/${path}`, { ...post, headers, signal: limit.signal, redirect: "error" });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? reasonOf(error.cause) : reasonOf(error);
    throw new Misconfigured(
      `no gateway answers at ${url} (${cause}); correct TURNPIKE_ADMIN_HOST and TURNPIKE_ADMIN_PORT, or use --url`,
    );
  } finally {
    limit.cancel();
  }
}

/** The JSON of a 2xx answer; throws `Misconfigured` for any other. */
async function read(remote: Remote, answer: Response): Promise<never> {
  if (answer.ok && /json/.test(answer.headers.get("content-type") ?? "")) return (await answer.json()) as never;
  if (isProblem(answer)) {
    const { detail } = z.decode(PROBLEM, (await answer.json()) as z.input<typeof PROBLEM>);
    throw new Misconfigured(`${remote.url} answers ${answer.status}: ${detail}`);
  }
  throw new Misconfigured(`the server at ${remote.url} (${answer.status}) is not the admin API of a gateway`);
}

function isProblem(answer: Response): boolean {
  return answer.headers.get("content-type")?.startsWith("application/problem+json") ?? false;
}
