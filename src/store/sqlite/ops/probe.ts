import type { Context } from "./context.ts";

export function prepareProbe({ db, clock }: Context) {
  const write = db.prepare<[number]>(`
    INSERT INTO probe (only_row, written_at) VALUES (1, ?) ON CONFLICT DO UPDATE SET written_at = excluded.written_at`);

  return function probe(): void {
    write.run(clock.now());
  };
}
