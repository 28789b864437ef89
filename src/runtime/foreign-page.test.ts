import { describe, expect, test } from "vitest";
import { foreignPage } from "./foreign-page.ts";

describe("a page of another origin, in a browser that reaches us", () => {
  const own = { host: "127.0.0.1:8081", origin: "http://127.0.0.1:8081", site: "same-origin" };
  const open = { isLoopbackOnly: true, isLink: false };

  test.each([
    ["our own page", own, null],
    ["a program, which sends no such header", { host: own.host, origin: undefined, site: undefined }, null],
    ["the page, by the scheme's own port", { ...own, host: "localhost:80", origin: "http://localhost" }, null],
    ["a page of a rebound name", { ...own, host: "evil.example:8081", origin: "http://evil.example:8081" }, "host"],
    ["a page of another port", { ...own, origin: "http://127.0.0.1:3000" }, "origin"],
    ["a page that hides its origin", { ...own, origin: "null" }, "origin"],
    ["a picture in a page of another site", { ...own, origin: undefined, site: "cross-site" }, "site"],
    ["a picture in a page of another subdomain", { ...own, origin: undefined, site: "same-site" }, "site"],
  ] as const)("%s", (_, headers, revealed) => {
    expect(foreignPage(headers, open)).toBe(revealed);
  });

  test("a link may be followed from another site", () => {
    expect(foreignPage({ ...own, origin: undefined, site: "cross-site" }, { ...open, isLink: true })).toBeNull();
  });

  test("behind a token the host may have any name", () => {
    const named = { ...own, host: "gateway.example", origin: "https://gateway.example" };
    expect(foreignPage(named, { ...open, isLoopbackOnly: false })).toBeNull();
  });
});
