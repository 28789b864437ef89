import type { SharedOptions, SharedWorld } from "../../simulation/world.ts";

/** How the platform reports on accepted messages. */
export interface ReceiptSettings {
  /** No receipts are posted. */
  isOff: boolean;
  /** After the message was accepted, in ms. */
  delayMs: number;
  /** Time from arrival until the person reads it, in ms; `null`, the default: never. */
  readAfterMs: number | null;
  /** Probability that a receipt is lost. Default 0. */
  loss: number;
  /** Maximum random extra delay, in ms, which reorders receipts. Default 0. */
  jitterMs: number;
  /** Probability that a receipt is posted twice. Default 0. */
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
 * Posts a receipt after `delayMs`, with the delay, loss and duplicates of the settings. A failed one is in the
 * webhook records and is retried by the webhook sender: `post` does not reject.
 */
export function postReceipt(
  place: Place,
  settings: ReceiptSettings,
  delayMs: number,
  post: () => Promise<unknown>,
): void {
  const { pending, options } = place;
  const { loss, twice, jitterMs } = settings;
  if (isDrawn(place, loss)) return;
  const copies = isDrawn(place, twice) ? 2 : 1;
  for (let copy = 0; copy < copies; copy += 1) {
    const waitMs = delayMs + (jitterMs > 0 ? Math.floor(options.random.fraction() * jitterMs) : 0);
    const send = () => void pending.during(post());
    if (waitMs === 0) send();
    else pending.after(waitMs, send);
  }
}

/** True with that probability. */
export function isDrawn({ options }: Place, probability: number): boolean {
  return probability > 0 && options.random.fraction() < probability;
}
