import { z } from "zod";
import {
  command,
  faultCommands,
  going,
  name,
  named,
  nothing,
  order,
  person,
  sharedViews,
  webhookAddress,
} from "../../simulation/control.ts";
import { BadCommand, type Command } from "../../simulation/platform.ts";
import type { LineSimulator, PostedEvent, SimulatedClient, StoredContent } from "../simulator.ts";
import type { EventFields, LineSource } from "./events.ts";
import { playedMembersOf } from "./people.ts";

const member = person.extend({
  /** Where the person writes; without it, in the one-to-one chat. */
  groupId: name.optional(),
  roomId: name.optional(),
  standby: z.boolean().default(false),
  mentions: z.array(z.union([z.enum(["bot", "all"]), z.object({ userId: name })])).default([]),
});
const route = z.enum(["reply", "push", "content", "profile", "info", "token", "any"]);

const kept = z.object({
  messageId: name,
  type: name.optional(),
  state: z.enum(["ready", "preparing", "gone"]).optional(),
  /** The content itself. */
  base64: z.base64().optional(),
});

const event = z.looseObject({ type: name, source: z.looseObject({ type: z.string() }).optional() });

/** Commands of the control API of the LINE simulator, by name. */
export function lineCommands(simulator: LineSimulator): Readonly<Record<string, Command>> {
  const clientOf = (said: z.infer<typeof member>): SimulatedClient => {
    if (said.groupId !== undefined) {
      return simulator.group(said.groupId, playedMembersOf(said.groupId)).person(said.peerId);
    }
    if (said.roomId !== undefined) return simulator.room(said.roomId).person(said.peerId);
    return simulator.person(said.peerId);
  };
  const does = <T extends z.infer<typeof member>>(
    input: z.ZodType<T>,
    act: (client: SimulatedClient, said: T) => Promise<PostedEvent>,
  ): Command => command(input, async (said) => posted(await act(clientOf(said), said)));
  const message = z.looseObject({ type: z.string() });
  return {
    says: does(member.extend({ text: z.string() }), (who, said) => who.says(said.text, said)),
    sends: does(member.extend({ message }), (who, said) => who.sends(said.message, said)),
    "sends-images": command(member.extend({ order: z.array(z.int().min(1)).min(1) }), async (said) =>
      (await clientOf(said).sendsImages(said.order, said)).map(posted),
    ),
    taps: does(member.extend({ data: z.string() }), (who, said) => who.taps(said.data, said)),
    unsends: does(member.extend({ messageId: name }), (who, said) => who.unsends(said.messageId, said)),
    edits: does(member.extend({ messageId: name, text: z.string() }), (who, said) =>
      who.edits(said.messageId, said.text, said),
    ),
    keeps: order(kept, ({ messageId, base64, ...content }) => {
      const bytes = base64 === undefined ? {} : { bytes: new Uint8Array(Buffer.from(base64, "base64")) };
      simulator.keeps(messageId, { ...definedOnly(content), ...bytes });
    }),
    "revoke-tokens": order(nothing, () => simulator.revokeTokens()),
    "reply-token-life": command(z.object({ ms: z.int().min(0) }), ({ ms }) => {
      simulator.tokenLifeMs = ms;
      return { ms };
    }),
    "expire-reply-tokens": command(z.object({ peerId: name.optional() }), ({ peerId }) => ({
      expired: simulator.expireReplyTokens(peerId),
    })),
    follows: does(member, (who, said) => who.follows(said)),
    blocks: does(member, (who, said) => who.blocks(said)),
    ...gatheringCommands(simulator),
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
    ...faultCommands(simulator.faults, route),
    reset: order(nothing, () => simulator.reset()),
    quota: command(z.object({ limit: z.int().min(0).nullable() }), ({ limit }) => {
      simulator.quota.limit = limit;
      return simulator.quota;
    }),
    "webhook-url": command(webhookAddress.extend({ isOn: z.boolean().default(true) }), ({ url, isOn }) => {
      Object.assign(simulator, { webhookUrl: url, isWebhookOn: isOn });
      return { url, isOn };
    }),
  };
}

const place = z
  .object({ groupId: name.optional(), roomId: name.optional(), ...going })
  .refine(({ groupId, roomId }) => (groupId === undefined) !== (roomId === undefined), {
    message: "give either groupId or roomId",
  });
/** Who comes or goes. */
const guest = z.intersection(place, named);

/** The bot and others come to a group or room, and go. */
function gatheringCommands(simulator: LineSimulator): Readonly<Record<string, Command>> {
  const at = ({ groupId, roomId = "" }: z.infer<typeof place>) =>
    groupId === undefined ? simulator.room(roomId) : simulator.group(groupId);
  return {
    invites: command(place, async (on) => posted(await at(on).invites(on))),
    removes: command(place, async (on) => posted(await at(on).removes(on))),
    joins: command(guest, async (on) => posted(await at(on).memberJoins(on.peerId, on))),
    leaves: command(guest, async (on) => posted(await at(on).memberLeaves(on.peerId, on))),
  };
}

/** Views of the control API, by name; `argument` is the rest of the path. */
export function lineViews(simulator: LineSimulator): Readonly<Record<string, (argument: string) => unknown>> {
  return {
    ...sharedViews(simulator),
    "beside-calls": () => simulator.besideCalls,
    quota: () => simulator.quota,
    people: () => simulator.people,
    read: () => simulator.readMessages,
    "reply-token-life": () => ({ ms: simulator.tokenLifeMs }),
  };
}

type Kept = Partial<Omit<StoredContent, "bytes">>;

function definedOnly(fields: { [K in keyof Kept]: Kept[K] | undefined }): Kept {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function posted({ webhook, ...ids }: PostedEvent) {
  const { status, result } = webhook;
  return { ...ids, status, result };
}
