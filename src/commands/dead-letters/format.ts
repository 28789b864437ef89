/** Text output of `turnpike dead`. */

import { adviceOf, REFUSAL_MESSAGES } from "../../core/advice.ts";
import { accountKeyOf } from "../../core/conversation.ts";
import { ROUTE_REASONS } from "../../core/route-reason.ts";
import type { ItemDetail, Operated, WaitingItem } from "../../store/operator.ts";
import { subjectOf } from "../../store/operator-subject.ts";
import type { TranscriptEntry } from "../../store/operator-transcript.ts";
import { ageOf, printable } from "../terminal.ts";

function timeOf(at: number): string {
  return new Date(at).toISOString();
}

/** One item in three lines: identity, reason, possible actions. */
export function describeItem(item: WaitingItem, now: number): string {
  const { kind, peerId } = item.conversation;
  const { why, can } = adviceOf(subjectOf(item), item.reason);
  const route = item.kind === "delivery" && item.route !== null ? `, last by ${item.route}` : "";
  return [
    printable(`${item.id}  ${item.state} ${item.kind} of ${accountKeyOf(item.conversation)}, ${kind} ${peerId}`),
    printable(`  ${why}`),
    `  for ${ageOf(now - item.since)}, ${item.attempts} attempts${route}; possible: ${can.map(nameOf).join(", ") || "nothing"}`,
  ].join("\n");
}

function nameOf({ action, needsForce }: { action: string; needsForce: boolean }): string {
  return needsForce ? `${action} --force` : action;
}

/** One item with its actions and history. */
export function describeDetail({ item, entries }: ItemDetail, now: number): string {
  const { can } = adviceOf(subjectOf(item), item.reason);
  return [
    describeItem(item, now),
    "",
    "Possible actions:",
    ...(can.length === 0
      ? ["  nothing"]
      : can.map(
          (one) => `  turnpike dead ${one.action} ${item.id}${one.needsForce ? " --force" : ""}\n    ${one.effect}`,
        )),
    "",
    "History:",
    ...entries.map((entry) => printable(`  ${timeOf(entry.at)}  ${describeEntry(entry)}`)),
  ].join("\n");
}

function describeEntry(entry: TranscriptEntry): string {
  switch (entry.kind) {
    case "turn":
      return `turn ${entry.turnId}: ${entry.state}, ${entry.attempt} attempts${because(entry.reason)}`;
    case "event": {
      const text = entry.content.message?.text ?? entry.content.postback?.data;
      const quoted = text === undefined ? "" : `: ${JSON.stringify(text)}`;
      const what = entry.content.message === undefined ? entry.type : `${entry.content.message.type} ${entry.type}`;
      return `${what} from ${entry.sender?.id ?? "unknown sender"} (${entry.platformEventId})${quoted}`;
    }
    case "delivery":
      return `delivery ${entry.deliveryId}: ${entry.state}${because(entry.reason)}: ${JSON.stringify(entry.messages)}`;
    case "attempt": {
      const status = entry.status === null ? "" : `, HTTP ${entry.status}`;
      const request = entry.requestId === null ? "" : `, request ${entry.requestId}`;
      const response = entry.response === null || entry.response === "" ? "" : `, answer ${entry.response}`;
      const why = entry.routeReason === null ? null : ROUTE_REASONS[entry.routeReason];
      return `attempt ${entry.attempt} by ${entry.route}${because(why)}: ${entry.outcome ?? "on its way"}${because(entry.reason)}${status}${request}${response}`;
    }
    case "receipt":
      return `receipt: ${entry.status} (${entry.platformMessageId})`;
    case "action":
      return `${entry.actor}: ${entry.action}, ${entry.from} → ${entry.to}`;
    default:
      return entry satisfies never;
  }
}

function because(reason: string | null): string {
  return reason === null ? "" : ` (${reason})`;
}

export function describeOperated(id: string, operated: Operated): string {
  switch (operated.kind) {
    case "done":
      return `${id}: ${operated.from} → ${operated.to}${operated.isRepeated ? " (done before, under the same action id)" : ""}`;
    case "refused":
      return `${id}: nothing done, it is ${operated.state}: ${REFUSAL_MESSAGES[operated.why]}`;
    case "no-such-item":
      return `${id}: there is no turn or delivery of that id`;
    case "other-action":
      return `${id}: nothing done, the action id was used for ${operated.action}`;
    default:
      return operated satisfies never;
  }
}
