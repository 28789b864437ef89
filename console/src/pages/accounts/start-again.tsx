import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Wire } from "../../../../src/http/admin/wire.ts";
import { useMayOperate } from "../../actions/use-may-operate.ts";
import { postJson } from "../../client/api.ts";
import { ApiProblem } from "../../client/problem.ts";
import { Cancel, Layer } from "../../frame/layer.tsx";
import { useTexts } from "../../texts/texts.tsx";
import { FailureText } from "../../view/query-view.tsx";

type Account = Wire["accounts"]["accounts"][number];
type Outcome = "started" | "not-stopped" | Error | null;

/** Starts a stopped account, after it was asked whether what had stopped it is mended. */
export function StartAgain({ account: { channel, account, status, waiting } }: { readonly account: Account }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const mayOperate = useMayOperate();
  const [isAsked, setIsAsked] = useState(false);
  const [isSending, setIsSending] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>(null);
  /** Kept until there is an answer, so that a second try does nothing twice. */
  const actionId = useRef<string>(null);
  const words = useRef<HTMLParagraphElement>(null);
  const start = async () => {
    setIsSending(true);
    actionId.current ??= crypto.randomUUID();
    try {
      await postJson("/accounts/start", { actionId: actionId.current, channel, account });
      ended("started");
    } catch (error) {
      if (error instanceof ApiProblem && error.facts.status === 409) ended("not-stopped");
      else setOutcome(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setIsSending(false);
    }
  };
  const ended = (what: Outcome) => {
    actionId.current = null;
    setOutcome(what);
    setIsAsked(false);
    void queries.invalidateQueries();
  };
  return (
    <>
      <p ref={words} role="status" tabIndex={-1}>
        {outcome === "started" && t("accountsPage.started")}
        {outcome === "not-stopped" && t("accountsPage.notStopped")}
      </p>
      {mayOperate && status === "stopped" && (
        <button
          type="button"
          className="control"
          onClick={() => {
            setOutcome(null);
            setIsAsked(true);
          }}
        >
          {t("accountsPage.start.asks")}
        </button>
      )}
      <Layer
        title={t("accountsPage.start.title")}
        isOpen={isAsked}
        // The button that opened it goes away with the stop.
        {...(typeof outcome === "string" && { focusAfter: words })}
        onClose={() => setIsAsked(false)}
      >
        <p className="mb-4">{t("accountsPage.start.effect", { account: `${channel}/${account}`, count: waiting })}</p>
        {outcome instanceof Error && (
          <p role="alert" className="mb-4 text-bad">
            <FailureText failure={outcome} />
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          <button type="button" className="control control-main" disabled={isSending} onClick={() => void start()}>
            {t("accountsPage.start")}
          </button>
          <Cancel isTooLate={isSending} />
        </div>
      </Layer>
    </>
  );
}
