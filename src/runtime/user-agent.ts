import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

/** Of this program. */
export const VERSION = version;

/** `User-Agent` of our calls: some hosts of media answer 400 without one. */
export const USER_AGENT = `turnpike/${version}`;
