/** G11: what waits can be opened as rows, and the transcript of a message leaves nothing out. */
import { type Mutation, store } from "./mutation.ts";

const LIST = "src/store/ops/list-waiting.ts";
const TIMELINE = "src/store/ops/read-timeline.ts";

export const LISTING: readonly Mutation[] = [
  {
    name: "counted-and-not-listed",
    breaks: "G11: a delivery that waits on its usual way is counted, and can be opened as a row.",
    file: "src/store/ops/waiting-rows.ts",
    edits: [{ find: "pending: [DELIVERIES],", put: "pending: [PENDING_LISTED]," }],
    tests: store("the rows of what waits.*as many as are counted"),
  },
  {
    name: "page-before-it-is-complete",
    breaks: "G11: of lists that are read side by side a page shows only what all of them were read for.",
    file: LIST,
    edits: [
      {
        find: "[...items.values()].filter((item) => readTo === null || !isNewer(readTo, positionOf(item)))",
        put: "[...items.values()]",
      },
    ],
    tests: store("why a row waits.*passes over many"),
  },
  {
    name: "held-up-by-another-unsaid",
    breaks: "G11: a row that waits behind another of its conversation says so.",
    file: "src/store/ops/operator-item.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    edits: [{ find: "WHEN ${isBlocked(dialect)} THEN 'behind'", put: "" }],
    tests: store("why a row waits.*one delivery of a conversation"),
  },
  {
    name: "events-of-some-types-hidden",
    breaks: "G11: a timeline has events of every type, what was taken back too.",
    file: TIMELINE,
    edits: [{ find: "    tx.all(SELECT_OTHERS, window),\n", put: "" }],
    tests: store("a conversation.*events of every type"),
  },
  {
    name: "too-much-for-a-page-is-lost",
    breaks: "G11: a timeline goes on where a page ended, however much has no turn.",
    file: TIMELINE,
    edits: [{ find: "times.length === WITHOUT_TURN_MAX", put: "times.length > WITHOUT_TURN_MAX" }],
    tests: store("a conversation.*loses none on its pages"),
  },
  {
    name: "conversation-listed-again-and-again",
    breaks: "G11: a conversation is listed once, at what began last in it.",
    file: "src/store/ops/list-conversations.ts",
    edits: [{ find: "isNewestOf(summary, list.kind, head.id) && ", put: "" }],
    tests: store("the list of conversations.*each once"),
  },
];
