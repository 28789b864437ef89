import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

/** `User-Agent` of our calls: some hosts of media answer 400 without one. */
export const USER_AGENT = `turnpike/${version}`;
