import type { Clock } from "../runtime/clock.ts";

export interface Bounds {
  readonly clock: Clock;
  /** Maximum length, in bytes. */
  readonly maxBytes: number;
  /** Maximum time without progress on either side, in ms. */
  readonly idleMs: number;
  /** Called once when the stream ends, fails or is cancelled. */
  readonly onEnd: () => void;
}

/**
 * Passes `source` through with backpressure. Errors when it exceeds the size or idle limit: a truncated file must not
 * look complete, and a client that stops reading must not hold connections.
 */
export function boundedStream(source: ReadableStream<Uint8Array>, bounds: Bounds): ReadableStream<Uint8Array> {
  const { clock, maxBytes, idleMs, onEnd } = bounds;
  const reader = source.getReader();
  let size = 0;
  let hasEnded = false;
  let cancelIdle = () => {};

  function end(): void {
    if (hasEnded) return;
    hasEnded = true;
    cancelIdle();
    onEnd();
  }

  function drop(): void {
    // Fails if the source has already failed.
    void reader.cancel().catch(() => undefined);
    end();
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        restartIdleTimer(controller);
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (hasEnded) return;
          if (done) {
            end();
            controller.close();
            return;
          }
          size += value.length;
          if (size > maxBytes) {
            drop();
            controller.error(new Error("the content is too large"));
            return;
          }
          restartIdleTimer(controller);
          controller.enqueue(value);
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      cancel: drop,
    },
    { highWaterMark: 0 },
  );

  function restartIdleTimer(controller: ReadableStreamDefaultController<Uint8Array>): void {
    cancelIdle();
    cancelIdle = clock.after(idleMs, () => {
      drop();
      controller.error(new Error(`no progress for ${idleMs} ms`));
    });
  }
}
