import type { SendOutcome } from "../../core/delivery.ts";
import type { Failure } from "../../core/inbound-receipt.ts";
import { parseJson, readList, readObject, readText } from "../json.ts";
import { classifyError, classifyGraph } from "../meta/classify.ts";
import type { Reached } from "../platform-client.ts";
import type { Status } from "./normalize/status.ts";

/**
 * The outcome of one call. Pure. A 200 means accepted, not delivered: delivery is reported by statuses.
 */
export function classify(reached: Reached): SendOutcome {
  return classifyGraph(reached, messageIds);
}

/** `{"messages":[{"id":"wamid.…"}]}` */
function messageIds(body: string): readonly string[] {
  return readList(readObject(parseJson(body))?.messages)
    .map((message) => readText(readObject(message)?.id))
    .filter((id) => id !== null);
}

/** Outcome of a `failed` status: the same error codes, after the 200. */
export function classifyFailure(error: Status["error"]): Failure {
  if (error === null || error.code === null) return { kind: "refused", reason: error?.reason ?? "no reason given" };
  const failure = classifyError({ code: error.code, subcode: null, message: error.reason, isTransient: false }, null);
  const isSuspicion = failure.kind === "account-stopped" && failure.isSuspicion === true;
  // A status is about one message, and comes when the account has sent it.
  return isSuspicion ? { kind: "window-closed", reason: failure.reason } : failure;
}
