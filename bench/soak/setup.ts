/** What the soak and its gateway share. */
export const SECRETS = {
  lineSecret: "soak-line-secret",
  lineToken: "soak-line-token",
  appSecret: "soak-app-secret",
  accessToken: "soak-access-token",
  agentToken: "soak-agent-token",
  phoneNumberId: "106540000000001",
} as const;

export interface SoakSetup {
  readonly database: string;
  readonly lineUrl: string;
  readonly whatsappUrl: string;
  readonly hungGraphUrl: string;
  readonly botUrl: string;
  readonly hungBotUrl: string;
  readonly pages: readonly [string, string];
}
