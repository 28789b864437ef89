/** A lease was lost: another owner has a higher fence. Code that catches it stops and writes nothing more. */
export class Fenced extends Error {
  override readonly name = "Fenced";
  readonly subject: string;
  readonly heldFence: number;

  constructor(subject: string, heldFence: number) {
    super(`${subject}: fence ${heldFence} is no longer the newest; the work has another owner`);
    this.subject = subject;
    this.heldFence = heldFence;
  }
}

/** The store can't commit now: a full disk, a lost connection, a lock that was not freed. Nothing was changed. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}

/** The store's file was deleted, moved or replaced while it was open: what is committed to it can't be found again. */
export class Displaced extends Unavailable {}

/** A broken assertion: an error of the program, never retried. */
export class Bug extends Error {
  override readonly name = "Bug";
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Bug(message);
}

/** A setting, an argument or a file that the operator must change before the program can start. */
export class Misconfigured extends Error {
  override readonly name = "Misconfigured";
}
