/**
 * Generates the table of `docs/channels.md` from the channels: their fields, and the results of their renderers.
 *
 *   node scripts/channels-table.ts           writes it
 *   node scripts/channels-table.ts --check   fails when it is out of date
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Channel } from "../src/channels/channel.ts";
import { CHANNELS } from "../src/channels/index.ts";
import { readConfig } from "../src/config/config.ts";
import type { Card, Reply } from "../src/core/reply.ts";
import { allSettings, variableNames } from "../src/settings/names.ts";

const DOCUMENT = new URL("../docs/channels.md", import.meta.url);
const BEGIN = "<!-- made by scripts/channels-table.ts -->";
const END = "<!-- end of what is made -->";

/** Invented values of the variables of every platform, by suffix: enough to create a channel, which is never called. */
const INVENTED: readonly (readonly [RegExp, string])[] = [
  [/_(PAGE_ID|PHONE_NUMBER_ID|ACCOUNT_ID|WABA_ID)$/, "100000000000001"],
  [/_(SECRET|TOKEN)$/, "invented"],
];

function channels(): Channel[] {
  return Object.entries(CHANNELS).map(([platform, { tree }]) => {
    const variables = variableNames(allSettings({ [platform]: tree }));
    const invented = variables.flatMap((name) => {
      const value = INVENTED.find(([form]) => form.test(name))?.[1];
      return value === undefined ? [] : [[name, value] as const];
    });
    const [channel] = readConfig(Object.fromEntries(invented)).channels;
    if (channel === undefined) throw new Error(`no channel is configured by ${variables.join(", ")}`);
    return channel.create({});
  });
}

const NO_TURN = { message: () => null };
const URL_OF = { image: "a.png", video: "a.mp4", audio: "a.m4a", file: "a.pdf" } as const;

type Support = "native" | "adapted" | "not supported";

/** How the channel renders these replies. */
function support(channel: Channel, ...replies: Reply[]): Support {
  try {
    return channel.render(replies, NO_TURN).adapted.length === 0 ? "native" : "adapted";
  } catch {
    return "not supported";
  }
}

/** The largest count up to `most` that is still rendered natively, by bisection: all smaller ones must be, too. */
function mostOf(most: number, isNative: (count: number) => boolean): number {
  let least = 0;
  let beyond = most + 1;
  while (beyond - least > 1) {
    const middle = Math.floor((least + beyond) / 2);
    if (isNative(middle)) least = middle;
    else beyond = middle;
  }
  return least;
}

const choices = (count: number, label = 1): Reply => ({
  type: "choices",
  text: "Which?",
  choices: Array.from({ length: count }, (_, index) => ({
    label: String(index % 10).padEnd(label, "x"),
    value: `${index}`,
  })),
});
const cardOf = (change: Partial<Card>): Reply => ({ type: "card", title: "Card", text: "about it", ...change });
const actions = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ label: `${index}`, value: `${index}` }));

const ms = (time: number): string => (time % 60_000 === 0 ? `${time / 60_000} min` : `${time / 1_000} s`);
const orNone = (count: number): string => (count === 0 ? "none" : String(count));
const isWhole = (channel: Channel, reply: Reply) => support(channel, reply) === "native";

const ROWS: readonly (readonly [name: string, cell: (channel: Channel) => string])[] = [
  ["handshake: webhook URL is verified by `GET`", (channel) => (channel.handshake === undefined ? "no" : "yes")],
  ["webhook names its account", (channel) => (channel.identity === undefined ? "no" : "yes, and it is checked")],
  ["largest webhook", (channel) => `${channel.bodyLimitBytes / 1024 / 1024} MiB`],
  ["webhook must be answered within", (channel) => ms(channel.ackBudgetMs)],
  ["free answers", (channel) => (channel.token === null ? "no" : "yes, by reply token")],
  ["other route", (channel) => channel.paidRoute],
  [
    "retry key (idempotency key)",
    (channel) =>
      channel.retryKeyLifeMs === null
        ? "none: outcomes are settled by receipts"
        : `for ${channel.retryKeyLifeMs / 3_600_000} h`,
  ],
  ["messages a call", (channel) => String(channel.messagesPerCall)],
  ["typing indicator while the agent works", (channel) => (channel.typingIndicator === null ? "none" : "yes")],
  [
    "longest text in one message (UTF-16 units)",
    (channel) =>
      String(
        mostOf(20_000, (n) => channel.render([{ type: "text", text: "x".repeat(n) }], NO_TURN).messages.length <= 1),
      ),
  ],
  [
    "choices below a question, at most",
    (channel) => orNone(mostOf(40, (n) => n === 0 || isWhole(channel, choices(n)))),
  ],
  [
    "a choice's label, in full on its button",
    (channel) => orNone(mostOf(100, (n) => n === 0 || isWhole(channel, choices(2, n)))),
  ],
  ["cards side by side", (channel) => orNone(mostOf(30, (n) => n === 0 || isWhole(channel, row(n))))],
  ["actions on a card", (channel) => orNone(mostOf(10, (n) => isWhole(channel, cardOf({ actions: actions(n) }))))],
  ...(["image", "video", "audio", "file"] as const).map(
    (type) =>
      [type, (channel: Channel) => support(channel, { type, url: `https://example.com/${URL_OF[type]}` })] as const,
  ),
  [
    "location",
    (channel) => support(channel, { type: "location", title: "T", address: "A", latitude: 1, longitude: 2 }),
  ],
];

function row(count: number): Reply {
  return {
    type: "carousel",
    cards: Array.from({ length: count }, (_, index) => ({ title: `${index}`, text: "about it" })),
  };
}

/** The table of all channels. */
export function channelsTable(): string {
  const listed = channels();
  const cells = [["", ...listed.map(({ name }) => name)], ...ROWS.map(([name, of]) => [name, ...listed.map(of)])];
  const widths = cells[0]?.map((_, column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  const written = cells.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [written[0], rule, ...written.slice(1)].join("\n");
}

/** The document with the current table. */
export function withTable(document: string): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/channels.md must hold ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${channelsTable()}\n\n${END}${after}`;
}

if (import.meta.main) {
  const document = readFileSync(DOCUMENT, "utf8");
  const current = withTable(document);
  if (!process.argv.includes("--check")) writeFileSync(DOCUMENT, current);
  else if (document !== current) throw new Error("docs/channels.md is out of date: run node scripts/channels-table.ts");
}
