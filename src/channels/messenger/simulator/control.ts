import { z } from "zod";
import { metaCommands, metaPerson, posted, receiptSettings } from "../../meta/simulator/control.ts";
import { assignGiven, command, name, named, nothing, order, sharedViews } from "../../simulation/control.ts";
import type { Command } from "../../simulation/platform.ts";
import type { MessengerSimulator, PostedItem, SimulatedClient } from "../simulator.ts";

/** The name of its route at the gateway serves, too. */
const route = z
  .enum(["send", "session", "any"])
  .default("send")
  .transform((named) => (named === "any" ? named : "send"));
const item = z.looseObject({});

/** Commands of the control API of the Messenger simulator, by name. */
export function messengerCommands(simulator: MessengerSimulator): Readonly<Record<string, Command>> {
  const does = <T extends z.infer<typeof metaPerson>>(
    input: z.ZodType<T>,
    act: (client: SimulatedClient, on: T) => Promise<PostedItem>,
  ): Command => command(input, async (on) => posted(await act(simulator.person(on.peerId), on)));
  const text = metaPerson.extend({ text: z.string() });
  const tap = (title: string) => metaPerson.extend({ data: z.string(), title: z.string().default(title) });
  return {
    says: does(text, (client, on) => client.says(on.text, on)),
    sends: does(metaPerson.extend({ message: item }), (client, on) => client.sends(on.message, on)),
    taps: does(tap("a button"), (client, on) => client.taps(on.data, on.title, on)),
    picks: does(tap("a choice"), (client, on) => client.picks(on.data, on.title, on)),
    edits: does(text.extend({ messageId: name }), (client, on) => client.edits(on.messageId, on.text, on)),
    reacts: does(metaPerson.extend({ messageId: name, emoji: name }), (client, on) =>
      client.reacts(on.messageId, on.emoji, on),
    ),
    reads: does(metaPerson, (client, on) => client.reads(on)),
    "answers-by-hand": does(text, (client, on) => client.answeredByHand(on.text, on)),
    greets: does(text, (client, on) => client.greeted(on.text, on)),
    "goes-elsewhere": does(metaPerson, (client, on) => client.goesElsewhere(on)),
    "comes-back": does(metaPerson, (client, on) => client.comesBack(on)),
    blocks: order(named, (on) => simulator.person(on.peerId).blocks()),
    unblocks: order(named, (on) => simulator.person(on.peerId).unblocks()),
    "closes-window": order(named, (on) => simulator.person(on.peerId).closesWindow()),
    /** Several items in one body, with whatever fields. */
    events: command(z.object({ events: z.array(item), standby: z.boolean().default(false) }), ({ events, standby }) =>
      simulator.post(events, { standby }),
    ),
    ...metaCommands(simulator, { again: "redeliver", route }),
    receipts: command(z.object(receiptSettings).partial(), (given) => assignGiven(simulator.receipts, given)),
    "lose-echoes": order(z.object({ count: z.int().min(1).default(1) }), ({ count }) => simulator.loseEchoes(count)),
    subscribe: order(nothing, () => simulator.subscribe()),
  };
}

/** Views of the control API, by name; `argument` is the rest of the path. */
export function messengerViews(simulator: MessengerSimulator): Readonly<Record<string, (argument: string) => unknown>> {
  return {
    ...sharedViews(simulator),
    signs: (psid) => simulator.signsFor(psid),
    people: () =>
      simulator.people.map(({ psid, blocked, isElsewhere, lastActAt, signs }) => ({
        peerId: psid,
        isBlocked: blocked,
        isElsewhere,
        lastActAt,
        signs,
      })),
    receipts: () => simulator.receipts,
    subscribed: () => ({ isSubscribed: simulator.isSubscribed }),
  };
}
