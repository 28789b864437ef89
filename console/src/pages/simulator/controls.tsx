/** How the agent answers, and whether the gateway lives. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CirclePower, LoaderCircle, RotateCcw, Snowflake } from "lucide-react";
import { useEffect } from "react";
import type {
  AgentWire,
  GatewayOrder,
  GatewayWire,
  SimulatorWire,
} from "../../../../src/simulator/console-api/wire.ts";
import { useTexts } from "../../texts/texts.tsx";
import { FailureText } from "../../view/query-view.tsx";
import { useNow } from "../../view/use-now.ts";
import { applySimulator, resetSimulator, setAgent, setGateway } from "./simulator-queries.ts";

/** It is so for a moment only: the next order or fault makes it untrue, in ms. */
const RESET_SAID_MS = 5_000;

export function Controls({ simulator: { agent, gateway } }: { readonly simulator: SimulatorWire }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const reset = useMutation({
    mutationFn: resetSimulator,
    onSuccess: (data) => applySimulator(queries, { kind: "hello", data }),
  });
  const { isSuccess: isReset, reset: forget } = reset;
  useEffect(() => {
    if (!isReset) return;
    const timer = setTimeout(forget, RESET_SAID_MS);
    return () => clearTimeout(timer);
  }, [isReset, forget]);
  return (
    <div className="panel mb-3 flex flex-wrap items-center gap-x-6 gap-y-2 p-3">
      <AgentControls agent={agent} />
      <GatewayControls gateway={gateway} />
      <div className="flex flex-wrap items-center gap-2 lg:ms-auto">
        <button type="button" className="control" disabled={reset.isPending} onClick={() => reset.mutate()}>
          <RotateCcw size={16} aria-hidden />
          {t("simulator.reset")}
        </button>
        <span role="status" className="text-soft">
          {isReset && t("simulator.reset.done")}
        </span>
        <OrderFailure error={reset.error} />
      </div>
    </div>
  );
}

const MODES = ["echo", "many", "delay", "fail", "refuse", "hang"] as const satisfies readonly AgentWire["mode"][];
const DELAYS_MS = [500, 1_000, 3_000, 10_000, 30_000];

function AgentControls({ agent: { mode, delayMs, times } }: { readonly agent: AgentWire }) {
  const { t, duration } = useTexts();
  const queries = useQueryClient();
  const order = useMutation({
    mutationFn: setAgent,
    onSuccess: (data) => applySimulator(queries, { kind: "agent", data }),
  });
  const delays = DELAYS_MS.includes(delayMs) ? DELAYS_MS : [...DELAYS_MS, delayMs].toSorted((a, b) => a - b);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <label className="flex items-center gap-2">
        <span className="font-medium">{t("simulator.agent")}</span>
        <select
          className="control"
          value={mode}
          onChange={({ target }) => {
            const chosen = MODES.find((one) => one === target.value);
            if (chosen !== undefined) order.mutate({ mode: chosen });
          }}
        >
          {MODES.map((one) => (
            <option key={one} value={one}>
              {t(`simulator.agent.${one}`)}
            </option>
          ))}
        </select>
      </label>
      {mode === "delay" && (
        <label className="flex items-center gap-2">
          <span>{t("simulator.agent.after")}</span>
          <select
            className="control"
            value={delayMs}
            onChange={({ target }) => order.mutate({ mode, delayMs: Number(target.value) })}
          >
            {delays.map((ms) => (
              <option key={ms} value={ms}>
                {duration(ms)}
              </option>
            ))}
          </select>
        </label>
      )}
      {times !== null && <span className="text-soft">{t("simulator.agent.times", { count: times })}</span>}
      <OrderFailure error={order.error} />
    </div>
  );
}

const GATEWAY_MARKS = {
  up: { Icon: CircleCheck, text: "simulator.gateway.up", colour: "text-good" },
  starting: { Icon: LoaderCircle, text: "simulator.gateway.starting", colour: "text-in" },
  frozen: { Icon: Snowflake, text: "simulator.gateway.frozen", colour: "text-warn" },
  down: { Icon: CirclePower, text: "simulator.gateway.down", colour: "text-bad" },
} as const satisfies Record<GatewayWire["state"], unknown>;

const RESTART_AFTER_MS = 3_000;
const FREEZE_MS = 3_000;

function GatewayControls({ gateway: { state, kills, restartAt } }: { readonly gateway: GatewayWire }) {
  const { t, duration } = useTexts();
  const queries = useQueryClient();
  const order = useMutation({
    mutationFn: (given: GatewayOrder) => setGateway(given),
    onSuccess: (data) => applySimulator(queries, { kind: "gateway", data }),
  });
  const { Icon, text, colour } = GATEWAY_MARKS[state];
  const canStop = state === "up";
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span className="font-medium">{t("simulator.gateway")}</span>
      <span role="status" data-gateway={state} className={`inline-flex items-center gap-1 font-medium ${colour}`}>
        <Icon size={16} aria-hidden />
        {t(text)}
      </span>
      <OrderButton isOff={!canStop} onClick={() => order.mutate({ do: "kill", restartAfterMs: RESTART_AFTER_MS })}>
        {t("simulator.gateway.kill")}
      </OrderButton>
      <OrderButton isOff={!canStop} onClick={() => order.mutate({ do: "freeze", forMs: FREEZE_MS })}>
        {t("simulator.gateway.freeze", { time: duration(FREEZE_MS) })}
      </OrderButton>
      <OrderButton isOff={state !== "down" && state !== "frozen"} onClick={() => order.mutate({ do: "start" })}>
        {t(state === "frozen" ? "simulator.gateway.goOn" : "simulator.gateway.start")}
      </OrderButton>
      <span className="text-soft">{t("simulator.gateway.kills", { count: kills })}</span>
      {restartAt !== null && <Restart at={restartAt} isFrozen={state === "frozen"} />}
      <OrderFailure error={order.error} />
    </div>
  );
}

function Restart({ at, isFrozen }: { readonly at: number; readonly isFrozen: boolean }) {
  const { t, duration } = useTexts();
  const leftMs = Math.max(0, Math.ceil((at - useNow()) / 1_000)) * 1_000;
  const text = isFrozen ? "simulator.gateway.goesOn" : "simulator.gateway.restart";
  return <span className="text-warn">{t(text, { time: duration(leftMs) })}</span>;
}

interface OrderButtonProps {
  readonly isOff: boolean;
  readonly children: string;
  onClick(): void;
}

/** Off it keeps the focus: the state changes by itself, too. */
function OrderButton({ isOff, children, onClick }: OrderButtonProps) {
  return (
    <button
      type="button"
      aria-disabled={isOff}
      className="control aria-disabled:cursor-default aria-disabled:border-dashed aria-disabled:text-soft"
      onClick={() => !isOff && onClick()}
    >
      {children}
    </button>
  );
}

function OrderFailure({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  return (
    <span role="alert" className="text-bad">
      <FailureText failure={error} />
    </span>
  );
}
