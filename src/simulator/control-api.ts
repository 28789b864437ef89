import { BadCommand, type SimulatorModel } from "../channels/simulation/platform.ts";
import { FOREIGN_PAGE, foreignPage } from "../runtime/foreign-page.ts";

export interface ControlRequest {
  readonly method: string;
  /** What follows `/_simulator/`. */
  readonly path: string;
  readonly body: Uint8Array;
}

interface Head {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface ControlResult {
  readonly status: number;
  readonly body: unknown;
}

export type Control = (request: ControlRequest) => Promise<ControlResult>;

/** Of requests that aren't refused: `POST <command>` with a JSON body, `GET <view>` or `GET <view>/<argument>`. */
export function createControl({ commands, views }: Pick<SimulatorModel, "commands" | "views">): Control {
  return async ({ method, path, body }) => {
    try {
      const [name = "", ...rest] = partsOf(path);
      if (method === "GET" && Object.hasOwn(views, name)) {
        return { status: 200, body: await views[name]?.(rest.join("/")) };
      }
      if (method === "POST" && Object.hasOwn(commands, name)) {
        return { status: 200, body: await commands[name]?.(parseJson(body)) };
      }
      const known = ["GET stream", ...Object.keys(views).map((view) => `GET ${view}`), ...Object.keys(commands)].join(
        ", ",
      );
      return { status: 404, body: { message: `there is no ${method} ${name}; allowed: ${known}` } };
    } catch (error) {
      if (error instanceof BadCommand) return { status: 400, body: { message: error.message } };
      throw error;
    }
  };
}

/**
 * The control API has no authentication, and a web page in a browser on this machine could reach it: by DNS rebinding,
 * which the Host header reveals, or across origins (CSRF). A page can post text or a form to another origin without a
 * preflight request, but not JSON; its Origin header reveals it as well. A GET of it may have no Origin: its answer can't be
 * read, but a stream would be held open. `null`: the request is no such page's. To be called before its
 * body is read.
 */
export function refusal({ method, headers }: Head): ControlResult | null {
  const { host = "", origin, "sec-fetch-site": site } = headers;
  const page = { host: String(host), origin: origin?.toString(), site: site?.toString() };
  const revealed = foreignPage(page, { isLoopbackOnly: true, isLink: false });
  if (revealed !== null) return { status: 403, body: { message: FOREIGN_PAGE[revealed] } };
  if (method === "POST" && !/^application\/json\b/i.test(String(headers["content-type"] ?? ""))) {
    return { status: 415, body: { message: "send content-type: application/json (curl: --json)" } };
  }
  return null;
}

/** A view or command, and its argument. */
function partsOf(path: string): readonly string[] {
  try {
    return (path.split("?", 1)[0] ?? "").split("/").map(decodeURIComponent);
  } catch {
    throw new BadCommand("the path has a % without the two digits of a character; allowed: %25 for the % itself");
  }
}

function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new BadCommand("the body is not JSON");
  }
}
