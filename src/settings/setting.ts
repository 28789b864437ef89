import { check, type Kind } from "./kinds.ts";

/** One setting. Its name is its place in the tree: `batch.quietMs`, and from that `TURNPIKE_BATCH_QUIET_MS`. */
export interface Setting<T = unknown, D extends T | null = T | null> {
  readonly node: "setting";
  readonly kind: Kind<T>;
  /** `null`: without it something is off, or found out. */
  readonly default: D;
  /** What it does, for whoever sets it: Markdown, one sentence or two. */
  readonly meaning: string;
  /** What the table shows in place of `default`, where that says nothing. */
  readonly defaultWords?: string;
  /** Other variables of the environment that are read, after ours. */
  readonly aliases?: readonly string[];
  /** Its variable, where it isn't the one that its place gives; `null`: it has none. */
  readonly env?: string | null;
  /** It belongs to one account: those listed beside it don't take it over. */
  readonly isOwn?: boolean;
  /** Its value names somebody, and is compared exactly. */
  readonly isId?: boolean;
  /** It has an effect only where the setting of that name beside it has that value. */
  readonly onlyWith?: readonly [name: string, value: unknown];
}

export type Children = Readonly<Record<string, Setting | Group | List>>;

export interface Group<C extends Children = Children> {
  readonly node: "group";
  readonly meaning: string;
  readonly children: C;
  /** Its variables begin with its own name, not with `TURNPIKE_`. */
  readonly isPlatform: boolean;
}

/** Several of the same: accounts, agents, routes. */
export interface List<C extends Children = Children> {
  readonly node: "list";
  readonly meaning: string;
  readonly children: C;
  /** Whether the environment may give it, as JSON. */
  readonly isInEnvironment: boolean;
}

export function setting<T, const D extends T | null>(
  kind: Kind<T>,
  rest: Omit<Setting<T, D>, "node" | "kind">,
): Setting<T, D> {
  return { node: "setting", kind, ...rest };
}

export function group<const C extends Children>(meaning: string, children: C, isPlatform = false): Group<C> {
  return { node: "group", meaning, children, isPlatform };
}

export function list<const C extends Children>(meaning: string, children: C, isInEnvironment = false): List<C> {
  return { node: "list", meaning, children, isInEnvironment };
}

type KeysOf<C, Wanted> = { [K in keyof C]: C[K] extends Wanted ? K : never }[keyof C];

/** What somebody set. Groups and lists are there always, and empty where nothing is set. */
export type Given<C extends Children> = {
  readonly [K in KeysOf<C, Setting>]?: C[K] extends Setting<infer T> ? T : never;
} & {
  readonly [K in KeysOf<C, Group>]: C[K] extends Group<infer G> ? Given<G> : never;
} & {
  readonly [K in KeysOf<C, List>]: C[K] extends List<infer L> ? readonly Given<L>[] : never;
};

/** With every default filled in. */
export type Filled<C extends Children> = {
  readonly [K in KeysOf<C, Setting>]: C[K] extends Setting<infer T, infer D> ? T | D : never;
} & {
  readonly [K in KeysOf<C, Group>]: C[K] extends Group<infer G> ? Filled<G> : never;
};

/**
 * What a program gave, checked, with the defaults for the rest, frozen at every depth. A field that is `undefined`
 * counts as absent; one that is no setting is left alone. Throws `Misconfigured` and names the field.
 */
export function fill<C extends Children>(children: C, given: object, path = ""): Filled<C> {
  const read = given as Readonly<Record<string, unknown>>;
  const filled = Object.entries(children).flatMap(([name, node]): [string, unknown][] => {
    const value = Object.hasOwn(read, name) ? read[name] : undefined;
    switch (node.node) {
      case "setting":
        return [[name, orDefault(`${path}${name}`, node, value)]];
      case "group":
        return [[name, fill(node.children, (value ?? {}) as object, `${path}${name}.`)]];
      case "list":
        return [];
      default:
        return node satisfies never;
    }
  });
  return Object.freeze(Object.fromEntries(filled)) as Filled<C>;
}

/** A program's value for a setting, checked; its default when it is `undefined`. Throws `Misconfigured`. */
export function orDefault<T, D extends T | null>(field: string, node: Setting<T, D>, value: unknown): T | D {
  if (value === undefined || (value === null && node.default === null)) return node.default;
  return check(field, node.kind, value);
}

/** `quietMs` of `batch` is `BATCH_QUIET_MS`. */
export function inCapitals(path: readonly string[]): string {
  return path.map((name) => name.replaceAll(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase()).join("_");
}
