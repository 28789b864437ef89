import type { Catalogue } from "../../catalogue.ts";

export const rehearsal = {
  "rehearsal.title": "リハーサル",
  "rehearsal.effect":
    "このターンをリハーサル用のエージェントにもう一度渡し、その応答を表示します。相手には何も送信されません。応答以外にエージェントが行う処理は、もう一度実行される可能性があります。",
  "rehearsal.agent": "エージェント",
  "rehearsal.run": "リハーサルを実行",
  "rehearsal.running": "エージェントが処理中です。",
  "rehearsal.sent": "当時の応答",
  "rehearsal.sent.none": "応答はありませんでした。",
  "rehearsal.answer": "{agent} の応答（{time} 後）",
  "rehearsal.answered.none": "応答する内容はありません。",
  "rehearsal.accepted": "後で応答するとのことですが、リハーサルでは待ちません。",
  "rehearsal.timedOut": "{time} 以内に応答がありませんでした。実際のターンなら再試行されます。",
  "rehearsal.failed": "失敗しました。実際のターンなら再試行されます。",
  "rehearsal.rejected": "拒否したか、応答を読み取れません。実際のターンなら失敗確定になります。",
  "rehearsal.unsayable": "次の部分は送信できません。",
  "rehearsal.raw": "データとして表示",
} satisfies Partial<Catalogue>;
