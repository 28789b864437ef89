import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { overviewQuery } from "../client/queries.ts";
import { isOfPage } from "../pages/pages.ts";
import { usePages } from "../pages/use-pages.ts";
import { useTexts } from "../texts/texts.tsx";
import { PageLink } from "../view/page-link.tsx";

const LINK =
  "relative flex min-h-12 min-w-11 flex-col items-center gap-0.5 rounded-md px-1 py-1.5 text-center text-[0.6875rem] leading-tight wrap-normal md:min-h-0 md:flex-row md:gap-3 md:px-3 md:py-2 md:text-start md:text-sm md:leading-normal";

/** At the left, and at the foot of a narrow screen. */
export function Rail() {
  const { t } = useTexts();
  const { pathname } = useLocation();
  const pages = usePages();
  return (
    <nav
      aria-label={t("frame.pages")}
      className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface md:static md:w-52 md:shrink-0 md:border-t-0 md:border-r"
    >
      <p className="hidden items-center gap-2 px-5 py-4 text-base font-semibold md:flex">
        <img src="/icon.svg" alt="" width="22" height="22" />
        {t("product")}
      </p>
      <ul className="flex justify-around p-1 md:flex-col md:gap-1 md:p-2">
        {pages.map((page) => {
          const { path, icon: Icon, name } = page;
          const isHere = isOfPage(page, pathname);
          return (
            <li key={path} className={isHere ? "flex-none" : "min-w-0 flex-1 md:flex-none"}>
              <PageLink
                to={path}
                isHere={isHere}
                className={`${LINK} ${isHere ? "bg-accent-soft font-semibold text-accent" : "text-ink hover:bg-raised"}`}
              >
                <Icon size={18} aria-hidden />
                <span className={isHere ? "max-md:text-[0.625rem] max-md:whitespace-nowrap" : "max-md:sr-only"}>
                  {t(name)}
                </span>
                {path === "/needs-you" && <NeedsYouBadge />}
              </PageLink>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

/** How many items only a person can end. */
function NeedsYouBadge() {
  const { number } = useTexts();
  const { data } = useQuery(overviewQuery);
  const waiting = data?.waiting.filter(({ state }) => state === "dead" || state === "unknown") ?? [];
  const count = waiting.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return null;
  return (
    <span className="absolute top-0 left-[calc(50%+0.25rem)] z-10 shrink-0 rounded-full bg-bad px-1.5 text-xs font-semibold text-surface md:static md:ms-auto">
      {number(count)}
    </span>
  );
}
