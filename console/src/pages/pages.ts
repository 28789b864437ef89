/** The pages that this console has. The rail, the keys and every link follow this list. */
import {
  Gauge,
  History,
  type LucideIcon,
  MessagesSquare,
  PersonStanding,
  RadioTower,
  ScrollText,
  Smartphone,
} from "lucide-react";
import type { TextKey } from "../texts/catalogue.ts";

export interface Page {
  /** First part of its path. */
  readonly path: string;
  /** After `g`. */
  readonly key: string;
  readonly icon: LucideIcon;
  readonly name: TextKey;
  /** It is there only where the platforms are simulated. */
  readonly isOfSimulator?: true;
  /** First parts of the paths of what belongs to it. */
  readonly holds?: readonly string[];
}

const PAGES: readonly Page[] = [
  { path: "/overview", key: "o", icon: Gauge, name: "page.overview" },
  { path: "/needs-you", key: "n", icon: PersonStanding, name: "page.needsYou" },
  {
    path: "/conversations",
    key: "c",
    icon: MessagesSquare,
    name: "page.conversations",
    holds: ["/c", "/t", "/d"],
  },
  { path: "/log", key: "l", icon: ScrollText, name: "page.log" },
  { path: "/audit", key: "u", icon: History, name: "page.audit" },
  { path: "/accounts", key: "a", icon: RadioTower, name: "page.accounts" },
  { path: "/simulator", key: "s", icon: Smartphone, name: "page.simulator", isOfSimulator: true },
];

export function pagesOf(hasSimulator: boolean): readonly Page[] {
  return hasSimulator ? PAGES : PAGES.filter(({ isOfSimulator }) => isOfSimulator !== true);
}

/** Pages that are reached otherwise than from the rail. */
const OTHER_PATHS: readonly string[] = ["/sign-in", "/t", "/d", "/search", "/c"];

const firstPart = (address: string) => /^\/[^/?#]*/.exec(address)?.[0] ?? "";

/** Whether what stands at the address is the page, or belongs to it. */
export function isOfPage({ path, holds = [] }: Page, address: string): boolean {
  return [path, ...holds].includes(firstPart(address));
}

export function hasPage(address: string): boolean {
  const first = firstPart(address);
  return OTHER_PATHS.includes(first) || PAGES.some(({ path }) => path === first);
}
