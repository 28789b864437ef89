import { Misconfigured } from "../core/errors.ts";

/** Another process holds a database that belongs to one process at a time. */
export class InUse extends Misconfigured {}
