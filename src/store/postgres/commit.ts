import type { ClientBase } from "pg";
import { Unavailable } from "../../core/errors.ts";
import { classifyError } from "./classify-error.ts";

/** SQLSTATE, class 01: a warning. */
const WARNING = "01";

/**
 * Sends a committing statement. Resolves with the command tag when the commit is durable: on the server's disk, and on the
 * standby's if commits wait for one. Rejects with `Unavailable` when that isn't known.
 *
 * If the wait for the standby is cancelled (`pg_cancel_backend`), COMMIT succeeds with a warning (`SyncRepWaitForLSN`): the
 * transaction is visible, but a failover would lose it.
 */
export async function commit(client: ClientBase, statement: string): Promise<string> {
  let isDurable = true;
  const onNotice = ({ code }: { code: string | undefined }) => {
    if (code?.startsWith(WARNING)) isDurable = false;
  };
  client.on("notice", onNotice);
  try {
    const { command } = await client.query(statement);
    if (isDurable) return command;
  } catch (error) {
    throw classifyError(error);
  } finally {
    client.off("notice", onNotice);
  }
  throw new Unavailable("the standby may not have the commit: the wait for it was cancelled");
}

/** Rolls back. False: the connection is broken and must not be used again. */
export async function isRolledBack(client: ClientBase): Promise<boolean> {
  return await client.query("ROLLBACK").then(
    () => true,
    () => false,
  );
}
