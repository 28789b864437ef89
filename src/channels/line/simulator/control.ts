import { z } from "zod";
import { BadCommand, type Command } from "../../simulation/platform.ts";
import type { Content, LineSimulator, Person, Posted } from "../simulator.ts";
import type { EventFields, LineSource } from "./events.ts";

const person = z.object({
  peerId: z.string().min(1),
  /** Where the person writes; without it, in the one-to-one chat. */
  groupId: z.string().min(1).optional(),
  roomId: z.string().min(1).optional(),
  standby: z.boolean().default(false),
  mentions: z.array(z.union([z.enum(["bot", "all"]), z.object({ userId: z.string().min(1) })])).default([]),
  lost: z.boolean().default(false),
});

const answer = z.union([z.literal("disconnect"), z.int().min(200).max(599)]);
const onRoute = {
  route: z.enum(["reply", "push", "content", "profile", "info", "token", "any"]),
  times: z.int().min(1).default(1),
};
const fault = z.discriminatedUnion("at", [
  z.object({ ...onRoute, at: z.literal("before-accept"), how: answer, message: z.string().default("") }),
  z.object({ ...onRoute, at: z.literal("after-accept"), how: answer, message: z.string().default("") }),
  z.object({ ...onRoute, at: z.literal("slow"), delayMs: z.int().min(0) }),
  z.object({ ...onRoute, at: z.literal("stall"), delayMs: z.int().min(0) }),
]);

const kept = z.object({
  messageId: z.string().min(1),
  type: z.string().min(1).optional(),
  state: z.enum(["ready", "preparing", "gone"]).optional(),
  /** The content itself. */
  base64: z.base64().optional(),
});

const event = z.looseObject({ type: z.string().min(1), source: z.looseObject({ type: z.string() }).optional() });

const webhookAddress = z.object({ url: z.url({ protocol: /^https?$/ }), isOn: z.boolean().default(true) });

/** What a separate process may ask of LINE's simulator, by name. */
export function lineCommands(simulator: LineSimulator): Readonly<Record<string, Command>> {
  const asPerson = <T extends z.infer<typeof person>>(said: T): Person => {
    if (said.groupId !== undefined) return simulator.group(said.groupId).person(said.peerId);
    if (said.roomId !== undefined) return simulator.room(said.roomId).person(said.peerId);
    return simulator.person(said.peerId);
  };
  return {
    says: command(person.extend({ text: z.string() }), async (said) =>
      posted(await asPerson(said).says(said.text, said)),
    ),
    sends: command(person.extend({ message: z.looseObject({ type: z.string() }) }), async (said) =>
      posted(await asPerson(said).sends(said.message, said)),
    ),
    taps: command(person.extend({ data: z.string() }), async (said) =>
      posted(await asPerson(said).taps(said.data, said)),
    ),
    unsends: command(person.extend({ messageId: z.string().min(1) }), async (said) =>
      posted(await asPerson(said).unsends(said.messageId, said)),
    ),
    edits: command(person.extend({ messageId: z.string().min(1), text: z.string() }), async (said) =>
      posted(await asPerson(said).edits(said.messageId, said.text, said)),
    ),
    keeps: command(kept, ({ messageId, base64, ...content }) => {
      const bytes = base64 === undefined ? {} : { bytes: new Uint8Array(Buffer.from(base64, "base64")) };
      simulator.keeps(messageId, { ...definedOnly(content), ...bytes });
      return {};
    }),
    "revoke-tokens": command(z.unknown(), () => {
      simulator.revokeTokens();
      return {};
    }),
    follows: command(person, async (said) => posted(await asPerson(said).follows(said))),
    blocks: command(person, async (said) => posted(await asPerson(said).blocks(said))),
    /** Several events in one body, with whatever fields; ids and times that are missing are filled in. */
    events: command(z.object({ events: z.array(event), lost: z.boolean().default(false) }), ({ events, lost }) =>
      simulator.post(
        events.map(({ type, source, ...fields }) =>
          // Sent as given: what a gateway does with an odd event is what one wants to see.
          simulator.events.raw(type, (source ?? null) as LineSource | null, fields as EventFields),
        ),
        { lost },
      ),
    ),
    redeliver: command(
      z.object({ eventId: z.string(), isRedelivery: z.boolean().default(true) }),
      async ({ eventId, isRedelivery }) => {
        const record = await simulator.redeliver(eventId, { isRedelivery });
        if (record === null) throw new BadCommand(`eventId: no event ${JSON.stringify(eventId)} was sent`);
        return record;
      },
    ),
    faults: command(fault, ({ route, ...asked }) => {
      if ("message" in asked && asked.message === "") simulator.faults.next(route, withoutMessage(asked));
      else simulator.faults.next(route, asked);
      return {};
    }),
    "clear-faults": command(z.unknown(), () => {
      simulator.faults.clear();
      return {};
    }),
    quota: command(z.object({ limit: z.int().min(0).nullable() }), ({ limit }) => {
      simulator.quota.limit = limit;
      return simulator.quota;
    }),
    "webhook-url": command(webhookAddress, ({ url, isOn }) => {
      Object.assign(simulator, { webhookUrl: url, isWebhookOn: isOn });
      return { url, isOn };
    }),
  };
}

/** What a separate process may look at, by name; `argument` is the rest of the path. */
export function lineViews(simulator: LineSimulator): Readonly<Record<string, (argument: string) => unknown>> {
  return {
    seen: (peerId) => simulator.seenBy(peerId),
    calls: () => simulator.calls,
    "beside-calls": () => simulator.besideCalls,
    webhooks: () => simulator.webhooks,
    quota: () => simulator.quota,
  };
}

type Kept = Partial<Omit<Content, "bytes">>;

function definedOnly(fields: { [K in keyof Kept]: Kept[K] | undefined }): Kept {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function withoutMessage<T extends { readonly message: string }>({ message: _, ...rest }: T) {
  return rest;
}

function posted({ webhook, ...ids }: Posted) {
  const { status, result } = webhook;
  return { ...ids, status, result };
}

function command<T>(input: z.ZodType<T>, run: (input: T) => unknown): Command {
  return (given) => {
    const read = input.safeParse(given);
    if (!read.success) throw new BadCommand(z.prettifyError(read.error));
    return run(read.data);
  };
}
