import { ACCOUNTS } from "./accounts.ts";
import { ADMIN_PORT } from "./admin-port.ts";
import { GUARDING } from "./guarding.ts";
import { ISOLATING } from "./isolating.ts";
import { LISTING } from "./listing.ts";
import type { Mutation } from "./mutation.ts";
import { REFUSING } from "./refusing.ts";
import { SENDING } from "./sending.ts";
import { SHARING } from "./sharing.ts";
import { SIMULATING } from "./simulating.ts";
import { TAKING_IN } from "./taking-in.ts";
import { WATCHING } from "./watching.ts";
import { WORKING } from "./working.ts";

/** Everything that is taken away, one at a time: what keeps each promise of the README's table. */
export const MUTATIONS: readonly Mutation[] = [
  ...TAKING_IN,
  ...WORKING,
  ...SENDING,
  ...GUARDING,
  ...SHARING,
  ...ISOLATING,
  ...REFUSING,
  ...ACCOUNTS,
  ...LISTING,
  ...WATCHING,
  ...SIMULATING,
  ...ADMIN_PORT,
];
