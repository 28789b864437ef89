import type { SendOutcome } from "../../core/delivery.ts";
import { classifyGraph } from "../meta/classify.ts";
import type { Reached } from "../transport.ts";
import { readMessageIds } from "./wire.ts";

/** What a call of the Send API taught us. The codes stand in `meta/codes.ts`. Pure, and about this call only. */
export function classify(reached: Reached): SendOutcome {
  return classifyGraph(reached, readMessageIds);
}
