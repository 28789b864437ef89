import { z } from "zod";
import { BadCommand, type Command } from "../../simulation/platform.ts";
import type { MessengerSimulator, Posted } from "../simulator.ts";

const person = z.object({
  peerId: z.string().min(1),
  lost: z.boolean().default(false),
  copies: z.int().min(1).max(10).default(1),
});
const answer = z.union([z.literal("disconnect"), z.int().min(200).max(599)]);
const onRoute = {
  route: z.enum(["send", "session", "any"]).default("send"),
  times: z.int().min(1).default(1),
};
const said = { how: answer, message: z.string().default("") };
const fault = z.discriminatedUnion("at", [
  z.object({ ...onRoute, ...said, at: z.literal("before-accept") }),
  z.object({ ...onRoute, ...said, at: z.literal("after-accept") }),
  z.object({ ...onRoute, at: z.literal("slow"), delayMs: z.int().min(0) }),
  z.object({ ...onRoute, at: z.literal("stall"), delayMs: z.int().min(0) }),
]);
const item = z.looseObject({});

/** What a separate process may ask of Messenger's simulator, by name. */
export function messengerCommands(simulator: MessengerSimulator): Readonly<Record<string, Command>> {
  const client = ({ peerId }: { peerId: string }) => simulator.person(peerId);
  return {
    says: command(person.extend({ text: z.string() }), async (on) => posted(await client(on).says(on.text, on))),
    sends: command(person.extend({ message: item }), async (on) => posted(await client(on).sends(on.message, on))),
    taps: command(person.extend({ data: z.string(), title: z.string().default("a button") }), async (on) =>
      posted(await client(on).taps(on.data, on.title, on)),
    ),
    picks: command(person.extend({ data: z.string(), title: z.string().default("a choice") }), async (on) =>
      posted(await client(on).picks(on.data, on.title, on)),
    ),
    reads: command(person, async (on) => posted(await client(on).reads(on))),
    "answers-by-hand": command(person.extend({ text: z.string() }), async (on) =>
      posted(await client(on).answeredByHand(on.text, on)),
    ),
    "goes-elsewhere": command(person, async (on) => posted(await client(on).goesElsewhere(on))),
    "comes-back": command(person, async (on) => posted(await client(on).comesBack(on))),
    blocks: command(person, (on) => {
      client(on).blocks();
      return {};
    }),
    /** Several items in one body, with whatever fields. */
    events: command(z.object({ events: z.array(item), standby: z.boolean().default(false) }), ({ events, standby }) =>
      simulator.post(events, { standby }),
    ),
    redeliver: command(z.object({ webhookId: z.int() }), async ({ webhookId }) => {
      const record = await simulator.repeat(webhookId);
      if (record === null) throw new BadCommand(`webhookId: no webhook ${webhookId} was sent`);
      return record;
    }),
    faults: command(fault, ({ route, ...asked }) => {
      const where = route === "any" ? "any" : "send";
      if (!("message" in asked) || asked.message !== "") simulator.faults.next(where, asked);
      else {
        const { message: _, ...unsaid } = asked;
        simulator.faults.next(where, unsaid);
      }
      return {};
    }),
    "clear-faults": command(z.unknown(), () => {
      simulator.faults.clear();
      return {};
    }),
    "lose-echoes": command(z.object({ count: z.int().min(1).default(1) }), ({ count }) => {
      simulator.loseEchoes(count);
      return {};
    }),
    subscribe: command(z.unknown(), () => {
      simulator.subscribe();
      return {};
    }),
    "webhook-url": command(z.object({ url: z.url({ protocol: /^https?$/ }) }), ({ url }) => {
      simulator.webhookUrl = url;
      return { url };
    }),
  };
}

/** What a separate process may look at, by name; `argument` is the rest of the path. */
export function messengerViews(simulator: MessengerSimulator): Readonly<Record<string, (argument: string) => unknown>> {
  return {
    seen: (psid) => simulator.seenBy(psid),
    signs: (psid) => simulator.signsFor(psid),
    calls: () => simulator.calls,
    webhooks: () => simulator.webhooks,
    subscribed: () => ({ isSubscribed: simulator.isSubscribed }),
  };
}

function posted({ webhook, ...ids }: Posted) {
  const { status, result, webhookId } = webhook;
  return { ...ids, webhookId, status, result };
}

function command<T>(input: z.ZodType<T>, run: (input: T) => unknown): Command {
  return (given) => {
    const read = input.safeParse(given);
    if (!read.success) throw new BadCommand(z.prettifyError(read.error));
    return run(read.data);
  };
}
