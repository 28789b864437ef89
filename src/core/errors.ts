/** A lease was lost: somebody else holds a higher fence. Whoever catches it stops, and changes nothing more. */
export class Fenced extends Error {
  override readonly name = "Fenced";
  readonly subject: string;
  readonly heldFence: number;

  constructor(subject: string, heldFence: number) {
    super(`${subject}: fence ${heldFence} is no longer the newest; the work was handed to another owner`);
    this.subject = subject;
    this.heldFence = heldFence;
  }
}

/** The store can't commit now: a full disk, a lost connection, a lock that was not freed. Nothing was changed. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}

/** Something that can't happen did. Never retried: the program is wrong, not the world. */
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
