/** What the soak and its gateway share. */
export const SECRETS = {
  lineSecret: "soak-line-secret",
  lineToken: "soak-line-token",
  appSecret: "soak-app-secret",
  accessToken: "soak-access-token",
  agentToken: "soak-agent-token",
  coreToken: "soak-core-token",
  phoneNumberId: "106540000000001",
} as const;

/** Facebook pages: of the healthy people, of those whose bot hangs, and of those whose Graph API hangs. */
export const PAGES = { well: "1001", hungBot: "1002", hungGraph: "1003" } as const;

export interface SoakSetup {
  readonly database: string;
  /** LINE of the account whose bot is asked over HTTP, and of the one that an openab core serves. */
  readonly lineUrl: string;
  readonly teamUrl: string;
  readonly whatsappUrl: string;
  readonly messengerUrl: string;
  readonly hungGraphUrl: string;
  readonly botUrl: string;
  readonly hungBotUrl: string;
}
