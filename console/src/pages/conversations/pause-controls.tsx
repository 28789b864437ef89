import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { useState } from "react";
import type { PausedWire } from "../../../../src/http/admin/pause.ts";
import { postJson } from "../../client/api.ts";
import { Cancel, Layer } from "../../frame/layer.tsx";
import { useTexts } from "../../texts/texts.tsx";
import { FailureText } from "../../view/query-view.tsx";
import { transcriptKey } from "./use-transcript.ts";

const HOUR_MS = 3_600_000;
const PAUSES_MS = [HOUR_MS, 8 * HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS] as const;

interface Order {
  readonly action: "pause" | "resume";
  /** The same when it is tried again, so that nothing is done twice. */
  readonly actionId: string;
}

/** Takes the conversation over from the bot, and gives it back: each after a question. */
export function PauseControls({ id, isPaused }: { readonly id: string; readonly isPaused: boolean }) {
  const { t } = useTexts();
  const [order, setOrder] = useState<Order | null>(null);
  const ask = (action: Order["action"]) => setOrder({ action, actionId: crypto.randomUUID() });
  return (
    <div className="flex gap-2">
      <button type="button" className="control" onClick={() => ask("pause")}>
        <Pause size={16} aria-hidden />
        {t(isPaused ? "conversations.pauseAnew" : "conversations.pause")}
      </button>
      {isPaused && (
        <button type="button" className="control" onClick={() => ask("resume")}>
          <Play size={16} aria-hidden />
          {t("conversations.resume")}
        </button>
      )}
      <Layer
        title={t(order?.action === "resume" ? "conversations.resume" : "conversations.pause")}
        isOpen={order !== null}
        onClose={() => setOrder(null)}
      >
        {order !== null && <Question key={order.actionId} id={id} order={order} onDone={() => setOrder(null)} />}
      </Layer>
    </div>
  );
}

function Question({ id, order, onDone }: { readonly id: string; readonly order: Order; readonly onDone: () => void }) {
  const { t, duration } = useTexts();
  const queries = useQueryClient();
  const { action, actionId } = order;
  const [forMs, setForMs] = useState<number>(HOUR_MS);
  const { mutate, error, isPending } = useMutation({
    mutationFn: () =>
      postJson<PausedWire>(`/conversations/${encodeURIComponent(id)}/${action}`, {
        actionId,
        ...(action === "pause" && { forMs }),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: transcriptKey(id) });
      onDone();
    },
  });
  return (
    <form
      className="flex flex-col items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        mutate();
      }}
    >
      <p>{t(action === "pause" ? "conversations.pause.effect" : "conversations.resume.effect")}</p>
      {action === "pause" && (
        <label className="flex items-center gap-2">
          {t("conversations.pause.for")}
          <select className="control" value={forMs} onChange={({ target }) => setForMs(Number(target.value))}>
            {PAUSES_MS.map((ms) => (
              <option key={ms} value={ms}>
                {duration(ms)}
              </option>
            ))}
          </select>
        </label>
      )}
      {error !== null && (
        <p role="alert" className="text-bad">
          <FailureText failure={error} />
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <button type="submit" className="control control-main" disabled={isPending}>
          {t(action === "pause" ? "conversations.pause" : "conversations.resume")}
        </button>
        <Cancel isTooLate={isPending} />
      </div>
    </form>
  );
}
