import { describeStore, migrateStore } from "../store/index.ts";

/** Migrates the database's schema to this version and reports the result. Throws `Misconfigured`. */
export async function migrate({ databaseUrl }: { readonly databaseUrl: string }): Promise<string> {
  const { version, migrated, isNew } = await migrateStore(databaseUrl);
  const name = describeStore(databaseUrl);
  if (isNew) return `${name} was created with schema ${version}`;
  return migrated.length === 0
    ? `${name} has schema ${version}: nothing to do`
    : `${name} has schema ${version} now: ${migrated.join(", ")}`;
}
