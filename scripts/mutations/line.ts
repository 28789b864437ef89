/** What LINE can do beyond texts between two: groups, media, accounts, portable replies. */
import { type Mutation, store } from "./mutation.ts";

const LINE = "src/channels/line";
const RENDER = { files: [`${LINE}/render.test.ts`] };
const MEDIA = { files: ["src/http/media.test.ts"] };
const TOKENS = { files: [`${LINE}/api/tokens.test.ts`] };
const NORMALIZE = { files: [`${LINE}/normalize.test.ts`] };

const SAYING: readonly Mutation[] = [
  {
    name: "nothing-cut-from-a-card",
    breaks: "What a card has no room for is said below it.",
    file: `${LINE}/render/card.ts`,
    edits: [{ find: "...(fits(text, TEXT_LIMIT) ? [] : [text]),", put: "" }],
    tests: RENDER,
  },
  {
    name: "nothing-cut-from-a-choice",
    breaks: "A label that is too long is read in full.",
    file: `${LINE}/render/choices.ts`,
    edits: [{ find: "texts(isLong || isEmpty ?", put: "texts(isEmpty ?" }],
    tests: RENDER,
  },
  {
    name: "quick-replies-come-last",
    breaks: "Quick replies are only below the newest message, or nobody sees them.",
    file: `${LINE}/render/choices.ts`,
    edits: [{ find: "if (!isLast || ", put: "if (" }],
    tests: RENDER,
  },
  {
    name: "addresses-are-encoded",
    breaks: "LINE takes percent-encoded addresses only.",
    file: `${LINE}/render/piece.ts`,
    edits: [{ find: ".replaceAll(/%(?![0-9A-Fa-f]{2})/g", put: ".replaceAll(/%%%/g" }],
    tests: RENDER,
  },
];

const LISTENING: readonly Mutation[] = [
  {
    name: "spoken-to-in-a-group",
    breaks: "A message that mentions somebody else is not for the bot.",
    file: `${LINE}/normalize/effect.ts`,
    edits: [{ find: "({ isSelf }) => isSelf === true", put: "() => true" }],
    tests: NORMALIZE,
  },
  {
    name: "destination-is-ours",
    breaks: "A webhook for another bot is refused.",
    file: `${LINE}/normalize.ts`,
    edits: [{ find: "&& named !== botUserId", put: '&& named === ""' }],
    tests: NORMALIZE,
  },
  {
    name: "names-in-time",
    breaks: "Handing over a turn waits for names only so long.",
    file: "src/pipeline/support/enrich-turn.ts",
    edits: [{ find: "await Promise.race([Promise.all(asked), late]);", put: "await Promise.all(asked);" }],
    tests: { files: ["test/enrich-turn.test.ts"] },
  },
  {
    name: "context-since-the-turn-before",
    breaks: "What was said beside the turns comes along once.",
    file: "src/store/sqlite/ops/turn-events.ts",
    edits: [{ find: "row.received_at > before", put: "row.received_at > before * 0" }],
    tests: store("beside the turns"),
  },
  {
    name: "context-is-frozen",
    breaks: "§6.2: every attempt at a turn brings the same.",
    file: "src/store/sqlite/ops/turn-events.ts",
    edits: [{ find: "until: sealedAt", put: "until: sealedAt * 2" }],
    tests: store("beside the turns"),
  },
  {
    name: "context-taken-back",
    breaks: "What a person took back is offered to nobody.",
    file: "src/store/sqlite/ops/withdraw.ts",
    edits: [{ find: "turn_id IS NULL AND state = 'stored'", put: "turn_id IS NULL AND state = ''" }],
    tests: store("beside the turns"),
  },
];

const FETCHING: readonly Mutation[] = [
  {
    name: "links-are-signed",
    breaks: "A link that nobody gave opens nothing.",
    file: "src/http/media.ts",
    edits: [
      { find: "given.length === expected.length && timingSafeEqual(given, expected)", put: "given !== expected" },
    ],
    tests: MEDIA,
  },
  {
    name: "links-end",
    breaks: "A link is good for a while.",
    file: "src/http/media.ts",
    edits: [{ find: "!(Number(link.expires) > deps.clock.now())", put: "link.expires === undefined" }],
    tests: MEDIA,
  },
  {
    name: "media-limited",
    breaks: "Content of unknown size is bounded.",
    file: "src/http/bounded-stream.ts",
    edits: [{ find: "if (size > maxBytes) {", put: "if (size < 0) {" }],
    tests: MEDIA,
  },
  {
    name: "token-renewed-after-401",
    breaks: "A token that worked and is refused is replaced.",
    file: `${LINE}/api/tokens.ts`,
    edits: [{ find: 'hasWorked ? "renewed" : "stopped"', put: '"stopped"' }],
    tests: TOKENS,
  },
  {
    name: "token-ends-in-time",
    breaks: "An ended token is never used.",
    file: `${LINE}/api/tokens.ts`,
    edits: [{ find: "now >= held.endsAt", put: "now >= held.endsAt * 2" }],
    tests: TOKENS,
  },
];

export const LINE_MUTATIONS: readonly Mutation[] = [...SAYING, ...LISTENING, ...FETCHING];
