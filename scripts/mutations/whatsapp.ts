/** What keeps people apart and together, in order, and the token where it belongs, on WhatsApp. */
import { type Mutation, store } from "./mutation.ts";

const OPS = "src/store/sqlite/ops";
const WHATSAPP = "src/channels/whatsapp";

export const WHATSAPP_MUTATIONS: readonly Mutation[] = [
  {
    name: "number-of-somebody-else",
    breaks: "A number that passed on brings nobody into another person's conversation.",
    file: `${OPS}/peer-names.ts`,
    edits: [{ find: "(own === null || !isOthers(byNumber, own))) return byNumber", put: "true) return byNumber" }],
    tests: store("a person with several names"),
  },
  {
    name: "newest-name",
    breaks: "Answers go to the name that is the person's now.",
    file: `${OPS}/peer-names.ts`,
    edits: [{ find: "ORDER BY address_since DESC LIMIT 1", put: "ORDER BY address_since LIMIT 1" }],
    tests: store("an answer goes to"),
  },
  {
    name: "awaited-after-a-receipt",
    breaks: "G6: what a receipt shows as sent is waited for, too.",
    file: `${OPS}/record-receipt.ts`,
    edits: [{ find: "      awaited.sent(target.delivery_id, status, now);\n", put: "" }],
    tests: store("a message that is awaited"),
  },
  {
    name: "the-wait-is-recorded",
    breaks: "G6: whoever settles the call of a process that is gone knows how long to wait.",
    file: `${OPS}/start-attempt.ts`,
    edits: [{ find: "start.awaitDeliveredMs?.(conversation) ?? 0", put: "0" }],
    tests: store("a message that is awaited"),
  },
  {
    name: "awaited",
    breaks: "The next message waits until the one before has arrived.",
    file: `${OPS}/blocked.ts`,
    edits: [{ find: "arriving.awaited_until > :now", put: "arriving.awaited_until > :now + 9e15" }],
    tests: store("a message that is awaited"),
  },
  {
    name: "arrival-frees",
    breaks: "What arrived holds nobody up any more.",
    file: `${OPS}/awaited.ts`,
    edits: [{ find: "isOver(receipt) && release", put: "!isOver(receipt) && release" }],
    tests: store("a message that is awaited"),
  },
  {
    name: "token-to-meta-alone",
    breaks: "The access token goes to no host that a link names.",
    file: `${WHATSAPP}/media.ts`,
    edits: [{ find: "link !== null && isTrusted(link, options) ?", put: "link !== null ?" }],
    tests: { files: [`${WHATSAPP}/send.test.ts`], named: "another host" },
  },
  {
    name: "delivery-id-travels",
    breaks: "§6.5: a status brings our delivery's id back.",
    file: `${WHATSAPP}/send.ts`,
    edits: [{ find: "      biz_opaque_callback_data: deliveryId,\n", put: "" }],
    tests: { files: [`${WHATSAPP}/send.test.ts`], named: "names its recipient" },
  },
  {
    name: "number-in-the-signed-body",
    breaks: "What is for another of our numbers is not taken for this one's.",
    file: `${WHATSAPP}/normalize.ts`,
    edits: [
      {
        find: "changes.filter(({ phoneNumberId }) => phoneNumberId === null || phoneNumberId === options.phoneNumberId)",
        put: "changes",
      },
    ],
    tests: { files: [`${WHATSAPP}/normalize.test.ts`], named: "another of the account's numbers" },
  },
];
