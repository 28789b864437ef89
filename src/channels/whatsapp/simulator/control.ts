import { z } from "zod";
import { BadCommand, type Command } from "../../simulation/platform.ts";
import type { Posted, WhatsAppSimulator } from "../simulator.ts";

const person = z.object({
  /** A number, or a user id for one who tells no number. */
  peerId: z.string().min(1),
  lost: z.boolean().default(false),
  copies: z.int().min(1).max(10).default(1),
});

const answer = z.union([z.literal("disconnect"), z.int().min(200).max(599)]);
const onRoute = { route: z.enum(["send", "read", "media", "any"]), times: z.int().min(1).default(1) };
const fault = z.discriminatedUnion("at", [
  z.object({ ...onRoute, at: z.literal("before-accept"), how: answer, message: z.string().default("") }),
  z.object({ ...onRoute, at: z.literal("after-accept"), how: answer, message: z.string().default("") }),
  z.object({ ...onRoute, at: z.literal("slow"), delayMs: z.int().min(0) }),
  z.object({ ...onRoute, at: z.literal("stall"), delayMs: z.int().min(0) }),
]);

const probability = z.number().min(0).max(1);
const statuses = z
  .object({
    isOff: z.boolean(),
    delayMs: z.int().min(0),
    readAfterMs: z.int().min(0).nullable(),
    loss: probability,
    skipDelivered: probability,
    jitterMs: z.int().min(0),
    twice: probability,
  })
  .partial();

/** What a separate process may ask of WhatsApp's simulator, by name. */
export function whatsappCommands(simulator: WhatsAppSimulator): Readonly<Record<string, Command>> {
  return {
    says: command(person.extend({ text: z.string() }), async ({ peerId, text, ...how }) =>
      posted(await simulator.person(peerId).says(text, how)),
    ),
    sends: command(
      person.extend({ type: z.string(), content: z.unknown(), beside: z.record(z.string(), z.unknown()).default({}) }),
      async ({ peerId, type, content, ...how }) => posted(await simulator.person(peerId).sends(type, content, how)),
    ),
    "sends-media": command(
      z.object({
        peerId: z.string().min(1),
        type: z.enum(["image", "video", "audio", "document"]),
        content: z.string(),
        mimeType: z.string().min(1),
      }),
      async ({ peerId, type, content, mimeType }) =>
        posted(await simulator.person(peerId).sendsMedia(type, content, mimeType)),
    ),
    taps: command(
      person.extend({ id: z.string(), title: z.string().default("") }),
      async ({ peerId, id, title, ...how }) => posted(await simulator.person(peerId).taps(id, title, how)),
    ),
    "adopts-username": command(z.object({ peerId: z.string().min(1) }), ({ peerId }) => {
      simulator.person(peerId).adoptsUsername();
      return { userId: simulator.person(peerId).userId };
    }),
    "changes-number": command(
      z.object({ peerId: z.string().min(1), to: z.string().min(1) }),
      async ({ peerId, to }) => {
        await simulator.person(peerId).changesNumber(to);
        return { userId: simulator.person(to).userId };
      },
    ),
    blocks: command(z.object({ peerId: z.string().min(1) }), ({ peerId }) => {
      simulator.person(peerId).blocks();
      return {};
    }),
    /** A change as given: what a gateway does with an odd one is what one wants to see. */
    post: command(
      z.object({ field: z.string(), value: z.record(z.string(), z.unknown()), lost: z.boolean().default(false) }),
      ({ field, value, lost }) => simulator.post(field, value, { lost }),
    ),
    repeat: command(z.object({ webhookId: z.int() }), async ({ webhookId }) => {
      const record = await simulator.repeat(webhookId);
      if (record === null) throw new BadCommand(`webhookId: no webhook ${webhookId} was sent`);
      return record;
    }),
    statuses: command(statuses, (given) => {
      const set = Object.entries(given).filter(([, value]) => value !== undefined);
      return Object.assign(simulator.statuses, Object.fromEntries(set));
    }),
    faults: command(fault, ({ route, ...asked }) => {
      if ("message" in asked && asked.message === "") simulator.faults.next(route, withoutMessage(asked));
      else simulator.faults.next(route, asked);
      return {};
    }),
    "clear-faults": command(z.unknown(), () => {
      simulator.faults.clear();
      return {};
    }),
    "webhook-url": command(z.object({ url: z.url({ protocol: /^https?$/ }) }), ({ url }) => {
      simulator.webhookUrl = url;
      return { url };
    }),
  };
}

/** What a separate process may look at, by name; `argument` is the rest of the path. */
export function whatsappViews(simulator: WhatsAppSimulator): Readonly<Record<string, (argument: string) => unknown>> {
  return {
    seen: (peerId) => simulator.seenBy(peerId),
    calls: () => simulator.calls,
    webhooks: () => simulator.webhooks,
    read: () => [...simulator.read],
    statuses: () => simulator.statuses,
  };
}

function withoutMessage<T extends { readonly message: string }>({ message: _, ...rest }: T) {
  return rest;
}

function posted({ webhook, messageId }: Posted) {
  const { webhookId, status, result } = webhook;
  return { messageId, webhookId, status, result };
}

function command<T>(input: z.ZodType<T>, run: (input: T) => unknown): Command {
  return (given) => {
    const read = input.safeParse(given);
    if (!read.success) throw new BadCommand(z.prettifyError(read.error));
    return run(read.data);
  };
}
