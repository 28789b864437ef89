import type { TextKey } from "../../texts/catalogue.ts";

/** Titles of the scenarios that the simulators and the demo have. */
const TITLES = [
  "scenario.twoLines",
  "scenario.firstCopyLost",
  "scenario.answerLost",
  "scenario.deliveredTwice",
  "scenario.deliveredThrice",
  "scenario.redelivered",
  "scenario.outOfOrder",
  "scenario.takenBack",
  "scenario.replyAccepted500",
  "scenario.replyAcceptedCut",
  "scenario.pushAcceptedCut",
  "scenario.tokenDied",
  "scenario.platformDown",
  "scenario.tooFast",
  "scenario.accessRefused",
  "scenario.noAnswerInTime",
  "scenario.quotaGone",
  "scenario.cutEchoComes",
  "scenario.outcomeStaysUnknown",
  "scenario.colleagueAnswers",
  "scenario.otherAppHasTheChat",
  "scenario.statusesTwice",
  "scenario.blocked",
  "scenario.agentSlow",
  "scenario.agentFails",
  "scenario.agentRefuses",
  "scenario.gatewayKilled",
  "scenario.gatewayFrozen",
] as const satisfies readonly TextKey[];

/** `null`: this console doesn't know it; then its id stands for it. */
export function scenarioTitle(titleKey: string): TextKey | null {
  return TITLES.find((known) => known === titleKey) ?? null;
}
