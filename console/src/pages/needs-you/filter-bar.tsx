import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { accountsQuery } from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { type Filter, KINDS, SINCE, STATES, statesOf, withStates } from "./filter.ts";

/** Every choice is in the address: Back takes it back, and a copied link shows the same. */
export function FilterBar({ filter }: { readonly filter: Filter }) {
  const { t } = useTexts();
  const router = useRouter();
  const go = (search: Filter) => void router.navigate({ to: "/needs-you", search });
  const states = statesOf(filter);
  return (
    <div className="mb-4 flex flex-col gap-3">
      <fieldset className="flex flex-wrap gap-1 sm:gap-2">
        <legend className="sr-only">{t("waiting.state")}</legend>
        {STATES.map((state) => (
          <label key={state} className="control max-sm:px-1.5">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={states.includes(state)}
              onChange={({ target: { checked } }) =>
                go(withStates(filter, (one) => (one === state ? checked : states.includes(one))))
              }
            />
            {t(`state.${state}`)}
          </label>
        ))}
      </fieldset>
      <div className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
        <Choices filter={filter} onChange={go} />
        <ConversationField
          key={filter.conversation}
          value={filter.conversation ?? ""}
          onChange={(conversation) => go(changed(filter, "conversation", conversation))}
        />
        <label className="control">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={filter.group === "reason"}
            onChange={({ target: { checked } }) => go(changed(filter, "group", checked ? "reason" : ""))}
          />
          {t("needsYou.group")}
        </label>
      </div>
    </div>
  );
}

/** An empty text takes the filter away. */
function changed(filter: Filter, name: keyof Filter, value: string): Filter {
  const { [name]: _, ...rest } = filter;
  return value === "" ? rest : { ...rest, [name]: value };
}

function Choices({ filter, onChange }: { readonly filter: Filter; readonly onChange: (filter: Filter) => void }) {
  const { t } = useTexts();
  const { data } = useQuery(accountsQuery);
  const known = data?.accounts ?? [];
  const names = (of: "channel" | "account") => [
    ...new Set([...known.map((one) => one[of]), ...(filter[of] === undefined ? [] : [filter[of]])]),
  ];
  const choose = (name: keyof Filter) => (value: string) => onChange(changed(filter, name, value));
  return (
    <>
      <Choice name={t("needsYou.kind")} value={filter.kind} onChange={choose("kind")}>
        {KINDS.map((one) => (
          <option key={one} value={one}>
            {t(`needsYou.kind.${one}`)}
          </option>
        ))}
      </Choice>
      {(["channel", "account"] as const).map((of) => (
        <Choice key={of} name={t(`needsYou.${of}`)} value={filter[of]} onChange={choose(of)}>
          {names(of).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Choice>
      ))}
      <Choice name={t("needsYou.since")} value={filter.since} onChange={choose("since")}>
        {[...new Set([...SINCE, ...(filter.since === undefined ? [] : [filter.since])])].map((one) => (
          <option key={one} value={one}>
            {t("needsYou.since.span", { span: one })}
          </option>
        ))}
      </Choice>
    </>
  );
}

function Choice({
  name,
  value = "",
  onChange,
  children,
}: {
  readonly name: string;
  readonly value: string | undefined;
  readonly onChange: (value: string) => void;
  readonly children: ReactNode;
}) {
  const { t } = useTexts();
  return (
    <select className="control" aria-label={name} value={value} onChange={({ target }) => onChange(target.value)}>
      <option value="">{t("needsYou.any", { name })}</option>
      {children}
    </select>
  );
}

function ConversationField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { t } = useTexts();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget).get("conversation");
        onChange(typeof given === "string" ? given.trim() : "");
      }}
    >
      <input
        type="search"
        name="conversation"
        className="control w-full sm:w-56"
        aria-label={t("needsYou.conversation")}
        placeholder={t("needsYou.conversation.hint")}
        defaultValue={value}
        maxLength={200}
      />
    </form>
  );
}
