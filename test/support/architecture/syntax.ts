import { parseAst } from "vitest/node";

/** A node of the parser's tree (ESTree with TypeScript), with the fields that the rules read. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly argument?: unknown;
  readonly arguments?: unknown;
  readonly callee?: unknown;
  readonly computed?: unknown;
  readonly declaration?: unknown;
  readonly exportKind?: unknown;
  readonly exported?: unknown;
  readonly id?: unknown;
  readonly importKind?: unknown;
  readonly init?: unknown;
  readonly key?: unknown;
  readonly name?: unknown;
  readonly object?: unknown;
  readonly operator?: unknown;
  readonly property?: unknown;
  readonly quasis?: unknown;
  readonly right?: unknown;
  readonly source?: unknown;
  readonly value?: unknown;
}

export function parse(path: string, text: string): Node {
  return (
    asNode(parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" }, path)) ?? { type: "Empty", start: 0, end: 0 }
  );
}

export function asNode(value: unknown): Node | null {
  const isNode = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
  return isNode ? (value as Node) : null;
}

export function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .map(asNode)
    .filter((child) => child !== null);
}

/** Calls `visit` for the node and everything below it, parents first. */
export function walk(node: Node, visit: (node: Node, parent: Node | null) => void, parent: Node | null = null): void {
  visit(node, parent);
  for (const child of childrenOf(node)) walk(child, visit, node);
}

/** The name of a plain identifier or private name; `null` for anything else. */
export function nameOf(value: unknown): string | null {
  const node = asNode(value);
  return node !== null && typeof node.name === "string" ? node.name : null;
}

export function stringOf(value: unknown): string | null {
  const node = asNode(value);
  return node?.type === "Literal" && typeof node.value === "string" ? node.value : null;
}

/** `b` of `a.b` and of `a["b"]`. */
export function propertyOf(node: Node): string | null {
  return node.computed === true ? stringOf(node.property) : nameOf(node.property);
}

/** The text of a template with a mark where something is filled in. */
export function templateOf(node: Node): string {
  const quasis = Array.isArray(node.quasis) ? node.quasis : [];
  return quasis.map((quasi) => String(quasi.value.cooked ?? quasi.value.raw)).join("?");
}
