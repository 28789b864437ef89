/** Goal: the browser is opened where there is a desktop, and nowhere else; a failure is a sentence. */
import { expect, test } from "vitest";
import { browserCommand, openBrowser } from "./open-browser.ts";

test.each([
  ["linux", { DISPLAY: ":0" }, "xdg-open"],
  ["linux", { WAYLAND_DISPLAY: "wayland-0" }, "xdg-open"],
  ["linux", { DISPLAY: "" }, undefined],
  ["linux", {}, undefined],
  ["freebsd", {}, undefined],
  ["darwin", {}, "open"],
  ["win32", {}, "cmd"],
  ["linux", { DISPLAY: ":0", CI: "true" }, undefined],
  ["darwin", { CI: "1" }, undefined],
] as const)("on %s with %j by %s", (platform, env, program) => {
  expect(browserCommand({ platform, env })?.[0]).toBe(program);
});

test("without a desktop nothing is started", async () => {
  expect(await openBrowser("http://127.0.0.1:1/", { platform: "linux", env: {} })).toBeNull();
});

test("a browser that can't be opened is said, and breaks nothing", async () => {
  const failure = await openBrowser("http://127.0.0.1:1/", {
    platform: "linux",
    env: { DISPLAY: ":0", PATH: "/nowhere" },
  });
  expect(failure).toBe("xdg-open: ENOENT");
});
