/** An answer of the gateway that isn't a success, or none at all. */
export interface ProblemFacts {
  /** 0: the gateway couldn't be reached. */
  readonly status: number;
  /** The gateway's own words. Empty when it gave none. */
  readonly detail: string;
  /** `Retry-After`, in ms; `null`: not said. */
  readonly retryAfterMs: number | null;
  /** The whole problem, with what an action came to. */
  readonly body: unknown;
}

export class ApiProblem extends Error {
  readonly facts: ProblemFacts;

  constructor(facts: ProblemFacts) {
    super(facts.detail === "" ? `status ${facts.status}` : facts.detail);
    this.name = "ApiProblem";
    this.facts = facts;
  }
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;

/** From an answer's status, header and text, which may be a proxy's page instead of a problem. */
export function problemFrom(status: number, retryAfter: string | null, text: string): ApiProblem {
  const seconds = Number(retryAfter ?? Number.NaN);
  const body = parsed(text);
  const detail = typeof body === "object" && body !== null && "detail" in body ? body.detail : "";
  return new ApiProblem({
    status,
    detail: typeof detail === "string" ? detail : "",
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null,
    body,
  });
}

/** The gateway can't be reached, or asks to be asked again: that passes by itself. */
export function passesByItself(error: unknown): boolean {
  return error instanceof ApiProblem && [0, 502, 503, 504].includes(error.facts.status);
}

/** How long after the `failures`th failure in a row the next try is made. */
export function retryDelayMs(failures: number, error: unknown): number {
  const asked = error instanceof ApiProblem ? error.facts.retryAfterMs : null;
  return Math.max(asked ?? 0, Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
