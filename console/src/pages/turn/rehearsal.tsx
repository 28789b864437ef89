import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { RehearsedWire } from "../../../../src/http/admin/rehearse.ts";
import { useMayOperate } from "../../actions/use-may-operate.ts";
import { postJson } from "../../client/api.ts";
import { meQuery } from "../../client/queries.ts";
import { preferences, usePreferences } from "../../preferences/preferences-store.ts";
import { useTexts } from "../../texts/texts.tsx";
import { Clipped, RawText } from "../../view/clipped.tsx";
import { FailureText } from "../../view/query-view.tsx";
import { Said } from "../../view/said.tsx";
import { partOfMessage } from "../conversations/transcript-model.ts";
import { type Detail, entriesOf } from "./rows.ts";

/** An ended turn once more, where there is an agent for that, this person may act, and the words are still there. */
export function Rehearsal({ detail }: { readonly detail: Detail }) {
  const mayOperate = useMayOperate();
  const { data: me } = useQuery(meQuery);
  const agents = me?.rehearsalAgents ?? [];
  const { kind, state, id } = detail.item;
  const isEnded = kind === "turn" && (state === "done" || state === "dead");
  const isDeleted = entriesOf(detail, "turn").some(({ contentDeleted }) => contentDeleted);
  if (!mayOperate || agents.length === 0 || !isEnded || isDeleted) return null;
  return <RehearsalPanel turnId={id} agents={agents} sent={messagesOf(detail)} />;
}

/** What the person was sent of the agent's answer. */
function messagesOf(detail: Detail): readonly unknown[] {
  return entriesOf(detail, "delivery").flatMap(({ words, messages }) => (words === "answer" ? messages : []));
}

interface RehearsalPanelProps {
  readonly turnId: string;
  readonly agents: readonly string[];
  readonly sent: readonly unknown[];
}

function RehearsalPanel({ turnId, agents, sent }: RehearsalPanelProps) {
  const { t } = useTexts();
  const { words } = usePreferences();
  const [chosen, setChosen] = useState(agents[0] ?? "");
  const asked = useRef<AbortController | null>(null);
  // Whoever leaves the page waits no longer: a hung agent would keep one of the few places for requests.
  useEffect(() => () => asked.current?.abort(), []);
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: async (agent: string) => {
      const hasWords = preferences().words;
      const path = `/turns/${encodeURIComponent(turnId)}/rehearse`;
      asked.current = new AbortController();
      return { hasWords, rehearsed: await postJson<RehearsedWire>(path, { agent }, {}, asked.current.signal) };
    },
  });
  // Words that were switched off since are no longer shown.
  const rehearsed = data === undefined || (data.hasWords && !words) ? null : data.rehearsed;
  return (
    <section aria-label={t("rehearsal.title")} className="panel mb-3 flex flex-col gap-3 p-3">
      <h2 className="font-medium">{t("rehearsal.title")}</h2>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        {agents.length > 1 && (
          <label className="flex items-center gap-2">
            {t("rehearsal.agent")}
            <select className="control" value={chosen} onChange={({ target }) => setChosen(target.value)}>
              {agents.map((agent) => (
                <option key={agent} value={agent}>
                  {agent}
                </option>
              ))}
            </select>
          </label>
        )}
        <button
          type="button"
          className="control shrink-0"
          // Disabled it would lose the focus.
          aria-disabled={isPending}
          onClick={() => {
            if (!isPending) mutate(chosen);
          }}
        >
          {t("rehearsal.run")}
        </button>
        <span className="min-w-0 grow basis-48 pt-1.5 text-soft">{t("rehearsal.effect")}</span>
      </div>
      <div role="status" className="min-w-0">
        {isPending && <p>{t("rehearsal.running")}</p>}
        {error !== null && (
          <p className="text-bad">
            <FailureText failure={error} />
          </p>
        )}
        {!isPending && rehearsed !== null && <Beside rehearsed={rehearsed} sent={sent} />}
      </div>
    </section>
  );
}

/** What was answered then, and what would be answered. */
function Beside({ rehearsed, sent }: { readonly rehearsed: RehearsedWire; readonly sent: readonly unknown[] }) {
  const { t, duration } = useTexts();
  const { agent, tookMs } = rehearsed;
  return (
    <div className="grid gap-3 lg:grid-cols-2">
      <Answer title={t("rehearsal.sent")}>
        {sent.length === 0 ? <p>{t("rehearsal.sent.none")}</p> : <Messages messages={sent} />}
      </Answer>
      <Answer title={t("rehearsal.answer", { agent, time: duration(tookMs) })}>
        <OutcomeView outcome={rehearsed.outcome} />
        <details>
          <summary className="cursor-pointer">{t("rehearsal.raw")}</summary>
          <RawText text={JSON.stringify(rehearsed, null, 2)} />
        </details>
      </Answer>
    </div>
  );
}

function Answer({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="flex min-w-0 flex-col gap-2 rounded border border-line p-3">
      <h3 className="text-xs text-soft">
        <Said>{title}</Said>
      </h3>
      {children}
    </section>
  );
}

function OutcomeView({ outcome }: { readonly outcome: RehearsedWire["outcome"] }) {
  const { t, duration } = useTexts();
  switch (outcome.kind) {
    case "answered":
      return (
        <>
          {outcome.replies.length === 0 && <p>{t("rehearsal.answered.none")}</p>}
          <Messages messages={outcome.replies} />
          {outcome.unsayable.map(({ problem }) => (
            <p key={problem} className="text-bad">
              {t("rehearsal.unsayable")} <Said>{problem}</Said>
            </p>
          ))}
        </>
      );
    case "accepted":
      return <p>{t("rehearsal.accepted")}</p>;
    case "timed-out":
      return <p className="text-bad">{t("rehearsal.timedOut", { time: duration(outcome.afterMs) })}</p>;
    case "failed":
    case "rejected":
      return (
        <p className="text-bad">
          {t(`rehearsal.${outcome.kind}`)} <Said>{outcome.reason}</Said>
        </p>
      );
    default:
      return outcome satisfies never;
  }
}

/** Replies and messages of a platform are told the same way: their words, or all of them. */
function Messages({ messages }: { readonly messages: readonly unknown[] }) {
  return messages.map((message, index) => {
    const { type, text } = partOfMessage(message);
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a message has no name but its place, which never changes.
      <div key={index} className="min-w-0 rounded bg-raised px-3 py-1.5">
        {((type !== "text" && type !== "") || text === null) && (
          <p className="font-mono text-xs text-soft">
            <Said>{type}</Said>
          </p>
        )}
        {text !== null && <Clipped text={text} />}
      </div>
    );
  });
}
