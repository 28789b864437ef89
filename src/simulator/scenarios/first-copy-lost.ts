import type { Scenario } from "./scenario.ts";

export const FIRST_COPY_LOST: Scenario = {
  title: "First copy lost",
  shows: "The webhook never arrives. LINE sends it again, and it is answered by its free token.",
  channel: "line",
  expected: { bubbles: 1, events: ["accepted"], redelivered: 1, deliveries: ["sent"], paid: 0 },
  async play(scene) {
    const { eventId } = await scene.says("Hello? Is this working?", { lost: true });
    await scene.sets("redeliver", { eventId });
  },
};
