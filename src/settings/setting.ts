import { check, type Kind } from "./kinds.ts";

/**
 * One setting. Its name is its path in the tree, `batch.quietMs`, which gives the variable `TURNPIKE_BATCH_QUIET_MS`.
 */
export interface Setting<T = unknown, D extends T | null = T | null> {
  readonly node: "setting";
  readonly kind: Kind<T>;
  /** `null`: no default value; the feature is off, or the value is derived. */
  readonly default: D;
  /** Description for operators, in Markdown. */
  readonly meaning: string;
  /** Shown instead of `default` in tables. */
  readonly defaultWords?: string;
  /** Further environment variables, with lower precedence. */
  readonly aliases?: readonly string[];
  /** Its variable, if it isn't derived from the path; `null`: none. */
  readonly env?: string | null;
  /** Belongs to one account: listed accounts don't inherit it. */
  readonly isOwn?: boolean;
  /** An id, which is compared exactly. */
  readonly isId?: boolean;
  /** Has an effect only if the sibling setting `name` has that value. */
  readonly onlyWith?: readonly [name: string, value: unknown];
}

export type Children = Readonly<Record<string, Setting | Group | List>>;

export interface Group<C extends Children = Children> {
  readonly node: "group";
  readonly meaning: string;
  readonly children: C;
  /** Its variables begin with its name instead of `TURNPIKE_`. */
  readonly isPlatform: boolean;
}

/** A list of groups, such as accounts, agents and routes. */
export interface List<C extends Children = Children> {
  readonly node: "list";
  readonly meaning: string;
  readonly children: C;
  /** Whether it can be set in the environment, as JSON. */
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

/** The settings that are set. Groups and lists are always present, possibly empty. */
export type Given<C extends Children> = {
  readonly [K in KeysOf<C, Setting>]?: C[K] extends Setting<infer T> ? T : never;
} & {
  readonly [K in KeysOf<C, Group>]: C[K] extends Group<infer G> ? Given<G> : never;
} & {
  readonly [K in KeysOf<C, List>]: C[K] extends List<infer L> ? readonly Given<L>[] : never;
};

/** The settings with defaults. */
export type Filled<C extends Children> = {
  readonly [K in KeysOf<C, Setting>]: C[K] extends Setting<infer T, infer D> ? T | D : never;
} & {
  readonly [K in KeysOf<C, Group>]: C[K] extends Group<infer G> ? Filled<G> : never;
};

/**
 * Validates a program's options, fills in defaults and freezes deeply. `undefined` counts as absent; unknown fields are
 * ignored. Throws `Misconfigured` and names the field.
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

/** The validated value, or the default when it is `undefined`. Throws `Misconfigured`. */
export function orDefault<T, D extends T | null>(field: string, node: Setting<T, D>, value: unknown): T | D {
  if (value === undefined || (value === null && node.default === null)) return node.default;
  return check(field, node.kind, value);
}

/** `quietMs` of `batch` is `BATCH_QUIET_MS`. */
export function inCapitals(path: readonly string[]): string {
  return path.map((name) => name.replaceAll(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase()).join("_");
}
