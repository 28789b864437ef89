/** The shipped `turnpike demo`: its console, its simulated platforms, and its gateway as a process that can be killed. */
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect } from "vitest";
import { type Command, runCommand } from "../../e2e/support/command.ts";
import { until } from "../../e2e/support/eventually.ts";

export interface Demo {
  /** Of the console. */
  readonly adminUrl: string;
  /** Of a simulated platform, by the name that is shown. */
  platformUrl(title: string): string;
  /** Gives an order to the simulator, as the page does. */
  order(path: string, body: object): Promise<void>;
}

/** One demo for the tests of a file, after the first answer on each platform. */
export function useDemo(): Demo {
  let command: Command | undefined;
  const told = () => stripVTControlCharacters(command?.stdout() ?? "");
  const urlOf = (name: string) => {
    const [, url] = new RegExp(`^ +${name} +(http://[^/\\s]+)`, "m").exec(told()) ?? [];
    if (url === undefined) throw new Error(`the demo has told no address of ${name}`);
    return url;
  };
  beforeAll(async () => {
    command = runCommand(["demo", "--no-open"], {
      TURNPIKE_PORT: "0",
      TURNPIKE_ADMIN_PORT: "0",
      PATH: process.env.PATH,
    });
    await until("the demo's first answers", () => told().includes("Type a message"));
  });
  afterAll(async () => {
    command?.signal("SIGTERM");
    expect(await command?.ended).toEqual({ code: 0, signal: null });
  });
  return {
    get adminUrl() {
      return urlOf("console");
    },
    platformUrl: urlOf,
    async order(path, body) {
      const answer = await fetch(`${urlOf("console")}/api/simulator/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`the simulator answered ${answer.status} to ${path}`);
    },
  };
}
