import { useMutation } from "@tanstack/react-query";
import { Zap } from "lucide-react";
import type { FaultWire, PlatformWire } from "../../../../src/simulator/console-api/wire.ts";
import { useTexts } from "../../texts/texts.tsx";
import { FailureText } from "../../view/query-view.tsx";
import { Said } from "../../view/said.tsx";
import { act } from "./simulator-queries.ts";

/** Faults that no call has met yet, of every platform. */
export function ArmedFaults({ platforms }: { readonly platforms: readonly PlatformWire[] }) {
  const { t } = useTexts();
  const armed = platforms.filter(({ faults }) => faults.length > 0);
  if (armed.length === 0) return null;
  return (
    <section aria-label={t("simulator.faults")} className="border-t border-line p-3">
      <h3 className="text-xs text-soft">{t("simulator.faults")}</h3>
      {armed.map((platform) => (
        <FaultsOf key={platform.channel} platform={platform} />
      ))}
    </section>
  );
}

function FaultsOf({ platform: { channel, title, faults } }: { readonly platform: PlatformWire }) {
  const { t } = useTexts();
  const clearing = useMutation({ mutationFn: () => act(channel, { command: "clear-faults", input: {} }) });
  return (
    <div className="mt-1 flex flex-wrap items-start justify-between gap-2">
      <ul>
        {faults.map((fault, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two may be the same, and they are met in this order.
          <li key={index} className="flex items-start gap-1.5">
            <Zap size={14} aria-hidden className="mt-1 shrink-0 text-warn" />
            <FaultWords fault={fault} />
          </li>
        ))}
      </ul>
      <button type="button" className="control" disabled={clearing.isPending} onClick={() => clearing.mutate()}>
        {t("simulator.faults.clear", { platform: title })}
      </button>
      {clearing.error !== null && (
        <p role="alert" className="text-bad">
          <FailureText failure={clearing.error} />
        </p>
      )}
    </div>
  );
}

/** As the simulator's commands name it. */
function FaultWords({ fault: { route, at, how, delayMs, left } }: { readonly fault: FaultWire }) {
  const { t, duration } = useTexts();
  return (
    <span>
      <Said className="font-mono text-xs">{[route, at, how].filter((part) => part !== undefined).join(" ")}</Said>{" "}
      {delayMs !== undefined && <span>{duration(delayMs)} </span>}
      <span className="text-soft">{t("simulator.faults.left", { count: left })}</span>
    </span>
  );
}
