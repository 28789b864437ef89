/** What a platform refuses, of a label, a message, a medium, a template or a window, costs nothing else. */
import { inFile, type Mutation, store } from "./mutation.ts";

export const REFUSING: readonly Mutation[] = [
  {
    name: "labels-by-one-count",
    breaks: "G12: a label is within both counts that are known of LINE, or the whole call dies.",
    file: "src/channels/line/render/piece.ts",
    edits: [
      {
        find: "return inCodePoints(text) <= limit;",
        put: "return [...new Intl.Segmenter().segment(text)].length <= limit;",
      },
      {
        find: "return shortenBy(text, limit, inCodePoints);",
        put: "return fits(text, limit) ? text : shortenBy(text, limit, inCodePoints);",
      },
    ],
    tests: inFile("src/channels/line/render.test.ts", "a label"),
  },
  {
    name: "blank-labels-on-buttons",
    breaks: "G12: a label of white space makes a text, and no refused call.",
    file: "src/channels/render.ts",
    edits: [{ find: "if (choices.some(({ label }) => isBlank(label))) return BLANK_LABEL;", put: "" }],
    tests: inFile("src/channels/messenger/render.test.ts", "with a label of white space"),
  },
  {
    name: "refused-with-the-others",
    breaks: "G12: one message that LINE refuses takes no other of its call along.",
    file: "src/store/ops/refused-messages.ts",
    edits: [{ find: "if (places.length === 0) return null;", put: "if (places.length >= 0) return null;" }],
    tests: store("of which the platform refuses some messages.*goes out again without them"),
  },
  {
    name: "refused-bytes-again",
    breaks: "G8: what is left of a refused call isn't sent as the bytes that were refused.",
    file: "src/store/ops/refused-messages.ts",
    edits: [{ find: "  await tx.run(BEGIN_ANEW, { deliveryId });\n", put: "" }],
    tests: store("of which the platform refuses some messages.*goes out again without them"),
  },
];
