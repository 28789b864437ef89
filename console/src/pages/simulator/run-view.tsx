/** A run of a scenario: its steps as they happen, and whether what came of it is what must be seen. */
import { useQuery } from "@tanstack/react-query";
import { Check, CircleCheck, CircleDashed, CircleX, type LucideIcon, X } from "lucide-react";
import type { RunWire } from "../../../../src/simulator/console-api/wire.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { Said } from "../../view/said.tsx";
import { useTranscript } from "../conversations/use-transcript.ts";
import { outcomeOf, type RunOutcome, type RunStep, stepsOf } from "./run-steps.ts";
import { scenarioTitle } from "./scenario-titles.ts";
import { conversationQuery } from "./story-queries.ts";
import { useIsGatewayUp } from "./use-simulator.ts";

export function RunView({ run, platform }: { readonly run: RunWire; readonly platform: string }) {
  const { t } = useTexts();
  const title = scenarioTitle(run.titleKey);
  return (
    <section aria-label={t("simulator.run", { title: title === null ? run.scenario : t(title) })} className="p-3">
      <h3 className="font-medium">
        {title === null ? <Said>{run.scenario}</Said> : t(title)} <span className="text-soft">{platform}</span>
      </h3>
      <Outcome run={run} />
      {run.failure !== null && <Said className="block text-bad">{run.failure}</Said>}
      {run.peerId !== null && <RunLinks channel={run.channel} peerId={run.peerId} />}
      <h4 className="mt-2 text-xs text-soft">{t("simulator.run.steps")}</h4>
      <ol className="flex flex-col gap-1">
        {stepsOf(run).map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a step has no name but its place.
          <StepLine key={index} step={step} />
        ))}
      </ol>
      {run.verdict !== null && <Findings findings={run.verdict.findings} />}
    </section>
  );
}

const OUTCOMES = {
  underWay: { Icon: CircleDashed, text: "simulator.run.underWay", colour: "text-in" },
  asExpected: { Icon: CircleCheck, text: "simulator.run.asExpected", colour: "text-good" },
  notAsExpected: { Icon: CircleX, text: "simulator.run.notAsExpected", colour: "text-bad" },
  failed: { Icon: CircleX, text: "simulator.run.failed", colour: "text-bad" },
} as const satisfies Record<RunOutcome, unknown>;

function Outcome({ run }: { readonly run: RunWire }) {
  const { t } = useTexts();
  const outcome = outcomeOf(run);
  const { Icon, text, colour } = OUTCOMES[outcome];
  return (
    <p role="status" data-outcome={outcome} className={`flex items-center gap-1.5 font-semibold ${colour}`}>
      <Icon size={18} aria-hidden className={outcome === "underWay" ? "motion-safe:animate-spin" : ""} />
      {t(text)}
    </p>
  );
}

function RunLinks({ channel, peerId }: { readonly channel: string; readonly peerId: string }) {
  const { t } = useTexts();
  const isAsked = useIsGatewayUp();
  const { data: conversationId } = useQuery({ ...conversationQuery(channel, peerId), enabled: isAsked });
  if (conversationId == null) return null;
  return (
    <p className="flex flex-wrap gap-x-3">
      <PageLink to={`/c/${encodeURIComponent(conversationId)}`}>{t("simulator.run.conversation")}</PageLink>
      <TurnLink conversationId={conversationId} />
    </p>
  );
}

function TurnLink({ conversationId }: { readonly conversationId: string }) {
  const { t } = useTexts();
  const { transcript } = useTranscript(conversationId, useIsGatewayUp());
  const turn = transcript.data?.entries.findLast((entry) => entry.kind === "turn");
  if (turn?.kind !== "turn") return null;
  return <PageLink to={`/t/${encodeURIComponent(turn.turnId)}`}>{t("simulator.run.turn")}</PageLink>;
}

/** The words are the simulator's own, which are English. */
function StepLine({ step: { kind, words, isDone, came } }: { readonly step: RunStep }) {
  const { t } = useTexts();
  const Icon: LucideIcon = isDone ? Check : CircleDashed;
  return (
    <li className="flex items-start gap-1.5">
      <Icon size={14} aria-hidden className={`mt-1 shrink-0 ${isDone ? "text-good" : "text-in"}`} />
      <span>
        {kind === "waits" && <span className="text-soft">{t("simulator.run.waits")} </span>}
        <q lang="en">
          <Said>{words}</Said>
        </q>
        {came !== null && (
          <span className="text-soft">
            {" "}
            <Said>{came}</Said>
          </span>
        )}
      </span>
    </li>
  );
}

type Finding = NonNullable<RunWire["verdict"]>["findings"][number];

function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const { t } = useTexts();
  return (
    <>
      <h4 className="mt-2 text-xs text-soft">{t("simulator.run.expected")}</h4>
      <ul className="flex flex-col gap-1">
        {findings.map(({ words, foundInstead }) => (
          <li key={words} className="flex items-start gap-1.5">
            {foundInstead === null ? (
              <Check size={14} aria-hidden className="mt-1 shrink-0 text-good" />
            ) : (
              <X size={14} aria-hidden className="mt-1 shrink-0 text-bad" />
            )}
            <span>
              <span className="sr-only">{t(foundInstead === null ? "simulator.run.met" : "simulator.run.unmet")} </span>
              <q lang="en">
                <Said>{words}</Said>
              </q>
              {foundInstead !== null && (
                <span className="block text-bad">
                  {t("simulator.run.found")}{" "}
                  <q lang="en">
                    <Said>{foundInstead}</Said>
                  </q>
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
