/** The five states of every view: loading, empty, error, stale and gone. */
import type { UseQueryResult } from "@tanstack/react-query";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { ApiProblem, passesByItself } from "../client/problem.ts";
import { useTexts } from "../texts/texts.tsx";
import { Said } from "./said.tsx";
import { useNow } from "./use-now.ts";

type Result<T> = Pick<UseQueryResult<T>, "data" | "error" | "failureReason" | "dataUpdatedAt" | "refetch">;

interface QueryViewProps<T> {
  readonly result: Result<T>;
  readonly children: (value: T) => ReactNode;
  /** What stands there when there is nothing, and why. */
  readonly empty?: { readonly is: (value: T) => boolean; readonly text: ReactNode };
  /** Height of what will stand there, so that nothing jumps. */
  readonly height?: string;
  /** The page says once what became of all that it asked for. */
  readonly isToldAbove?: boolean;
}

export function QueryView<T>({ result, children, empty, height = "h-32", isToldAbove = false }: QueryViewProps<T>) {
  const { t } = useTexts();
  const { data } = result;
  const failure = failureOf(result);
  if (data !== undefined) {
    return (
      <>
        {!isToldAbove && <Failures results={[result]} />}
        {empty?.is(data) === true ? <p className="p-3 text-soft">{empty.text}</p> : children(data)}
      </>
    );
  }
  if (failure === null) return <Placeholder height={height} />;
  return isToldAbove ? <p className={`${height} p-3 text-soft`}>{t("none")}</p> : <Failures results={[result]} />;
}

const failureOf = ({ error, failureReason }: Result<unknown>) => error ?? failureReason;

/** That something can't be had, or is old, once for all that have the same cause. */
export function Failures({ results }: { readonly results: readonly Result<unknown>[] }) {
  const causes = Map.groupBy(
    results.filter((result) => failureOf(result) !== null),
    (result) => failureOf(result)?.message,
  );
  return [...causes].map(([cause, failed]) => {
    const [first] = failed;
    const failure = first === undefined ? null : failureOf(first);
    if (failure === null) return null;
    const old = failed.filter(({ data }) => data !== undefined);
    const retry = () => {
      for (const { refetch } of failed) void refetch();
    };
    return (
      <Fragment key={cause}>
        {old.length > 0 && <Stale since={Math.min(...old.map((one) => one.dataUpdatedAt))} failure={failure} />}
        {old.length < failed.length && <Failure failure={failure} onRetry={retry} />}
      </Fragment>
    );
  });
}

function Placeholder({ height }: { readonly height: string }) {
  const { t } = useTexts();
  return (
    <div className={`${height} appears-late m-3 rounded bg-line`}>
      <span className="sr-only">{t("view.loading")}</span>
    </div>
  );
}

function Stale({ since, failure }: { readonly since: number; readonly failure: Error }) {
  const { t, duration } = useTexts();
  const seconds = Math.max(1, Math.floor((useNow() - since) / 1_000));
  return (
    <p className="m-3 flex items-center gap-2 rounded bg-warn-soft px-3 py-2 text-warn">
      <TriangleAlert size={16} aria-hidden className="shrink-0" />
      <span>
        {t("view.stale", { age: duration(seconds * 1_000) })} <FailureText failure={failure} />
      </span>
    </p>
  );
}

function Failure({ failure, onRetry }: { readonly failure: Error; readonly onRetry: () => void }) {
  const { t } = useTexts();
  const status = failure instanceof ApiProblem ? failure.facts.status : null;
  return (
    <div className="m-3 flex flex-col items-start gap-2 rounded bg-bad-soft p-3">
      <p className="flex items-start gap-2">
        <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
        <span>
          <FailureText failure={failure} />
          {passesByItself(failure) && ` ${t("view.retries")}`}
        </span>
      </p>
      {status !== 401 && status !== 404 && (
        <button type="button" className="control" onClick={onRetry}>
          {t("view.retry")}
        </button>
      )}
    </div>
  );
}

/** In the gateway's own words, which are English and no sentence of the page. */
function Quoted({ text }: { readonly text: string }) {
  return (
    <q lang="en">
      <Said>{text}</Said>
    </q>
  );
}

/** Ours where we know what it means, and beside it what the gateway said. */
export function FailureText({ failure }: { readonly failure: Error }) {
  const { t } = useTexts();
  if (!(failure instanceof ApiProblem)) return <span>{t("failure.unexpected")}</span>;
  const { status, detail } = failure.facts;
  return (
    <>
      <span>{status === 0 ? t("failure.unreachable") : t("failure.status", { status })}</span>{" "}
      {status === 404 ? <span>{t("failure.gone")}</span> : detail !== "" && <Quoted text={detail} />}
    </>
  );
}
