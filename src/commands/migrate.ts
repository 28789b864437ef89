import { describeStore, migrateStore } from "../store/index.ts";

/** Brings the database's schema up to this version and says what that did. Throws `Misconfigured`. */
export async function migrate({ databaseUrl }: { readonly databaseUrl: string }): Promise<string> {
  const { version, migrated, isNew } = await migrateStore(databaseUrl);
  const name = describeStore(databaseUrl);
  if (isNew) return `${name} was made with schema ${version}`;
  return migrated.length === 0
    ? `${name} has schema ${version}: nothing to do`
    : `${name} has schema ${version} now: ${migrated.join(", ")}`;
}
