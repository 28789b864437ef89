import { asNode, childrenOf, type Node, nameOf, parse, propertyOf, stringOf, templateOf, walk } from "./syntax.ts";

/** One TypeScript file, reduced to what the rules ask about. */
export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly lineCount: number;
  /** Every module it names: static, dynamic, type-only and re-exported alike. */
  readonly imports: readonly Mention[];
  readonly strings: readonly Mention[];
  /** Globals and members it uses: `setTimeout`, `Date.now`, `new Date()`, `instanceof Fenced`. */
  readonly uses: readonly Mention[];
  readonly functions: readonly SourceFunction[];
  readonly hasDefaultExport: boolean;
  /** It has statements, and all of them are re-exports. */
  readonly isBarrel: boolean;
  /** Nothing of it is left when types are erased. */
  readonly isTypesOnly: boolean;
}

export interface Mention {
  readonly text: string;
  readonly line: number;
}

export interface SourceFunction {
  readonly name: string;
  readonly line: number;
  readonly lineCount: number;
  /** It registers tests: a list of them, not a piece of logic. */
  readonly isSuite: boolean;
}

export function parseSource(path: string, text: string): SourceFile {
  const program = parse(path, text);
  const lineAt = lineFinder(text);
  const imports: Mention[] = [];
  const strings: Mention[] = [];
  const uses: Mention[] = [];
  const functions: SourceFunction[] = [];
  walk(program, (node, parent) => {
    const line = lineAt(node.start);
    const add = (list: Mention[], found: readonly (string | null)[]) => {
      for (const item of found) if (item !== null) list.push({ text: item, line });
    };
    add(imports, [importOf(node)]);
    add(strings, [stringOf(node), node.type === "TemplateLiteral" ? templateOf(node) : null]);
    add(uses, usesOf(node, parent));
    if (isFunction(node)) {
      const lineCount = lineAt(node.end) - line + 1;
      functions.push({ name: functionName(node, parent), line, lineCount, isSuite: registersTests(node) });
    }
  });
  const statements = childrenOf(program);
  return {
    path,
    lineCount: text.replace(/\n$/, "").split("\n").length,
    imports,
    strings,
    uses,
    functions,
    hasDefaultExport: statements.some(isDefaultExport),
    isBarrel: statements.length > 0 && statements.every(isReExport),
    isTypesOnly: statements.every(isTypeStatement),
  };
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  return (offset) => {
    const next = starts.findIndex((start) => start > offset);
    return next === -1 ? starts.length : next;
  };
}

const IMPORTING = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

function importOf(node: Node): string | null {
  if (!IMPORTING.has(node.type)) return null;
  return stringOf(node.source) ?? stringOf(node.argument);
}

function usesOf(node: Node, parent: Node | null): (string | null)[] {
  switch (node.type) {
    case "Identifier":
      return isMemberName(node, parent) ? [] : [nameOf(node)];
    case "MemberExpression":
      return [memberUse(node)];
    case "NewExpression":
      return nameOf(node.callee) === "Date" && isEmptyList(node.arguments) ? ["new Date()"] : [];
    case "CallExpression":
      return nameOf(node.callee) === "Date" ? ["new Date()"] : [];
    case "BinaryExpression":
      return node.operator === "instanceof" ? [`instanceof ${nameOf(node.right) ?? "?"}`] : [];
    case "VariableDeclarator":
      return destructured(node);
    default:
      return [];
  }
}

/** The `b` of `a.b` and the key of `{ b: 1 }` name no global. */
function isMemberName(node: Node, parent: Node | null): boolean {
  if (parent === null || parent.computed === true) return false;
  return parent.property === node || (parent.key === node && parent.value !== node);
}

/** `globalThis.process.env` and `process["env"]` are `process.env`. */
function memberUse(node: Node): string | null {
  const property = propertyOf(node);
  const object = asNode(node.object);
  if (property === null || object === null) return null;
  if (nameOf(object) === "globalThis") return property;
  const owner = nameOf(object) ?? (object.type === "MemberExpression" ? propertyOf(object) : null);
  return owner === null ? null : `${owner}.${property}`;
}

/** `const { env } = process` is `process.env`. */
function destructured(node: Node): string[] {
  const pattern = asNode(node.id);
  const owner = nameOf(node.init);
  if (pattern?.type !== "ObjectPattern" || owner === null) return [];
  const keys = childrenOf(pattern).map((property) => nameOf(property.key));
  return keys.filter((key) => key !== null).map((key) => `${owner}.${key}`);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isFunction(node: Node): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

function functionName(node: Node, parent: Node | null): string {
  return nameOf(node.id) ?? nameOf(parent?.key) ?? nameOf(parent?.id) ?? "an unnamed function";
}

const REGISTERS = new Set(["test", "it", "describe", "suite", "beforeEach", "beforeAll"]);

function registersTests(fn: Node): boolean {
  let found = false;
  walk(fn, (node) => {
    if (node.type !== "CallExpression") return;
    let callee = asNode(node.callee);
    // test.each(…)(…), describe.skipIf(…)(…)
    while (callee?.type === "MemberExpression" || callee?.type === "CallExpression") {
      callee = asNode(callee.object ?? callee.callee);
    }
    found ||= REGISTERS.has(nameOf(callee) ?? "");
  });
  return found;
}

function isDefaultExport(statement: Node): boolean {
  if (statement.type === "ExportDefaultDeclaration" || statement.type === "TSExportAssignment") return true;
  return (
    statement.type === "ExportNamedDeclaration" &&
    childrenOf(statement).some((child) => nameOf(child.exported) === "default")
  );
}

function isReExport(statement: Node): boolean {
  return statement.type === "ExportAllDeclaration" || asNode(statement.source)?.type === "Literal"
    ? statement.type !== "ImportDeclaration"
    : false;
}

function isTypeStatement(statement: Node): boolean {
  if (statement.importKind === "type" || statement.exportKind === "type") return true;
  const declared = asNode(statement.declaration) ?? statement;
  return declared.type === "TSInterfaceDeclaration" || declared.type === "TSTypeAliasDeclaration";
}
