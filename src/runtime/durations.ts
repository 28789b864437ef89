/** Every whole ms below this has a bucket of its own; from it on each doubling has `PARTS` of them. */
const EXACT_MS = 16;
const PARTS_BITS = 3;
const PARTS = 1 << PARTS_BITS;
const EXACT_BITS = 4;
/** 37 h. What took longer counts as this. */
const LONGEST_MS = 2 ** 27 - 1;
const BUCKETS = EXACT_MS + (27 - EXACT_BITS) * PARTS;

/** How durations are distributed: exact below 16 ms, from there within 7 %. To add one costs no allocation and no logarithm. */
export class Durations {
  count = 0;
  #lowest = BUCKETS;
  #highest = -1;
  readonly #buckets = new Uint32Array(BUCKETS);

  add(ms: number): void {
    this.#put(bucketOf(ms), 1);
  }

  addAll(other: Durations): void {
    for (let bucket = other.#lowest; bucket <= other.#highest; bucket++) {
      const count = other.#buckets[bucket] ?? 0;
      if (count > 0) this.#put(bucket, count);
    }
  }

  /** `share` of them took no longer, in ms; `null` when there is none. */
  percentile(share: number): number | null {
    if (this.count === 0) return null;
    let left = Math.max(1, Math.ceil(share * this.count));
    for (let bucket = this.#lowest; bucket < this.#highest; bucket++) {
      left -= this.#buckets[bucket] ?? 0;
      if (left <= 0) return middleOf(bucket);
    }
    return middleOf(this.#highest);
  }

  #put(bucket: number, count: number): void {
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + count;
    this.count += count;
    if (bucket < this.#lowest) this.#lowest = bucket;
    if (bucket > this.#highest) this.#highest = bucket;
  }
}

function bucketOf(ms: number): number {
  const whole = Math.min(LONGEST_MS, Math.max(0, Math.round(ms)));
  if (whole < EXACT_MS) return whole;
  const bits = 31 - Math.clz32(whole);
  const part = (whole >> (bits - PARTS_BITS)) & (PARTS - 1);
  return EXACT_MS + (bits - EXACT_BITS) * PARTS + part;
}

function middleOf(bucket: number): number {
  if (bucket < EXACT_MS) return bucket;
  const beyond = bucket - EXACT_MS;
  const shift = Math.floor(beyond / PARTS) + EXACT_BITS - PARTS_BITS;
  return ((PARTS + (beyond % PARTS)) << shift) + ((1 << shift) >> 1);
}
