/** What scenarios of every platform expect. */
import { counted, type Expectation, entriesOf, exactly } from "./scenario.ts";

function several(count: number, one: string): string {
  return count === 0 ? `no ${one}` : count === 1 ? `one ${one}` : `${count} ${one}s`;
}

/** The agent answers a turn with one message, as the demo's does. */
export function shows(count: number): Expectation {
  return counted(`${several(count, "message")} of the bot on the screen`, ({ bubbles }) => bubbles.length, count);
}

export function events(count: number): Expectation {
  return counted(`${several(count, "event")} of the person at the gateway`, (seen) => messagesOf(seen).length, count);
}

const messagesOf = (seen: Parameters<Expectation["unmet"]>[0]) =>
  entriesOf(seen, "event").filter(({ type }) => type === "message");

/** Turns in that state, and none beside them. */
export function turns(count: number, state: "done" | "dead" = "done"): Expectation {
  return exactly(
    `${several(count, "turn")}, ${state}`,
    (seen) => entriesOf(seen, "turn").map((turn) => turn.state),
    Array.from({ length: count }, () => state),
  );
}

/** One turn, so often handed to an agent. */
export function handOuts(count: number): Expectation {
  return exactly(
    count === 1 ? "the turn was handed to the agent once" : `the turn was handed to the agent ${count} times`,
    (seen) => entriesOf(seen, "turn").map(({ attempt }) => attempt),
    [count],
  );
}

/** States of the deliveries, in the order in which they were made. */
export function deliveries(...states: readonly string[]): Expectation {
  const words = states.length === 0 ? "nothing is to be sent" : `answers that are ${states.join(", then ")}`;
  return exactly(words, (seen) => entriesOf(seen, "delivery").map(({ state }) => state), states);
}

/** Routes and outcomes of the calls as the gateway understood them: `reply unknown`. */
export function attempts(...wanted: readonly string[]): Expectation {
  return exactly(
    `calls that the gateway found ${wanted.join(", then ")}`,
    (seen) => entriesOf(seen, "attempt").map(({ route, outcome }) => `${route} ${outcome ?? "under way"}`),
    wanted,
  );
}

/** By what the gateway knows that an answer was sent. */
export function evidence(...wanted: readonly (string | null)[]): Expectation {
  return exactly(
    `the evidence for it is ${wanted.join(", then ")}`,
    (seen) => entriesOf(seen, "delivery").map((delivery) => delivery.evidence),
    wanted,
  );
}

/** Answers of the platform to the calls that bring the person a message. */
export function answers(...statuses: readonly (number | "disconnect")[]): Expectation {
  return exactly(
    `the platform answered ${statuses.join(", then ")}`,
    ({ calls }) => calls.map(({ status }) => status ?? "nothing yet"),
    statuses,
  );
}

/** Copies of the first webhook of the run, whatever came of each. */
export function copies(count: number): Expectation {
  return counted(
    `${count} copies of the webhook`,
    ({ webhooks }) => webhooks.filter(({ webhookId }) => webhookId === webhooks[0]?.webhookId).length,
    count,
  );
}

/** Results of those copies, in the order in which they were sent. */
export function copyResults(...results: readonly string[]): Expectation {
  return exactly(
    `copies of the webhook with the results ${results.join(", then ")}`,
    ({ webhooks }) =>
      webhooks.filter(({ webhookId }) => webhookId === webhooks[0]?.webhookId).map(({ result }) => result),
    results,
  );
}
