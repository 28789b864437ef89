/** A whole body; `null` when it is longer than `limitBytes`, and then its rest isn't read. */
export async function readUpTo(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limitBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
