import type { Context } from "./context.ts";

export function prepareProbe({ db, clock }: Context) {
  const write = db.prepare<[number]>("UPDATE probe SET written_at = ? WHERE only_row = 1");

  return function probe(): void {
    write.run(clock.now());
  };
}
