/**
 * Goal: no stall and no lost answer, at any call to the store, the agent or the platform, breaks a promise. Method: stand
 * still there while a rival takes the work, and come back; or make the call and be told that it failed.
 */
import { faultPoints } from "./support/faults/suite.ts";

faultPoints(["freeze", "answer-lost"]);
