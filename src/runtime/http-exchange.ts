import type { Dispatcher } from "undici";
import type { Clock } from "./clock.ts";

/** How one HTTP exchange ended. */
export type Exchanged =
  | {
      readonly kind: "answered";
      readonly status: number;
      /** Names in lower case. */
      readonly headers: ReadonlyMap<string, string>;
      /** `too-long`: over `maxBytes`, and the rest wasn't read. An error: the body broke off. */
      readonly body: Buffer | "too-long" | Error;
    }
  /** `hasLeft`: it began to be written to an open connection, so the other side may have read it. */
  | { readonly kind: "failed"; readonly hasLeft: boolean; readonly error: unknown };

export interface ExchangeLimits {
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** For head and body of the answer, from when the request leaves. Default: none. */
  readonly timeout?: { readonly clock: Clock; readonly ms: number };
  /** Ends the exchange, and its connection. Default: nothing does. */
  readonly signal?: AbortSignal;
}

export class NoAnswerInTime extends Error {
  override readonly name = "NoAnswerInTime";
}

type Controller = Parameters<NonNullable<Dispatcher.DispatchHandler["onRequestStart"]>>[0];

/**
 * One request and its whole answer. Never retries, never rejects. On undici's `dispatch`, because its `request` makes a
 * stream and an async resource for each answer.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  limits: ExchangeLimits,
): Promise<Exchanged> {
  const { signal } = limits;
  if (signal?.aborted) return Promise.resolve({ kind: "failed", hasLeft: false, error: asError(signal.reason) });
  const { promise, resolve } = Promise.withResolvers<Exchanged>();
  const handler = createHandler(limits, resolve);
  try {
    dispatcher.dispatch(request, handler);
  } catch (error) {
    handler.onResponseError(null, error);
  }
  return promise;
}

function createHandler({ maxBytes, timeout, signal }: ExchangeLimits, resolve: (exchanged: Exchanged) => void) {
  let controller: Controller | null = null;
  let head: { readonly status: number; readonly headers: ReadonlyMap<string, string> } | null = null;
  let size = 0;
  const chunks: Uint8Array[] = [];
  let cancelTimer = () => {};

  const onAbort = () => {
    const reason = asError(signal?.reason);
    if (controller === null) fail(reason);
    else controller.abort(reason);
  };
  const end = (exchanged: Exchanged) => {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
    resolve(exchanged);
  };
  const answered = (body: Buffer | "too-long" | Error) => {
    if (head !== null) end({ kind: "answered", ...head, body });
  };
  const fail = (error: unknown) => {
    if (head === null) end({ kind: "failed", hasLeft: controller !== null, error });
    else answered(asError(error));
  };
  signal?.addEventListener("abort", onAbort, { once: true });

  return {
    onRequestStart(given: Controller) {
      // Aborted while it waited for a connection: nothing is written.
      if (signal?.aborted) return given.abort(asError(signal.reason));
      controller = given;
      if (timeout === undefined) return;
      cancelTimer = timeout.clock.after(timeout.ms, () => given.abort(new NoAnswerInTime("no answer in time")));
    },
    onResponseStart(_controller: unknown, status: number, headers: Record<string, string | string[] | undefined>) {
      // 1xx is informational.
      if (status >= 200) head = { status, headers: flatten(headers) };
    },
    onResponseData(given: Controller, chunk: Uint8Array) {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      answered("too-long");
      given.abort(new Error("the answer is too long"));
    },
    onResponseEnd: () => answered(Buffer.concat(chunks)),
    onResponseError: (_controller: unknown, error: unknown) => fail(error),
  };
}

/** Of several with one name the first counts. */
function flatten(headers: Record<string, string | string[] | undefined>): ReadonlyMap<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    flat.set(name.toLowerCase(), (Array.isArray(value) ? value[0] : value) ?? "");
  }
  return flat;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
