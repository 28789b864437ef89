/** What a platform refuses, of a label, a message, a medium, a template or a window, costs nothing else. */
import { inFile, type Mutation, store } from "./mutation.ts";

const DELIVERY = "src/core/delivery.ts";
const REFUSALS = "test/refusals.test.ts";

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
        find: "return shorten(text, limit, inCodePoints);",
        put: "return fits(text, limit) ? text : shorten(text, limit, inCodePoints);",
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
    file: "src/store/ops/parts/refused-messages.ts",
    edits: [{ find: "if (places.length === 0) return null;", put: "if (places.length >= 0) return null;" }],
    tests: store("of which the platform refuses some messages.*goes out again without them"),
  },
  {
    name: "refused-bytes-again",
    breaks: "G8: what is left of a refused call isn't sent as the bytes that were refused.",
    file: "src/store/ops/parts/refused-messages.ts",
    edits: [{ find: "  await tx.run(BEGIN_ANEW, { deliveryId });\n", put: "" }],
    tests: store("of which the platform refuses some messages.*goes out again without them"),
  },
  {
    name: "lost-in-the-middle",
    breaks: "G8: what was bundled into a refused message of a call stays in the call.",
    file: "src/store/ops/parts/refused-messages.ts",
    edits: [{ find: "      await handOn(tx, row.delivery_id, deliveryId);\n", put: "" }],
    tests: store("of which the platform refuses some messages.*keeps what was bundled in front of one"),
  },
  {
    name: "token-dies-with-its-message",
    breaks: "G9: the token of a call that sent nothing is left to what was parked in front.",
    file: DELIVERY,
    edits: [
      { find: "messages.length > 0 ? { tokenDoubtful: true }", put: "messages.length > 9 ? { tokenDoubtful: true }" },
    ],
    tests: store("of which the platform refuses some messages.*leaves its token"),
  },
  {
    name: "doubtful-token-proves",
    breaks: "G8: a token that a refusal may have spent proves no acceptance.",
    file: "src/store/ops/settle-attempt.ts",
    edits: [{ find: "next.tokenDoubtful ? tx.run", put: "next.tokenDoubtful && deliveryId === token ? tx.run" }],
    tests: store("of which the platform refuses some messages.*proves nothing by its token"),
  },
  {
    name: "media-tried-on",
    breaks: "G12: a medium that can't be fetched is tried twice.",
    file: DELIVERY,
    edits: [{ find: "const MEDIA_TRIES = 2;", put: "const MEDIA_TRIES = 10;" }],
    tests: inFile(REFUSALS, "is sent twice"),
  },
  {
    name: "aside-goes-first",
    breaks: "G12: what steps aside goes behind a newer answer.",
    file: "src/store/ops/parts/blocked.ts",
    edits: [{ find: "d.state = 'pending' AND d.steps_aside = 1", put: "d.state = 'pending' AND d.steps_aside = 2" }],
    tests: store("steps aside.*for its medium goes behind"),
  },
  {
    name: "long-wait-blocks",
    breaks: "G12: a delivery that waits for long holds up no newer answer.",
    file: DELIVERY,
    edits: [{ find: "stepsAside: stepsAside || isLong", put: "stepsAside: stepsAside && isLong" }],
    tests: store("steps aside.*for a long wait"),
  },
  {
    name: "window-parked-with-a-template",
    breaks: "G9: where WhatsApp says that the window has ended, the account's template goes out.",
    file: DELIVERY,
    edits: [{ find: "(byTemplate || isWindowOpenAgain)", put: "isWindowOpenAgain" }],
    tests: inFile(REFUSALS, "goes out in the account's template"),
  },
  {
    name: "window-not-closed",
    breaks: "G9: the platform's word that a window has ended counts before our own count.",
    file: "src/store/ops/parts/window.ts",
    edits: [{ find: "if (closesWindow) await", put: "if (closesWindow && startedAt < 0) await" }],
    tests: store("window has ended.*closes it, whatever"),
  },
  {
    name: "own-template-refused-is-dead",
    breaks: "G11: a text whose template is refused waits for the window, and is no dead letter.",
    file: DELIVERY,
    edits: [{ find: "if (ownTemplate !== null) return ownTemplate;\n", put: "" }],
    tests: inFile(REFUSALS, "its text is parked"),
  },
  {
    name: "template-refused-untold",
    breaks: "G11: the operator is told that the account's template is refused.",
    file: "src/store/ops/parts/account-state.ts",
    edits: [{ find: "if (templateRefused !== null) await", put: "if (templateRefused === undefined) await" }],
    tests: inFile(REFUSALS, "its text is parked"),
  },
  {
    name: "call-opens-no-window",
    breaks: "G9: a person's call opens the window.",
    file: "src/channels/whatsapp/normalize.ts",
    edits: [{ find: "...(isTheirs && { windowMs", put: "...(!isTheirs && { windowMs" }],
    tests: inFile(REFUSALS, "opens it by its webhook"),
  },
  {
    name: "promised-and-stopped",
    breaks: "G9: the 202 of a proactive message promises no route while the account is stopped.",
    file: "src/pipeline/support/proactive-message.ts",
    edits: [{ find: "  if (queued.isAccountStopped) return deliveryIds.map(() => null);\n", put: "" }],
    tests: inFile("src/http/messages.test.ts", "while the account is stopped"),
  },
  {
    name: "promised-and-parked",
    breaks: "G9: the 202 of a proactive message promises no route to what is then parked.",
    file: "src/pipeline/support/proactive-message.ts",
    edits: [
      {
        find: 'if (decision.kind !== "paid") return null;',
        put: 'if (decision.kind !== "paid") return channel.paidRoute;',
      },
    ],
    tests: inFile(REFUSALS, "nothing else is promised"),
  },
];
