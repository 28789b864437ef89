/** A reading of `/metrics`. */
export class Metrics {
  readonly text: string;
  readonly #samples: readonly { name: string; labels: Readonly<Record<string, string>>; value: number }[];

  constructor(text: string) {
    this.text = text;
    this.#samples = text.split("\n").flatMap((line) => {
      const sample = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (sample === null) return [];
      const labels = [...(sample[2] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
      return [{ name: sample[1] ?? "", labels: Object.fromEntries(labels), value: Number(sample[3]) }];
    });
  }

  /** The sum of the samples with that name (without `turnpike_`) and these labels; 0 when there is none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.#samples
      .filter((sample) => sample.name === `turnpike_${name}`)
      .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
      .reduce((total, sample) => total + sample.value, 0);
  }

  /** Names and kinds, from the `# TYPE` lines. */
  get kinds(): ReadonlyMap<string, string> {
    return new Map([...this.text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = "", kind = ""]) => [name, kind]));
  }
}
