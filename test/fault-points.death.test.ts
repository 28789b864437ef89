/**
 * Goal: no crash, at any call to the store, the agent or the platform, breaks a promise. Method: die there and start
 * another process on the same file; an independent checker looks at what everybody saw. Real SQLite on a real file, the
 * real pipeline, a manual clock.
 */
import { faultPoints } from "./support/faults/suite.ts";

faultPoints(["die-before", "die-after"]);
