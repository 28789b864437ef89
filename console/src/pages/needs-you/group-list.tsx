import { useQuery } from "@tanstack/react-query";
import type { GroupsWire } from "../../../../src/http/admin/groups.ts";
import { waitingGroupsQuery } from "../../client/lists.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { QueryView } from "../../view/query-view.tsx";
import { Said } from "../../view/said.tsx";
import { addressOfFilter, type Filter, paramsOf } from "./filter.ts";
import { Empty } from "./waiting-list.tsx";

type Group = GroupsWire["groups"][number];

/** What waits, by why. Reasons that differ in ids only are one group. */
export function GroupList({ filter }: { readonly filter: Filter }) {
  const { t, dateTime } = useTexts();
  const groups = useQuery(waitingGroupsQuery({ key: filter, params: () => paramsOf(filter, Date.now()) }));
  return (
    <QueryView result={groups} empty={{ is: (value) => value.groups.length === 0, text: <Empty filter={filter} /> }}>
      {({ window, groups: all }) => (
        <>
          <p className="mb-3 text-soft">
            {window.isWhole || window.oldest === null
              ? t("needsYou.window.whole", { count: window.items })
              : t("needsYou.window.part", { count: window.items, oldest: dateTime(window.oldest) })}
          </p>
          <ol className="flex flex-col gap-3" aria-label={t("needsYou.group")}>
            {all.map((group) => (
              <GroupCard
                key={JSON.stringify([group.kind, group.channel, group.reason])}
                group={group}
                filter={filter}
              />
            ))}
          </ol>
        </>
      )}
    </QueryView>
  );
}

function GroupCard({ group, filter }: { readonly group: Group; readonly filter: Filter }) {
  const { t, dateTime } = useTexts();
  const { group: _, ...rest } = filter;
  const { kind, channel, reason, count, oldest, newest } = group;
  return (
    <li className="panel p-3" data-row={JSON.stringify([kind, channel, reason])}>
      <p className="flex flex-wrap items-baseline gap-x-4">
        <span className="text-lg font-semibold">{t(`needsYou.count.${kind}`, { count })}</span>
        <Said>{channel}</Said>
        <PageLink to={addressOfFilter({ ...rest, kind, channel })} opensRow>
          {t("needsYou.rows")}
        </PageLink>
      </p>
      <p className="mt-1 max-h-40 overflow-y-auto">
        {reason === null ? (
          <span className="text-soft">{t("needsYou.noReason")}</span>
        ) : (
          <Said className="font-mono text-xs">{reason}</Said>
        )}
      </p>
      <p className="mt-1 text-soft">{t("needsYou.span", { oldest: dateTime(oldest), newest: dateTime(newest) })}</p>
    </li>
  );
}
