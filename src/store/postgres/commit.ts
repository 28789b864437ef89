import type { ClientBase } from "pg";
import { Unavailable } from "../../core/errors.ts";
import { classifyError } from "./classify-error.ts";

/** SQLSTATE, class 01: a warning. */
const WARNING = "01";

/**
 * Sends what commits. Resolves with the answer's tag when the transaction is where PostgreSQL promises it: on its disk, and
 * on its standby's if commits wait for one. Rejects with `Unavailable` when nobody knows that.
 *
 * Somebody who ends a wait for the standby (`pg_cancel_backend`) gets an answer like any other, with a warning beside it
 * (`SyncRepWaitForLSN`): the transaction is seen from then on, and a failover would lose it.
 */
export async function commit(client: ClientBase, statement: string): Promise<string> {
  let isSafe = true;
  const hear = ({ code }: { code: string | undefined }) => {
    if (code?.startsWith(WARNING)) isSafe = false;
  };
  client.on("notice", hear);
  try {
    const { command } = await client.query(statement);
    if (isSafe) return command;
  } catch (error) {
    throw classifyError(error);
  } finally {
    client.off("notice", hear);
  }
  throw new Unavailable("the standby may not have what was committed: somebody ended the wait for it");
}

/** Whether the connection is free of what was begun on it. One that isn't must not be used again. */
export async function isRolledBack(client: ClientBase): Promise<boolean> {
  return await client.query("ROLLBACK").then(
    () => true,
    () => false,
  );
}
