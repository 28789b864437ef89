import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context, MiddlewareHandler } from "hono";
import { onlyReads } from "./browser.ts";

/** The console as the build leaves it: beside the compiled modules of the package. */
export const CONSOLE_FOLDER = fileURLToPath(new URL("../../console/", import.meta.url));

/** First part of each page's path, beside the empty path. The console reads the rest of it in the browser. */
const PAGES: ReadonlySet<string> = new Set([
  "overview",
  "conversations",
  "c",
  "t",
  "d",
  "needs-you",
  "accounts",
  "log",
  "audit",
  "search",
  "sign-in",
  "simulator",
]);

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

/** Made by the build beside a file, best first. */
const ENCODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

/** `assets/index-DfE3k2a1.js`: another content has another name. */
const HASHED = /^assets\/.*-[\w-]{8}\.\w+$/;

/** So much of a file is handed to a client's connection at a time. */
const PART_BYTES = 64 * 1024;

interface ConsoleFile {
  readonly type: string;
  readonly cacheControl: string;
  readonly content: Buffer;
  /** The content precompressed, by the name of the encoding. */
  readonly encoded: ReadonlyMap<string, Buffer>;
}

type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/**
 * The console's files and pages, without authorization: whoever signs in must see the page for it. They are read into memory at
 * the first request, so that a path is compared with the files that there are and never opened. Without the folder, or
 * without an `index.html` in it, there is no console.
 */
export function serveConsole(folder: string): MiddlewareHandler {
  let files: Promise<ConsoleFiles> | null = null;
  return async (c, next) => {
    const path = new URL(c.req.url).pathname.slice(1);
    if (!onlyReads(c) || /^(api|metrics)(\/|$)/.test(path)) return await next();
    files ??= readFiles(folder);
    // A folder that can't be read now may be read later.
    files.catch(() => {
      files = null;
    });
    const file = fileAt(await files, path);
    return file === undefined ? await next() : respond(c, file);
  };
}

function fileAt(files: ConsoleFiles, path: string): ConsoleFile | undefined {
  const isPage = path === "" || PAGES.has(path.split("/", 1)[0] ?? "");
  return isPage ? files.get("index.html") : files.get(path);
}

async function readFiles(folder: string): Promise<ConsoleFiles> {
  const paths = await pathsIn(folder);
  if (!paths.includes("index.html")) return new Map();
  const contents = new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path))] as const)),
  );
  const isEncoding = (path: string) =>
    ENCODINGS.some(([, end]) => path.endsWith(end) && contents.has(path.slice(0, -end.length)));
  return new Map(
    [...contents]
      .filter(([path]) => !isEncoding(path))
      .map(([path, content]) => [path, { ...describe(path), content, encoded: encodedOf(path, contents) }]),
  );
}

/** Relative paths of all files, with `/`. A link is none. */
async function pathsIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, "/"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function describe(path: string): Pick<ConsoleFile, "type" | "cacheControl"> {
  const cacheControl = HASHED.test(path)
    ? "public, max-age=31536000, immutable"
    : path === "index.html"
      ? "no-store"
      : "no-cache";
  return { type: TYPES[extname(path)] ?? "application/octet-stream", cacheControl };
}

function encodedOf(path: string, contents: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  return new Map(
    ENCODINGS.flatMap(([name, end]) => {
      const content = contents.get(`${path}${end}`);
      return content === undefined ? [] : [[name, content] as const];
    }),
  );
}

function respond(c: Context, { type, cacheControl, content, encoded }: ConsoleFile): Response {
  const accepted = acceptedEncodings(c.req.header("accept-encoding") ?? "");
  const encoding = ENCODINGS.map(([name]) => name).find((name) => encoded.has(name) && accepted(name));
  const body = (encoding === undefined ? undefined : encoded.get(encoding)) ?? content;
  return c.body(inParts(body), 200, {
    "content-type": type,
    "content-length": String(body.length),
    "cache-control": cacheControl,
    ...(encoding !== undefined && { "content-encoding": encoding }),
    ...(encoded.size > 0 && { vary: "accept-encoding" }),
  });
}

/**
 * The file itself and no copy of it: a stranger may ask for it on thousands of connections and read none of them, which
 * would hold as many copies.
 */
function inParts(content: Buffer): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(content.subarray(at, at + PART_BYTES));
        at += PART_BYTES;
        if (at >= content.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** RFC 9110 §12.5.3. `q=0` excludes an encoding; `*` is every one that isn't named. */
function acceptedEncodings(header: string): (encoding: string) => boolean {
  const weights = new Map(
    header
      .toLowerCase()
      .split(",")
      .map((part) => part.split(";").map((piece) => piece.trim()))
      .map(([name = "", ...parameters]) => {
        const q = parameters.find((one) => one.startsWith("q="))?.slice(2);
        return [name, q === undefined ? 1 : Number(q)] as const;
      }),
  );
  return (encoding) => (weights.get(encoding) ?? weights.get("*") ?? 0) > 0;
}
