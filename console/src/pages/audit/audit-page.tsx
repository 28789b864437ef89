import { useInfiniteQuery } from "@tanstack/react-query";
import type { Wire } from "../../../../src/http/admin/wire.ts";
import { actionsQuery } from "../../client/lists.ts";
import { useTexts } from "../../texts/texts.tsx";
import { OlderButton } from "../../view/older-button.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { QueryView } from "../../view/query-view.tsx";
import { Said } from "../../view/said.tsx";
import { Scrolled } from "../../view/scrolled.tsx";

type Action = Wire["actions"]["items"][number];

const COLUMNS = ["audit.at", "audit.actor", "audit.action", "audit.item", "audit.change"] as const;

export function AuditPage() {
  const { t } = useTexts();
  const list = useInfiniteQuery(actionsQuery);
  const actions = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <PageTitle>{t("page.audit")}</PageTitle>
      <div className="panel">
        <QueryView result={list} empty={{ is: () => actions.length === 0, text: t("audit.empty") }}>
          {() => (
            <Scrolled name={t("page.audit")} className="overflow-x-auto focus-visible:-outline-offset-2">
              <table className="rows stacks w-full">
                <thead>
                  <tr>
                    {COLUMNS.map((name) => (
                      <th key={name} scope="col">
                        {t(name)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {actions.map((action) => (
                    <ActionRow key={`${action.actionId} ${action.id}`} action={action} />
                  ))}
                </tbody>
              </table>
            </Scrolled>
          )}
        </QueryView>
      </div>
      <OlderButton list={list} />
    </>
  );
}

function ActionRow({ action: { at, actionId, actor, action, item, id, from, to } }: { readonly action: Action }) {
  const { t, dateTime } = useTexts();
  return (
    <tr data-row={`${actionId} ${id}`}>
      <td className="whitespace-nowrap">{dateTime(at)}</td>
      <td>
        <Said>{actor}</Said>
      </td>
      <td>{t(`audit.action.${action}`)}</td>
      <td>
        <PageLink to={addressOf({ item, id })} opensRow>
          <Said className="font-mono text-xs">{id}</Said>
        </PageLink>
      </td>
      <td>
        {t("audit.fromTo", {
          from: t(`state.${from}`),
          to: action === "discard" ? t("audit.discarded") : t(`state.${to}`),
        })}
      </td>
    </tr>
  );
}

function addressOf({ item, id }: Pick<Action, "item" | "id">): string {
  switch (item) {
    case "turn":
      return `/t/${id}`;
    case "delivery":
      return `/d/${id}`;
    case "conversation":
      return `/c/${id}`;
    case "account":
      return "/accounts";
    default:
      return item satisfies never;
  }
}
