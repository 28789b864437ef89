import type { SharedOptions, SharedWorld } from "../../simulation/world.ts";

/** What becomes of what the platform says of accepted messages. */
export interface ReceiptSettings {
  /** Nothing is said at all. */
  isOff: boolean;
  /** After the message was accepted, in ms. */
  delayMs: number;
  /** The person reads it so long after it arrived (ms); `null`, the default: not at all. */
  readAfterMs: number | null;
  /** Of each, how probably it is lost. Default 0. */
  loss: number;
  /** Each comes up to this much later (ms), so that they overtake each other. Default 0. */
  jitterMs: number;
  /** How probably each comes twice. Default 0. */
  twice: number;
}

export const RECEIPTS: ReceiptSettings = {
  isOff: false,
  delayMs: 0,
  readAfterMs: null,
  loss: 0,
  jitterMs: 0,
  twice: 0,
};

type Place = Pick<SharedWorld<SharedOptions, unknown, unknown, string>, "options" | "pending">;

/**
 * Posts a receipt that many ms from now: late, lost, twice, as the settings say. One that nobody takes is on the
 * webhooks' record, and is tried again by them: `post` doesn't reject.
 */
export function postReceipt(
  place: Place,
  settings: ReceiptSettings,
  delayMs: number,
  post: () => Promise<unknown>,
): void {
  const { pending, options } = place;
  const { loss, twice, jitterMs } = settings;
  if (happens(place, loss)) return;
  const copies = happens(place, twice) ? 2 : 1;
  for (let copy = 0; copy < copies; copy += 1) {
    const waitMs = delayMs + (jitterMs > 0 ? Math.floor(options.random.fraction() * jitterMs) : 0);
    const leave = () => void pending.during(post());
    if (waitMs === 0) leave();
    else pending.after(waitMs, leave);
  }
}

export function happens({ options }: Place, probability: number): boolean {
  return probability > 0 && options.random.fraction() < probability;
}
