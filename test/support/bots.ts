import type { AgentFunction } from "../../src/agents/in-process.ts";
import type { WireTurn } from "../../src/agents/protocol.ts";

/** A bot that records what it is asked; `answer` says what comes of it. */
export function bot(
  answer: (turn: WireTurn, signal: AbortSignal, call: number) => unknown = (turn) => `echo ${turn.text}`,
) {
  const asked: { turn: WireTurn; signal: AbortSignal }[] = [];
  const ask: AgentFunction = (turn, { signal }) => {
    asked.push({ turn, signal });
    return answer(turn, signal, asked.length);
  };
  return { asked, ask };
}

/** A bot that answers when the test says so: `answers[n].resolve(…)`. */
export function patientBot() {
  const answers: PromiseWithResolvers<unknown>[] = [];
  const { asked, ask } = bot(() => {
    const answer = Promise.withResolvers<unknown>();
    answers.push(answer);
    return answer.promise;
  });
  return { asked, ask, answers };
}
