import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { postJson } from "../../client/api.ts";
import { ApiProblem } from "../../client/problem.ts";
import { beganSession } from "../../client/session.ts";
import { useTexts } from "../../texts/texts.tsx";
import { FailureText } from "../../view/query-view.tsx";
import { useNow } from "../../view/use-now.ts";

/** Why a sign-in was refused, and when it may be tried again (epoch ms). */
interface Refusal {
  readonly problem: Error;
  readonly againAt: number;
}

export function SignInForm({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const now = useNow();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isSending, setIsSending] = useState(false);
  const waitS = Math.ceil(((refusal?.againAt ?? 0) - now) / 1_000);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isSending || waitS > 0) return;
    const token = new FormData(event.currentTarget).get("token");
    setIsSending(true);
    try {
      await postJson("/sign-in", { token });
      setRefusal(null);
      beganSession();
      void queries.invalidateQueries();
      onDone();
    } catch (error) {
      setRefusal(refusalOf(error));
    } finally {
      setIsSending(false);
    }
  };
  return (
    <form className="flex flex-col gap-3" onSubmit={(event) => void submit(event)}>
      <label htmlFor="token" className="font-medium">
        {t("signIn.token")}
      </label>
      <input
        id="token"
        name="token"
        type="password"
        autoComplete="current-password"
        required
        maxLength={1_000}
        className="control w-full"
        aria-describedby="token-hint"
      />
      <p id="token-hint" className="text-soft">
        {t("signIn.hint")}
      </p>
      <div role="alert" className={refusal === null ? "" : "rounded bg-bad-soft p-3"}>
        {refusal !== null && <RefusalText refusal={refusal} waitS={waitS} />}
      </div>
      <button type="submit" className="control control-main justify-center" disabled={isSending || waitS > 0}>
        {t("signIn")}
      </button>
    </form>
  );
}

function RefusalText({ refusal: { problem }, waitS }: { readonly refusal: Refusal; readonly waitS: number }) {
  const { t } = useTexts();
  const status = problem instanceof ApiProblem ? problem.facts.status : null;
  switch (status) {
    case 400:
    case 401:
      return <span>{t("signIn.wrong")}</span>;
    case 429:
      return <span>{waitS > 0 ? t("signIn.wait", { seconds: waitS }) : t("signIn.waited")}</span>;
    case 409:
      return <span>{t("signIn.open")}</span>;
    case 403:
      return location.protocol === "http:" ? <span>{t("signIn.plainHttp")}</span> : <FailureText failure={problem} />;
    default:
      return <FailureText failure={problem} />;
  }
}

function refusalOf(error: unknown): Refusal {
  const problem = error instanceof Error ? error : new Error(String(error));
  const waitMs = problem instanceof ApiProblem ? (problem.facts.retryAfterMs ?? 0) : 0;
  return { problem, againAt: Date.now() + waitMs };
}
