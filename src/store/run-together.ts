/**
 * Statements that need nothing of one another, begun together and in this order: one round trip on PostgreSQL. Rejects as
 * `Promise.all`, but when all have ended: a branch that went on after the rollback would write outside the transaction.
 */
export async function runTogether<const T extends readonly unknown[]>(
  branches: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const ended = await Promise.allSettled(branches);
  const failed = ended.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return ended.map((one) => (one.status === "fulfilled" ? one.value : undefined)) as {
    -readonly [K in keyof T]: Awaited<T[K]>;
  };
}
