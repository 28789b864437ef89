/** The words that the project no longer uses, and the field's word for each. Checked by `test/vocabulary.test.ts`. */
import type { Document } from "./architecture/tree.ts";

export interface OldWord {
  /**
   * The old word. `words` is matched against each line in small letters, with identifiers split into their words:
   * `turnedAway`, `turned_away` and `turned-away` all read "turned away". `name` is matched against the line as it stands:
   * for a word that has an ordinary use beside the old one.
   */
  readonly words?: RegExp;
  readonly name?: RegExp;
  /** What to say instead. */
  readonly say: string;
  /** Where it may stand all the same, and why. */
  readonly except?: readonly { readonly path: RegExp; readonly because: string }[];
}

export const OLD_WORDS: readonly OldWord[] = [
  // runtime
  { words: /\bstandstills?\b/, name: /waitingSince/, say: "event-loop stall, earliestArrivalAt" },
  { words: /\bdiscretion\b|\bdiscreet/, say: "redaction" },
  { name: /createMask|withoutEcho|\bleaves\(/, say: "createRedactor, stripQuotedInput, stringValues" },
  { words: /\blog guard\b/, say: "redacting log" },
  { words: /\btenures?\b|\bprocess s terms?\b|\bin one term\b/, say: "process lease, epoch" },
  { name: /\bholdUntil\b|[lL]ease\.giveUp\b/, say: "renewUntil, release (of a process lease)" },
  { words: /\bbeat(s|en|ing)?\b/, say: "heartbeat, to send a heartbeat" },
  { words: /\bwithdr(aws?|ew|awn|awal|awals|awing)\b/, say: "deregister (a process), retract (an event)" },
  { name: /\bSharing\b/, say: "cluster membership" },
  { name: /\bhappenings\b|\bHappenings?\b/, say: "event feed" },
  { words: /\blatch(es|ed)?\b/, say: "completion signal" },
  { words: /\bquota book\b/, say: "quota cache" },
  { words: /\bintake\b/, say: "admission control" },
  { words: /\buntil available\b|\ball that succeed\b/, say: "retryWhileUnavailable, fulfilledValues" },
  { words: /(?<!second )\bchance\b/, say: "random, randomness" },
  {
    words: /\bticks?\b/,
    say: "poll",
    except: [
      { path: /^bench\/postgres\/stand\.ts$/, because: "the kernel's clock ticks" },
      { path: /^src\/store\/postgres\/pipeline\.ts$/, because: "Node's process.nextTick" },
    ],
  },
  {
    words: /\b(a|each|every|one|the|next|last|first) looks?\b/,
    name: /\b(interface|type) Look\b/,
    say: "poll, read, check",
  },
  // pipeline
  { words: /\bin hand\b/, say: "in flight" },
  { name: /deps\.answered\b|listening\.since/, say: "turnCompletions, receiptsTrackedSince" },
  { name: /hand-over\b|handOver\b/, say: "enrich turn" },
  { words: /\bdress(es|ed|ing)?\b/, say: "enrich" },
  { words: /\bspeaks? first\b/, say: "proactive message" },
  { name: /answer-later|answerLater\b/, say: "deferred reply" },
  { words: /\b(an|one|each|earlier|later|the) asking\b/, name: /\bAsking\b/, say: "agent call" },
  {
    words: /\bpresence\b|\bsigns? of life\b/,
    say: "typing indicator, read mark; heartbeat (of a process)",
    except: [{ path: /^CHANGELOG\.md$/, because: "names what was renamed" }],
  },
  { words: /\broads?\b/, say: "route" },
  { words: /\brescues?\b/, say: "token fallback (lead time)" },
  { words: /\blent\b|\blends?\b|\boffered tokens?\b/, say: "granted, guaranteed; reply token" },
  // deliveries and receipts
  { name: /receipt-word|ownWord\b/, say: "receipt status" },
  {
    words: /\b(strongest|weakest|late) words?\b|\bplatform s later words?\b|\blater words? (of|on|about)\b/,
    say: "receipt, receipt status; late outcome",
  },
  { words: /\bour own words?\b/, say: "system message" },
  { words: /\bcarried by\b|\brid(es?|ing) on\b/, say: "bundled_into, bundled" },
  { words: /\bset down\b/, say: "unbundle" },
  { name: /prepareTakeBack|TAKE_BACK|take-back/, say: "revertBundled, discardSystemMessage" },
  {
    name: /taken_once|takenOnce|taken-once/,
    say: "idempotency key",
    except: [{ path: /^CHANGELOG\.md$/, because: "names what was renamed" }],
  },
  { name: /ops\/(held|hold|look)\b/, say: "requireLease" },
  { words: /\bgather(ed|s)\b|\bgather ms\b|\bstill gathering\b|^docs decisions .*gathering/, say: "coalesce, batch" },
  { words: /\btickets?\b/, say: "callback token" },
  { name: /['"](told|offered)['"]/, say: "delivered, prompted (states of a slow reply)" },
  { name: /\bNewNotice\b|noticeOf\b|interface Notice\b/, say: "system message" },
  { words: /\bpassed over\b|\bgive events\b/, name: /\bpassOver\b|PASS_OVER/, say: "skip, reassignEvents" },
  { name: /\bMEET\b|ops\/meet\b/, say: "insertConversation, ensureConversation" },
  { name: /\blet(It|Parked)?Go\b|LET_(IT_|PARKED_)?GO/, say: "release, reschedule" },
  { words: /\bleave unknown\b/, say: "mark unknown" },
  {
    words: /\bbegun anew after\b/,
    name: /\bno_word\b|\bnoWord\b|\bNO_WORD/,
    say: "outcome_missing, retry_baseline_attempt",
  },
  { name: /take-over|takeOver|healTheDead/, say: "reclaim orphaned leases" },
  { words: /\bitem (s )?story\b/, say: "item detail, transcript" },
  // stores
  { words: /\bfates?\b/, say: "commit status, outcome" },
  { words: /\barrivals\b|\bdeparts?\b/, say: "batcher, flush" },
  { name: /\b(class|new|type) Hints?\b|hints\.ts|\baway\.ts\b/, say: "notifications, classifyError" },
  { words: /\bhalf copied\b/, say: "incomplete copy" },
  {
    words: /\blanes?\b/,
    say: "connection, queue",
    except: [{ path: /^scripts\/picture\.ts$|^docs\/pictures\//, because: "the lanes of a sequence diagram" }],
  },
  { words: /\bbroken laws?\b|\bbreaks? (a|the) law\b|\bthe laws\b/, name: /\bLaws?\b|laws\.ts/, say: "invariant" },
  { name: /\b(type|interface|class) Broken\b|\bErasing\b|erasing\.ts/, say: "violation, secure delete" },
  { words: /\blook inside\b/, say: "read-only inspection" },
  { name: /[fF]orgetBeside|ForgottenBeside|forget-beside/, say: "forgetOutsideTurns" },
  { name: /\bAttemptSaid\b|\bheeding\b|\bisNews\b/, say: "AttemptFacts, withFailureReceipt, isNew" },
  { name: /\bKeyRing\b/, say: "scan (of the dedup keys)" },
  { name: /HEARTBEAT_PATIENCE_MS|\bpatienceMs\b/, say: "timeout" },
  { name: /class Raced\b|instanceof Raced\b/, say: "transaction conflict" },
  // HTTP, channels and commands
  {
    words: /\bdoors?\b/,
    say: "endpoint, or the transport's own name",
    except: [
      {
        path: /^test\/support\/simulation\/set-up\.ts$/,
        because: "names a random stream: renamed, each seed is another run",
      },
    ],
  },
  {
    words: /\bturned away\b/,
    name: /\bflood\.ts|\bFlood\b|flood_/,
    say: "rate limit, rejected",
    except: [{ path: /^CHANGELOG\.md$/, because: "names what was renamed" }],
  },
  { name: /\bCaller\b|callerOf|\bcaller\.ts/, say: "client address" },
  { words: /\bunsigned bod(y|ies)\b|\bcrowded\b/, say: "body budget, over budget" },
  { name: /sendTheLast|finishWhatIsAtHand/, say: "flush deliveries, drain" },
  { name: /\/(words|reach)\.ts\b/, say: "format.ts, connect.ts" },
  { words: /\bstaged phones?\b/, say: "simulated clients" },
  { words: /\bcheckups?\b/, say: "diagnostics" },
  {
    words: /\beconom(y|ies)\b/,
    say: "cost policy",
    except: [{ path: /^CHANGELOG\.md$/, because: "names what was renamed" }],
  },
  { name: /\bGatewayLook\b|\blookAtA[gc]|\btype Told\b/, say: "check, reported finding" },
  { words: /\bsoft hand\b/, name: /\bput up by\b/, say: "tolerant reader, created" },
  {
    name: /LaterAnswer\b|\bLateAnswer\b|\bAnswerTaken\b|\bMessageTaken\b/,
    say: "deferred reply, proactive message result",
  },
  // tests
  { words: /\bjudges?\b|\bcrimes?\b/, say: "oracle, violation" },
  { name: /\bGround\b|\/ground\.ts|\bLives\b|\/lives\.ts/, say: "fixture, restarts" },
  { words: /\byards?\b|\bsabotages?\b|\bdice\b/, say: "PostgreSQL fixture, negative control, seeded random" },
];

/** A line in small letters, with identifiers split into their words. */
export function wordsOfLine(line: string): string {
  return line
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[^A-Za-z0-9]+/g, " ")
    .toLowerCase();
}

/** Every place where an old word stands, in a sentence each. A document's name counts as its line 0. */
export function oldWordsIn(documents: readonly Document[], list: readonly OldWord[] = OLD_WORDS): string[] {
  return documents.flatMap(({ path, text }) =>
    [path, ...text.split("\n")].flatMap((line, number) => {
      const split = wordsOfLine(line);
      return list
        .filter(({ except = [] }) => !except.some((exception) => exception.path.test(path)))
        .flatMap(({ words, name, say }) => {
          const found = words?.exec(split)?.[0] ?? name?.exec(line)?.[0];
          return found === undefined ? [] : [`${path}:${number} says "${found}"; say: ${say}`];
        });
    }),
  );
}
