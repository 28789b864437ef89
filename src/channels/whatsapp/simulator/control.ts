import { z } from "zod";
import { metaCommands, metaPerson, posted, probability, receiptSettings } from "../../meta/simulator/control.ts";
import { assignGiven, command, name, named, order, sharedViews } from "../../simulation/control.ts";
import type { Command } from "../../simulation/platform.ts";
import type { WhatsAppSimulator } from "../simulator.ts";

const route = z.enum(["send", "read", "media", "any"]);
const statuses = z.object({ ...receiptSettings, skipDelivered: probability }).partial();

/** Commands of the control API of the WhatsApp simulator, by name. */
export function whatsappCommands(simulator: WhatsAppSimulator): Readonly<Record<string, Command>> {
  return {
    says: command(metaPerson.extend({ text: z.string() }), async ({ peerId, text, ...how }) =>
      posted(await simulator.person(peerId).says(text, how)),
    ),
    sends: command(
      metaPerson.extend({
        type: z.string(),
        content: z.unknown(),
        beside: z.record(z.string(), z.unknown()).default({}),
      }),
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
      metaPerson.extend({ id: z.string(), title: z.string().default("") }),
      async ({ peerId, id, title, ...how }) => posted(await simulator.person(peerId).taps(id, title, how)),
    ),
    edits: command(
      metaPerson.extend({ messageId: name, text: z.string() }),
      async ({ peerId, messageId, text, ...how }) => posted(await simulator.person(peerId).edits(messageId, text, how)),
    ),
    reacts: command(
      metaPerson.extend({ messageId: name, emoji: name.nullable() }),
      async ({ peerId, messageId, emoji, ...how }) =>
        posted(await simulator.person(peerId).reacts(messageId, emoji, how)),
    ),
    revokes: command(metaPerson.extend({ messageId: name }), async ({ peerId, messageId, ...how }) =>
      posted(await simulator.person(peerId).revokes(messageId, how)),
    ),
    "answers-by-hand": command(metaPerson.extend({ text: z.string() }), async ({ peerId, text, ...how }) =>
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
    calls: command(metaPerson, async ({ peerId, ...how }) => ({ callId: await simulator.person(peerId).calls(how) })),
    "hangs-up": order(named.extend({ callId: name }), ({ peerId, callId }) => simulator.person(peerId).hangsUp(callId)),
    blocks: order(named, ({ peerId }) => simulator.person(peerId).blocks()),
    unblocks: order(named, ({ peerId }) => simulator.person(peerId).unblocks()),
    "closes-window": order(named, ({ peerId }) => simulator.person(peerId).closesWindow()),
    /** A change as given: what a gateway does with an odd one is what one wants to see. */
    post: command(
      z.object({ field: z.string(), value: z.record(z.string(), z.unknown()), lost: z.boolean().default(false) }),
      ({ field, value, lost }) => simulator.post(field, value, { lost }),
    ),
    ...metaCommands(simulator, { again: "repeat", route }),
    ...settingCommands(simulator),
  };
}

/** What becomes of accepted messages, and which templates and links are good. */
function settingCommands(simulator: WhatsAppSimulator): Readonly<Record<string, Command>> {
  return {
    "refuse-template": order(z.object({ template: name, code: z.int() }), ({ template, code }) => {
      simulator.refusedTemplates.set(template, code);
    }),
    "accept-template": order(z.object({ template: name }), ({ template }) => {
      simulator.refusedTemplates.delete(template);
    }),
    "break-link": order(z.object({ link: name }), ({ link }) => {
      simulator.brokenLinks.add(link);
    }),
    /** The next accepted messages fail afterwards with that code. */
    "fails-next": command(
      z.object({ code: z.int().min(1), times: z.int().min(1).max(100).default(1) }),
      ({ code, times }) => {
        simulator.failingCodes.push(...Array.from({ length: times }, () => code));
        return { codes: [...simulator.failingCodes] };
      },
    ),
    statuses: command(statuses, (given) => assignGiven(simulator.statuses, given)),
  };
}

/** Views of the control API, by name; `argument` is the rest of the path. */
export function whatsappViews(simulator: WhatsAppSimulator): Readonly<Record<string, (argument: string) => unknown>> {
  return {
    ...sharedViews(simulator),
    read: () => [...simulator.read],
    statuses: () => simulator.statuses,
    "failing-codes": () => simulator.failingCodes,
    people: () =>
      simulator.people.map(({ waId, userId, name: shown, hidesNumber, isGone, lastActAt, typingUntil }) => ({
        peerId: hidesNumber ? userId : waId,
        userId,
        name: shown,
        hidesNumber,
        isBlocked: isGone,
        lastActAt,
        typingUntil,
      })),
  };
}
