/** The values of the fulfilled promises, in order; `onError` is called with each rejection. */
export async function fulfilledValues<T>(work: readonly Promise<T>[], onError: (error: unknown) => void): Promise<T[]> {
  const results = await Promise.allSettled(work);
  return results.flatMap((result) => {
    if (result.status === "fulfilled") return [result.value];
    onError(result.reason);
    return [];
  });
}
