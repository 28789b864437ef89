import { z } from "zod";
import { metaCommands, person, posted } from "../../meta/simulator/control.ts";
import { command, nothing, order, sharedViews } from "../../simulation/control.ts";
import type { Command } from "../../simulation/platform.ts";
import type { MessengerSimulator } from "../simulator.ts";

/** The name of its route at the gateway serves, too. */
const route = z
  .enum(["send", "session", "any"])
  .default("send")
  .transform((named) => (named === "any" ? named : "send"));
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
    blocks: order(person, (on) => client(on).blocks()),
    /** Several items in one body, with whatever fields. */
    events: command(z.object({ events: z.array(item), standby: z.boolean().default(false) }), ({ events, standby }) =>
      simulator.post(events, { standby }),
    ),
    ...metaCommands(simulator, { again: "redeliver", route }),
    "lose-echoes": order(z.object({ count: z.int().min(1).default(1) }), ({ count }) => simulator.loseEchoes(count)),
    subscribe: order(nothing, () => simulator.subscribe()),
  };
}

/** What a separate process may look at, by name; `argument` is the rest of the path. */
export function messengerViews(simulator: MessengerSimulator): Readonly<Record<string, (argument: string) => unknown>> {
  return {
    ...sharedViews(simulator),
    signs: (psid) => simulator.signsFor(psid),
    subscribed: () => ({ isSubscribed: simulator.isSubscribed }),
  };
}
