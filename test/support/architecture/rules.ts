import { documentedPathsExist } from "./documents.ts";
import {
  channelsAreStrangers,
  coreImportsNothing,
  everythingHasItsLayer,
  foldersImportDownwards,
  importsHaveNoCycle,
  pipelineSeesOnlyInterfaces,
  sourcesImportOnlySources,
  storesAreKnownByAddress,
} from "./imports.ts";
import {
  consoleOnlyInCli,
  environmentOnlyInCli,
  fencedCaughtOnlyInLoop,
  hostsOnlyInChannels,
  onlyReportNamesTelemetry,
  sqlOnlyInStores,
  timeAndRandomOnlyInRuntime,
} from "./restricted-use.ts";
import { schemasUseTheWordsOfCore } from "./schema.ts";
import {
  barrelsOnlyAtBoundaries,
  channelsLookAlike,
  depsAreInterfaces,
  filesAreShort,
  functionsAreShort,
  namesSaySomething,
  noDefaultExports,
  pipelineFilesAreStages,
  storesLookAlike,
} from "./shape.ts";
import type { Rule } from "./tree.ts";

/** The house rules, in the words that a failing test should print. */
export const RULES = {
  "core imports nothing from outside core": coreImportsNothing,
  "folders import downwards only": foldersImportDownwards,
  "every folder of src has its layer, and its root holds the entry points only": everythingHasItsLayer,
  "the pipeline sees core, runtime, the gateway's settings and the interfaces of store, channel and agent":
    pipelineSeesOnlyInterfaces,
  "a channel never imports another channel": channelsAreStrangers,
  "a store is known by its address, outside the stores": storesAreKnownByAddress,
  "what is shipped imports only what is shipped": sourcesImportOnlySources,
  "files don't import one another in a circle": importsHaveNoCycle,
  "SQL is only in the stores": sqlOnlyInStores,
  "platform hosts are only in the channels": hostsOnlyInChannels,
  "the environment is read only in cli.ts": environmentOnlyInCli,
  "time and randomness are only in runtime": timeAndRandomOnlyInRuntime,
  "the console is written only by the command line, the demo and a bot's author's client": consoleOnlyInCli,
  "a lost lease is caught only in runtime/loop.ts": fencedCaughtOnlyInLoop,
  "in the pipeline only report/ names log, metrics and traces": onlyReportNamesTelemetry,
  "all stores have the same files, and no operations of their own": storesLookAlike,
  "the stores' schemas allow the words of core and no others": schemasUseTheWordsOfCore,
  "all channels have the same files": channelsLookAlike,
  "no file has more than 400 lines": filesAreShort,
  "no function has more than 70 lines": functionsAreShort,
  "nothing is exported as default": noDefaultExports,
  "a file that only re-exports stands at a boundary": barrelsOnlyAtBoundaries,
  "every file's name says what is in it": namesSaySomething,
  "the pipeline's files are its stages": pipelineFilesAreStages,
  "deps.ts holds interfaces only": depsAreInterfaces,
  "every path that the documents name exists": documentedPathsExist,
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as RuleName[];
