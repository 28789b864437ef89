import type { Clock } from "../runtime/clock.ts";

export interface Bounds {
  readonly clock: Clock;
  /** The longest that it may be. */
  readonly maxBytes: number;
  /** The longest time without a byte, whichever side is to blame, in ms. */
  readonly idleMs: number;
  /** Called once, however it ends. */
  readonly onEnd: () => void;
}

/**
 * `source`, passed on as it is asked for. It breaks off with an error when it is longer than allowed or nothing moves: half
 * a file must not look like a whole one, and who stops reading must not keep a connection of ours and one of the platform.
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

  /** The source is told that nobody wants the rest; what it says to that is nobody's business. */
  function drop(): void {
    // It may have failed already, and that is why nobody wants it.
    void reader.cancel().catch(() => undefined);
    end();
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        move(controller);
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
          move(controller);
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

  function move(controller: ReadableStreamDefaultController<Uint8Array>): void {
    cancelIdle();
    cancelIdle = clock.after(idleMs, () => {
      drop();
      controller.error(new Error(`nothing moved for ${idleMs} ms`));
    });
  }
}
