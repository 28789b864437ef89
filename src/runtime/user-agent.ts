import { VERSION } from "./version.ts";

/** `User-Agent` of our calls: some hosts of media answer 400 without one. */
export const USER_AGENT = `turnpike/${VERSION}`;
