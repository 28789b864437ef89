import { z } from "zod";
import { metaCommands, person, posted } from "../../meta/simulator/control.ts";
import { command, name, order, sharedViews } from "../../simulation/control.ts";
import type { Command } from "../../simulation/platform.ts";
import type { WhatsAppSimulator } from "../simulator.ts";

const route = z.enum(["send", "read", "media", "any"]);
const named = z.object({ peerId: name });

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

/** Commands of the control API of the WhatsApp simulator, by name. */
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
      named.extend({
        type: z.enum(["image", "video", "audio", "document"]),
        content: z.string(),
        mimeType: name,
      }),
      async ({ peerId, type, content, mimeType }) =>
        posted(await simulator.person(peerId).sendsMedia(type, content, mimeType)),
    ),
    taps: command(
      person.extend({ id: z.string(), title: z.string().default("") }),
      async ({ peerId, id, title, ...how }) => posted(await simulator.person(peerId).taps(id, title, how)),
    ),
    edits: command(person.extend({ messageId: name, text: z.string() }), async ({ peerId, messageId, text, ...how }) =>
      posted(await simulator.person(peerId).edits(messageId, text, how)),
    ),
    revokes: command(person.extend({ messageId: name }), async ({ peerId, messageId, ...how }) =>
      posted(await simulator.person(peerId).revokes(messageId, how)),
    ),
    "answers-by-hand": command(person.extend({ text: z.string() }), async ({ peerId, text, ...how }) =>
      posted(await simulator.person(peerId).answeredByHand(text, how)),
    ),
    "adopts-username": command(named, ({ peerId }) => {
      simulator.person(peerId).adoptsUsername();
      return { userId: simulator.person(peerId).userId };
    }),
    "changes-number": command(named.extend({ to: name }), async ({ peerId, to }) => {
      await simulator.person(peerId).changesNumber(to);
      return { userId: simulator.person(to).userId };
    }),
    calls: command(person, async ({ peerId, ...how }) => ({ callId: await simulator.person(peerId).calls(how) })),
    "hangs-up": order(named.extend({ callId: name }), ({ peerId, callId }) => simulator.person(peerId).hangsUp(callId)),
    "refuse-template": order(z.object({ template: name, code: z.int() }), ({ template, code }) => {
      simulator.refusedTemplates.set(template, code);
    }),
    "accept-template": order(z.object({ template: name }), ({ template }) => {
      simulator.refusedTemplates.delete(template);
    }),
    "break-link": order(z.object({ link: name }), ({ link }) => {
      simulator.brokenLinks.add(link);
    }),
    blocks: order(named, ({ peerId }) => simulator.person(peerId).blocks()),
    /** A change as given: what a gateway does with an odd one is what one wants to see. */
    post: command(
      z.object({ field: z.string(), value: z.record(z.string(), z.unknown()), lost: z.boolean().default(false) }),
      ({ field, value, lost }) => simulator.post(field, value, { lost }),
    ),
    ...metaCommands(simulator, { again: "repeat", route }),
    statuses: command(statuses, (given) => {
      const set = Object.entries(given).filter(([, value]) => value !== undefined);
      return Object.assign(simulator.statuses, Object.fromEntries(set));
    }),
  };
}

/** Views of the control API, by name; `argument` is the rest of the path. */
export function whatsappViews(simulator: WhatsAppSimulator): Readonly<Record<string, (argument: string) => unknown>> {
  return {
    ...sharedViews(simulator),
    read: () => [...simulator.read],
    statuses: () => simulator.statuses,
  };
}
