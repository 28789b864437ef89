import { Misconfigured } from "../core/errors.ts";

/** Another process has locked a database that a single process uses at a time. */
export class InUse extends Misconfigured {}
