/** `fetch` for the admin API. Answers are taken at their type: the gateway encodes them with the same schemas. */
import { preferences } from "../preferences/preferences-store.ts";
import { createPlaces } from "./places.ts";
import { ApiProblem, problemFrom } from "./problem.ts";
import { sawAnswer, sawNotSignedIn, signedInAgain } from "./session.ts";

export type Params = Readonly<Record<string, string | undefined>>;

const inPlace = createPlaces();

export async function getJson<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  const { words } = preferences();
  const answer = await inPlace(() => call(path, params, signal === undefined ? {} : { signal }));
  sawAnswer();
  const value = (await answer.json()) as T;
  // Words that were switched off while they were on the way are never shown.
  return words && !preferences().words ? getJson(path, params, signal) : value;
}

/** An order that finds the session ended was not carried out: it waits for the person to sign in again, and goes on. */
export async function postJson<T>(path: string, body: unknown, params: Params = {}, signal?: AbortSignal): Promise<T> {
  const request = { ...jsonRequest(body), ...(signal !== undefined && { signal }) };
  for (;;) {
    try {
      const answer = await inPlace(() => call(path, params, request));
      return (await (answer.status === 204 ? null : answer.json())) as T;
    } catch (error) {
      const isRefused = error instanceof ApiProblem && error.facts.status === 401;
      if (!isRefused || OF_THE_SESSION.has(path) || !(await signedInAgain())) throw error;
    }
  }
}

const OF_THE_SESSION: ReadonlySet<string> = new Set(["/sign-in", "/sign-out"]);

/** The address of a resource. Without words, nothing that was said leaves the gateway. */
export function addressOf(path: string, params: Params = {}): string {
  const given = Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const query = new URLSearchParams(preferences().words ? given : [...given, ["words", "0"]]).toString();
  return `/api${path}${query === "" ? "" : `?${query}`}`;
}

/** What the gateway wants of every request of the console that isn't a GET. */
function jsonRequest(body: unknown): RequestInit {
  const headers = { "content-type": "application/json", "x-turnpike-console": "1" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

async function call(path: string, params: Params, init: RequestInit): Promise<Response> {
  const answer = await reached(addressOf(path, params), init);
  if (answer.ok) return answer;
  const problem = problemFrom(answer.status, answer.headers.get("retry-after"), await answer.text());
  // A wrong token at the sign-in says nothing of a session.
  if (answer.status === 401 && path !== "/sign-in") sawNotSignedIn();
  throw problem;
}

async function reached(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiProblem({ status: 0, detail: "", retryAfterMs: null, body: null });
  }
}
