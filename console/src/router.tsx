import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";
import { Frame } from "./frame/frame.tsx";
import { filtersIn, viewIn } from "./pages/conversations/addresses.ts";
import { isLogLevel } from "./pages/log/log-view.ts";
import { type Filter, readFilter } from "./pages/needs-you/filter.ts";
import { NotFoundPage } from "./pages/not-found-page.tsx";
import { type SimulatorSearch, simulatorSearchOf } from "./pages/simulator/addresses.ts";
import { StartPage } from "./pages/start-page.tsx";
import { turnSearchOf } from "./pages/turn/turn-view.ts";

// Every search parameter is a text, as somebody would write it into the address.
const parseSearch = (search: string) => Object.fromEntries(new URLSearchParams(search));
function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

const rootRoute = createRootRoute({ component: Outlet });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: ({ next }): { next?: string } => (typeof next === "string" ? { next } : {}),
  component: lazyRouteComponent(() => import("./pages/sign-in/sign-in-page.tsx"), "SignInPage"),
});

const frameRoute = createRoute({ getParentRoute: () => rootRoute, id: "frame", component: Frame });

const startRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/",
  component: StartPage,
});

const overviewRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/overview",
  validateSearch: ({ window }): { window?: "1h" } => (window === "1h" ? { window } : {}),
  component: lazyRouteComponent(() => import("./pages/overview/overview-page.tsx"), "OverviewPage"),
});

const logRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/log",
  validateSearch: ({ level }): { level?: "warn" | "error" } => (isLogLevel(level) && level !== "info" ? { level } : {}),
  component: lazyRouteComponent(() => import("./pages/log/log-page.tsx"), "LogPage"),
});

const turnRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/t/$turn",
  validateSearch: turnSearchOf,
  component: lazyRouteComponent(() => import("./pages/turn/turn-page.tsx"), "TurnPage"),
});

const deliveryRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/d/$delivery",
  validateSearch: turnSearchOf,
  component: lazyRouteComponent(() => import("./pages/turn/delivery-page.tsx"), "DeliveryPage"),
});

const needsYouRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/needs-you",
  validateSearch: (search): Filter => readFilter(search),
  component: lazyRouteComponent(() => import("./pages/needs-you/needs-you-page.tsx"), "NeedsYouPage"),
});

const accountsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/accounts",
  component: lazyRouteComponent(() => import("./pages/accounts/accounts-page.tsx"), "AccountsPage"),
});

const auditRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/audit",
  component: lazyRouteComponent(() => import("./pages/audit/audit-page.tsx"), "AuditPage"),
});

const searchRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/search",
  validateSearch: ({ q }): { q?: string } => (typeof q === "string" && q.trim() !== "" ? { q: q.trim() } : {}),
  component: lazyRouteComponent(() => import("./pages/search/search-page.tsx"), "SearchPage"),
});

const panesRoute = createRoute({
  getParentRoute: () => frameRoute,
  id: "panes",
  validateSearch: filtersIn,
  component: lazyRouteComponent(() => import("./pages/conversations/conversations-layout.tsx"), "ConversationsLayout"),
});

const conversationsRoute = createRoute({
  getParentRoute: () => panesRoute,
  path: "/conversations",
  component: lazyRouteComponent(() => import("./pages/conversations/conversations-layout.tsx"), "NoConversation"),
});

const simulatorRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: "/simulator",
  validateSearch: (search): SimulatorSearch => simulatorSearchOf(search),
  component: lazyRouteComponent(() => import("./pages/simulator/simulator-page.tsx"), "SimulatorPage"),
});

const conversationRoute = createRoute({
  getParentRoute: () => panesRoute,
  path: "/c/$conv",
  validateSearch: viewIn,
  component: lazyRouteComponent(() => import("./pages/conversations/conversation-page.tsx"), "ConversationPage"),
});

const unknownRoute = createRoute({ getParentRoute: () => frameRoute, path: "$", component: NotFoundPage });

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    signInRoute,
    frameRoute.addChildren([
      startRoute,
      overviewRoute,
      needsYouRoute,
      panesRoute.addChildren([conversationsRoute, conversationRoute]),
      turnRoute,
      deliveryRoute,
      logRoute,
      auditRoute,
      accountsRoute,
      searchRoute,
      simulatorRoute,
      unknownRoute,
    ]),
  ]),
  parseSearch,
  stringifySearch,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
