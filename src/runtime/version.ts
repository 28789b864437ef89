import { readFileSync } from "node:fs";

const { version, description } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
  readonly description: string;
};

/** Of this program, as `DESCRIPTION`. */
export const VERSION = version;
export const DESCRIPTION = description;
