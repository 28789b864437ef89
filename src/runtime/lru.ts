/** Makes `key` the most recently used entry of an LRU cache; over `size` the least recently used one is dropped. */
export function setNewest<V>(cache: Map<string, V>, key: string, value: V, size: number): void {
  cache.delete(key);
  cache.set(key, value);
  // Insertion order is the order of use.
  const [oldest] = cache.keys();
  if (cache.size > size && oldest !== undefined) cache.delete(oldest);
}
