import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { accountsQuery } from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { addressOfList, type Filters, filtersIn, KINDS, TURN_STATES } from "./addresses.ts";
import { KIND_TEXTS } from "./kind-texts.ts";

/** After the last key. */
const TYPED_MS = 300;

interface Option {
  readonly value: string;
  readonly text: string;
}

/** The filters of the list. A choice is a step back; what is typed isn't. */
export function FilterBar({ filters }: { readonly filters: Filters }) {
  const { t } = useTexts();
  const { history } = useRouter();
  const { data } = useQuery(accountsQuery);
  const choose = (changed: Readonly<Record<string, string>>) =>
    history.push(addressOfList(filtersIn({ ...filters, ...changed })));
  const accounts = (data?.accounts ?? []).filter(
    ({ channel }) => filters.channel === undefined || channel === filters.channel,
  );
  return (
    <search className="grid grid-cols-2 gap-2 border-b border-line p-2" aria-label={t("conversations.filters")}>
      <NameFilter filters={filters} />
      <Choice
        name={t("conversations.channel")}
        value={filters.channel}
        options={namesOf(
          data?.accounts.map(({ channel }) => channel),
          filters.channel,
        )}
        onChoose={(channel) => choose({ channel, account: "" })}
      />
      <Choice
        name={t("conversations.account")}
        value={filters.account}
        options={namesOf(
          accounts.map(({ account }) => account),
          filters.account,
        )}
        onChoose={(account) => choose({ account })}
      />
      <Choice
        name={t("conversations.kind")}
        value={filters.kind}
        options={KINDS.map((kind) => ({ value: kind, text: t(KIND_TEXTS[kind]) }))}
        onChoose={(kind) => choose({ kind })}
      />
      <Choice
        name={t("conversations.state")}
        value={filters.state}
        options={TURN_STATES.map((state) => ({ value: state, text: t(`state.${state}`) }))}
        onChoose={(state) => choose({ state })}
      />
    </search>
  );
}

/** Each once, and the one that is chosen even if nobody has it. */
function namesOf(names: readonly string[] = [], chosen: string | undefined): readonly Option[] {
  const all = new Set(chosen === undefined ? names : [...names, chosen]);
  return [...all].map((name) => ({ value: name, text: name }));
}

function Choice({
  name,
  value = "",
  options,
  onChoose,
}: {
  readonly name: string;
  readonly value?: string | undefined;
  readonly options: readonly Option[];
  readonly onChoose: (value: string) => void;
}) {
  const { t } = useTexts();
  return (
    <label className="flex min-w-0 flex-col text-xs text-soft">
      {name}
      <select
        className="control w-full min-w-0 text-sm"
        value={value}
        onChange={({ target }) => onChoose(target.value)}
      >
        <option value="">{t("conversations.any")}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  );
}

function NameFilter({ filters }: { readonly filters: Filters }) {
  const { t } = useTexts();
  const { history } = useRouter();
  const [text, setText] = useState(filters.q ?? "");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const given = useRef(filters.q ?? "");
  useEffect(() => {
    // Another address, not what was typed here.
    if ((filters.q ?? "") === given.current) return;
    given.current = filters.q ?? "";
    setText(given.current);
  }, [filters.q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const take = (typed: string) => {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const next = filtersIn({ ...filters, q: typed });
      given.current = next.q ?? "";
      history.replace(addressOfList(next));
    }, TYPED_MS);
  };
  return (
    <label className="col-span-2 flex flex-col text-xs text-soft">
      {t("conversations.name")}
      <input
        type="search"
        dir="auto"
        maxLength={200}
        className="control w-full text-sm"
        value={text}
        onChange={({ target }) => take(target.value)}
      />
    </label>
  );
}
