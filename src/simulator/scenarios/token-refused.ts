import type { Scenario } from "./scenario.ts";

export const TOKEN_REFUSED: Scenario = {
  title: "Access token refused",
  shows:
    "LINE refuses the access token for a while. The account stops, its answers wait, and go out once it works again.",
  channel: "line",
  expected: { bubbles: 1, deliveries: ["sent"], calls: ["reply account-stopped 401", "reply sent 200"], paid: 0 },
  async play(scene) {
    await scene.sets("faults", { route: "info", at: "before-accept", how: 401 });
    await scene.sets("faults", { route: "reply", at: "before-accept", how: 401 });
    await scene.says("Is your token good?");
    await scene.expects({ bubbles: 0, deliveries: ["pending"], calls: ["reply account-stopped 401"] });
  },
};
