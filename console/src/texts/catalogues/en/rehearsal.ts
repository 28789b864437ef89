/** Of an ended turn that is given once more to another agent. */
export const rehearsal = {
  "rehearsal.title": "Rehearsal",
  "rehearsal.effect":
    "Gives the turn once more to an agent for rehearsals and shows its answer. Nothing is sent to the person. What the agent does besides answering may happen again.",
  "rehearsal.agent": "Agent",
  "rehearsal.run": "Rehearse",
  "rehearsal.running": "The agent has it.",
  "rehearsal.sent": "The answer that was sent",
  "rehearsal.sent.none": "Nothing was answered.",
  "rehearsal.answer": "{agent}’s answer, after {time}",
  "rehearsal.answered.none": "It has nothing to answer.",
  "rehearsal.accepted": "It answers later, and a rehearsal doesn't wait for that.",
  "rehearsal.timedOut": "It gave no answer within {time}. A turn would be tried again.",
  "rehearsal.failed": "It failed. A turn would be tried again.",
  "rehearsal.rejected": "It refused, or its answer can't be read. A turn would be dead.",
  "rehearsal.unsayable": "This part of it can't be said:",
  "rehearsal.raw": "As data",
} as const;
