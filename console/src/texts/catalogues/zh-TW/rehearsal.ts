import type { Catalogue } from "../../catalogue.ts";

export const rehearsal = {
  "rehearsal.title": "演練",
  "rehearsal.effect":
    "將此回合再次交給演練用的代理程式，並顯示其回覆。不會傳送任何內容給對方。代理程式在回覆之外所做的事可能會再次發生。",
  "rehearsal.agent": "代理程式",
  "rehearsal.run": "演練",
  "rehearsal.running": "代理程式正在處理。",
  "rehearsal.sent": "當時的回覆",
  "rehearsal.sent.none": "當時沒有回覆。",
  "rehearsal.answer": "{agent} 的回覆，{time} 後",
  "rehearsal.answered.none": "沒有要回覆的內容。",
  "rehearsal.accepted": "代理程式稍後才回覆，演練不會等待。",
  "rehearsal.timedOut": "{time} 內沒有回覆。若是真正的回合，將會再試。",
  "rehearsal.failed": "失敗了。若是真正的回合，將會再試。",
  "rehearsal.rejected": "代理程式拒絕，或其回覆無法讀取。若是真正的回合，將會失敗。",
  "rehearsal.unsayable": "以下部分無法傳送：",
  "rehearsal.raw": "以資料顯示",
} satisfies Partial<Catalogue>;
