import type { AgentActivity } from "../../runtime/agent-activity.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { EventDuplicates } from "../../runtime/duplicates.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import { reportAccept } from "./accept.ts";
import { agentCallSpans } from "./agent-call.ts";
import { reportClaim } from "./claim.ts";
import { reportInvoke } from "./invoke.ts";
import { reportOutbox } from "./outbox.ts";
import { reportReceipt } from "./receipt.ts";
import { reportSeal } from "./seal.ts";
import { platformCallSpans, reportSend } from "./send.ts";
import { reportSettle } from "./settle.ts";
import { reportSupport } from "./support.ts";
import { reportSweep } from "./sweep.ts";

/**
 * Observability of the pipeline: a stage reports its outcome, one of a closed union, and the function of its name here
 * makes log lines, metrics and trace spans of it. Nothing else in the pipeline names those.
 */
export type Report = ReturnType<typeof createReport>;

export function createReport(
  watched: Telemetry & {
    readonly clock: Clock;
    readonly agentActivity: AgentActivity;
    readonly eventDuplicates: EventDuplicates;
  },
) {
  return {
    accept: reportAccept(watched),
    receipt: reportReceipt(watched),
    seal: reportSeal(watched),
    claim: reportClaim(watched),
    invoke: reportInvoke(watched),
    outbox: reportOutbox(watched),
    send: reportSend(watched),
    settle: reportSettle(watched),
    sweep: reportSweep(watched),
    ...reportSupport(watched),
    /** Starts the span of an agent call. */
    agentCall: agentCallSpans(watched),
    /** Starts the span of a platform call, which lasts until it is settled. */
    platformCall: platformCallSpans(watched),
  };
}
