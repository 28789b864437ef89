/** What the simulators' control API and the scenarios must not do to whoever uses them. */
import { inFile, type Mutation } from "./mutation.ts";

const CONTROL_API = "src/simulator/control-api.ts";
const FOREIGN_PAGE = "src/runtime/foreign-page.ts";
const SERVER_TEST = "src/simulator/server.test.ts";

export const SIMULATING: readonly Mutation[] = [
  {
    name: "control-by-rebinding",
    breaks: "§7: no web page reaches the control API by a name that was rebound to this machine.",
    file: FOREIGN_PAGE,
    edits: [{ find: "rules.isLoopbackOnly && !isLoopbackHost(host)", put: 'rules.isLoopbackOnly && host === ""' }],
    tests: inFile(SERVER_TEST, "by another name of this machine"),
  },
  {
    name: "control-by-form",
    breaks: "§7: no web page posts a command as a form or as text.",
    file: CONTROL_API,
    edits: [{ find: 'if (method === "POST" && !/^application', put: 'if (method === "PUT" && !/^application' }],
    tests: inFile(SERVER_TEST, "with what it may post to another origin"),
  },
  {
    name: "control-from-another-origin",
    breaks: "§7: no web page of another origin commands a simulator.",
    file: FOREIGN_PAGE,
    edits: [{ find: "if (origin !== undefined && !isOriginOf", put: "if (origin === host && !isOriginOf" }],
    tests: inFile(SERVER_TEST, "from another origin"),
  },
  {
    name: "lost-answer-arrives",
    breaks: "G1: a webhook whose 200 is lost is sent again in scenarios, or they show nothing.",
    file: "src/channels/simulation/webhooks.ts",
    edits: [{ find: 'const answer = isAnswerLost ? "late" : given;', put: "const answer = given;" }],
    tests: inFile("src/simulator/control-commands.test.ts", "an answer that is lost on its way"),
  },
  {
    name: "stream-without-bound",
    breaks: "§7: readers that connect again and again don't fill a simulator's memory.",
    file: "src/simulator/change-stream.ts",
    edits: [{ find: "if (this.#readers.size >= READERS_MAX) {", put: "if (this.#readers.size < 0) {" }],
    tests: inFile(SERVER_TEST, "a stream has so many readers at most"),
  },
];
