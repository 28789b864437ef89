import type { SendOutcome } from "../../core/delivery.ts";
import { classifyGraph } from "../meta/classify.ts";
import type { Reached } from "../platform-client.ts";
import { readMessageIds } from "./wire.ts";

/** The outcome of one Send API call; the error codes are in `meta/classify/codes.ts`. Pure. */
export function classify(reached: Reached): SendOutcome {
  return classifyGraph(reached, readMessageIds);
}
