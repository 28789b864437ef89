import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { postJson } from "../client/api.ts";
import { meQuery } from "../client/queries.ts";
import { leftSession } from "../client/session.ts";
import { useTexts } from "../texts/texts.tsx";
import { FailureText } from "../view/query-view.tsx";
import { Said } from "../view/said.tsx";

/** The name under which everybody acts where no token is set. */
const EVERYBODY = "loopback";

export function SignOut() {
  const { t } = useTexts();
  const queries = useQueryClient();
  const router = useRouter();
  const { data: me } = useQuery(meQuery);
  const [failure, setFailure] = useState<Error | null>(null);
  if (me === undefined || me.actor === EVERYBODY) return null;
  const signOut = async () => {
    try {
      await postJson("/sign-out", {});
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    await router.navigate({ to: "/sign-in", search: {} });
    leftSession();
    queries.clear();
  };
  return (
    <div className="mt-4 flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4">
      <span>
        {t("signOut.actor")} <Said>{me.actor}</Said>
      </span>
      <button type="button" className="control" onClick={() => void signOut()}>
        {t("signOut")}
      </button>
      {failure !== null && (
        <p role="alert" className="text-bad">
          <FailureText failure={failure} />
        </p>
      )}
    </div>
  );
}
