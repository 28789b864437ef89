-- All times are epoch milliseconds by the store's clock, all ids are text, all flags are 0 or 1.
-- OR and not IN: for three values or more SQLite fills a temporary table at each row that it checks (2 µs).

-- State of a whole account: written when an account is rate limited or stopped, which is rare.
CREATE TABLE account (
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'working' CHECK (status = 'working' OR status = 'stopped' OR status = 'resuming'),
  -- Why and since when nothing is sent; NULL unless it is stopped.
  stopped_reason TEXT,
  stopped_at INTEGER,
  -- Why the account's own template (for a text after the window) can't be sent at all; NULL: nothing is known.
  template_refused_reason TEXT,
  template_refused_at INTEGER,
  -- When it was last started after a stop, and how often it was stopped without working for long in between.
  started_at INTEGER,
  stops INTEGER NOT NULL DEFAULT 0,
  -- Stopped: when the platform is asked about it next, how often it was, and what it said last.
  check_at INTEGER,
  checks INTEGER NOT NULL DEFAULT 0,
  check_reason TEXT,
  -- Resuming: the delivery that is sent to try it, and until when no other is.
  probe_id TEXT,
  probe_until INTEGER,
  -- Since when the platform refuses paid messages for the quota; NULL while it takes them.
  quota_exhausted_at INTEGER,
  -- Rate limited: its deliveries wait until then.
  slow_until INTEGER NOT NULL DEFAULT 0,
  -- When the limited call began: one that began later and is accepted ends the wait. NULL: the platform named the wait itself.
  slow_since INTEGER,
  -- Measures whether its receipts arrive: of the calls that the platform accepts, one at a time is watched
  -- until its receipt comes.
  receipt_run INTEGER NOT NULL DEFAULT 0,
  receipt_last_at INTEGER,
  receipt_watched_id TEXT,
  receipt_watched_at INTEGER,
  PRIMARY KEY (channel, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_stopped ON account (check_at) WHERE status = 'stopped';

CREATE TABLE conversation (
  conversation_id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind = 'user' OR kind = 'group' OR kind = 'room'),
  peer_id TEXT NOT NULL,
  -- Only grows. A turn's lease carries the value it got.
  fence INTEGER NOT NULL DEFAULT 0,
  -- End of the messaging window; NULL where the platform has none, or before the person's first message.
  window_ends_at INTEGER,
  -- When it was last opened. A platform's word that it has ended is about the time before.
  window_opened_at INTEGER,
  -- Handover: a human agent has answered, and the bot stays silent until then.
  paused_until INTEGER,
  -- When (by the platform's clock) that answer was sent, if it may be an automatic greeting whose message hasn't come yet.
  early_echo_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT;

-- A person's ids on a platform where ids change: a person who is known by one of them keeps the conversation.
CREATE TABLE peer_id (
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  id TEXT NOT NULL,
  -- NULL: a transaction has locked the id, and sets its conversation before it commits.
  conversation_id TEXT,
  -- 1: it may be reassigned to another person, as a phone number.
  is_reassignable INTEGER NOT NULL CHECK (is_reassignable IN (0, 1)),
  -- Since when (by the platform's clock) the person is addressed by it; NULL: never. The newest is the address.
  address_since INTEGER,
  PRIMARY KEY (channel, account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX peer_id_of_conversation ON peer_id (conversation_id, address_since);

-- Small, and outlives the event, so that a late copy is recognised as a duplicate.
CREATE TABLE dedup_key (
  channel TEXT NOT NULL,
  account TEXT NOT NULL,
  key TEXT NOT NULL,
  event_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- Set when retention deleted the event. A key without it and without its event is damage, and is recovered.
  purged_at INTEGER,
  PRIMARY KEY (channel, account, key)
) STRICT, WITHOUT ROWID;

-- `seq` is the order of arrival in a conversation, whatever the clocks do; so in turn and delivery. Ids begin with the
-- time: a new row's place in their index is at its end, and a burst dirties few pages.
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL,
  turn_id TEXT,
  state TEXT NOT NULL CHECK (state = 'accepted' OR state = 'stored' OR state = 'retracted' OR state = 'skipped'),
  platform_event_id TEXT NOT NULL,
  dedup_keys TEXT NOT NULL,
  type TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  redelivered INTEGER NOT NULL CHECK (redelivered IN (0, 1)),
  sender_id TEXT,
  sender_name TEXT,
  content TEXT NOT NULL,
  raw TEXT NOT NULL,
  -- The dedup key of the message that it edits or takes back; NULL: it does neither.
  revises TEXT,
  -- Of an edit: which of that message's. Of a message: that of the newest edit in it; NULL: never edited.
  version INTEGER,
  -- The newest event that edits it or takes it back, if that came when an agent had it; NULL: none.
  revised_by TEXT,
  -- A part of a set, as an image of an album. Parts count as arrived by conversation, because the rest of a set may come in
  -- a later turn.
  set_id TEXT,
  set_index INTEGER,
  set_total INTEGER,
  -- 1: the content, the payload and the name are deleted. Message content is deleted first; metadata (that, to whom
  -- and when) stays longer.
  content_deleted INTEGER NOT NULL DEFAULT 0 CHECK (content_deleted IN (0, 1))
) STRICT;
-- By turn and not by conversation: a new event's place is then among the newest, and a burst of many people dirties
-- few pages. This index also counts a collecting turn's events, so that taking in an event need not write its turn.
CREATE INDEX event_of_turn ON event (turn_id) WHERE turn_id IS NOT NULL;
-- For both steps of retention, here and in turn and delivery: one index, so that no message writes a page more.
CREATE INDEX event_without_turn ON event (content_deleted, received_at) WHERE turn_id IS NULL;
-- Messages and taps that opened no turn (not for the bot in a group, or during a handover), and human agents' messages:
-- context of the conversation's next turn. All others are left out, so that taking in an event of a turn writes no page more.
CREATE INDEX event_outside_turns ON event (conversation_id, received_at)
  WHERE turn_id IS NULL AND state = 'stored' AND (type = 'message' OR type = 'postback' OR type = 'echo');
-- For a conversation's timeline: all other events without a turn, which are few (an unfollow, a reaction, what was taken back).
CREATE INDEX event_other_outside_turns ON event (conversation_id, received_at)
  WHERE turn_id IS NULL AND NOT (state = 'stored' AND (type = 'message' OR type = 'postback' OR type = 'echo'));
CREATE INDEX event_of_set ON event (conversation_id, set_id) WHERE set_id IS NOT NULL;

CREATE TABLE turn (
  seq INTEGER PRIMARY KEY,
  turn_id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL,
  -- <channel>/<account>: what is due is found account by account.
  of_account TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state = 'collecting' OR state = 'ready' OR state = 'leased' OR state = 'done' OR state = 'dead'
                                 OR state = 'empty' OR state = 'skipped'),
  -- The batch policy it was opened with. A later change of the settings never splits it.
  quiet_ms INTEGER NOT NULL,
  max_wait_ms INTEGER NOT NULL,
  max_events INTEGER NOT NULL,
  first_event_at INTEGER NOT NULL,
  -- collecting: when to check whether it is due; a later event does not move it, so that a burst rewrites no index.
  -- ready: when it may be claimed.
  due_at INTEGER NOT NULL,
  sealed_at INTEGER,
  attempt INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  reason TEXT,
  fence INTEGER NOT NULL DEFAULT 0,
  owner TEXT,
  first_claimed_at INTEGER,
  claimed_at INTEGER,
  lease_expires_at INTEGER,
  ended_at INTEGER,
  -- A part of its answer was queued: it is never handed out again, or the person would read that part twice.
  replied INTEGER NOT NULL DEFAULT 0 CHECK (replied IN (0, 1)),
  -- Set by an operator. A discarded row stays dead and is no longer listed.
  discarded_at INTEGER,
  -- 1: those of all its events and deliveries.
  content_deleted INTEGER NOT NULL DEFAULT 0 CHECK (content_deleted IN (0, 1)),
  CHECK ((state = 'leased') = (owner IS NOT NULL)),
  CHECK ((state = 'leased') = (lease_expires_at IS NOT NULL))
) STRICT;
-- These two ensure "one turn at a time per conversation", whatever the code does.
CREATE UNIQUE INDEX turn_one_collecting ON turn (conversation_id) WHERE state = 'collecting';
CREATE UNIQUE INDEX turn_one_leased ON turn (conversation_id) WHERE state = 'leased';
CREATE INDEX turn_collecting_due ON turn (due_at) WHERE state = 'collecting';
-- A turn that has failed comes after those that have not.
CREATE INDEX turn_ready_due ON turn (of_account, due_at) WHERE state = 'ready' AND failures = 0;
CREATE INDEX turn_ready_again ON turn (of_account, due_at) WHERE state = 'ready' AND failures > 0;
CREATE INDEX turn_ready_since ON turn (sealed_at) WHERE state = 'ready';
CREATE INDEX turn_ready_in_order ON turn (conversation_id, seq) WHERE state = 'ready';
CREATE INDEX turn_of_conversation ON turn (conversation_id, seq);
-- Operator's list: turns that failed again and again, also while the agent has them.
CREATE INDEX turn_failing ON turn (state, sealed_at, turn_id) WHERE (state = 'ready' OR state = 'leased') AND failures >= 2;
CREATE INDEX turn_dead ON turn (ended_at) WHERE state = 'dead' AND discarded_at IS NULL;
CREATE INDEX turn_ended ON turn (content_deleted, ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE reply_token (
  event_id TEXT PRIMARY KEY,
  conversation_id TEXT NOT NULL,
  turn_id TEXT,
  token TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  -- Until when the platform guarantees it. A copy that isn't marked as redelivered may be the network's: it may be
  -- tried, but an invalid token then proves nothing. See ops/reply-token.ts.
  guaranteed_until INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state = 'unused' OR state = 'claimed' OR state = 'spent'),
  -- The one delivery that may ever use it.
  delivery_id TEXT,
  CHECK ((state = 'unused') = (delivery_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX reply_token_of_conversation ON reply_token (conversation_id, expires_at);
CREATE INDEX reply_token_of_delivery ON reply_token (delivery_id) WHERE delivery_id IS NOT NULL;

CREATE TABLE delivery (
  seq INTEGER PRIMARY KEY,
  delivery_id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL,
  -- <channel>/<account>
  of_account TEXT NOT NULL,
  turn_id TEXT,
  -- The agent's answer, or a system message with or without a button. System messages are never paid for.
  kind TEXT NOT NULL DEFAULT 'answer' CHECK (kind = 'answer' OR kind = 'button' OR kind = 'system'),
  state TEXT NOT NULL CHECK (state = 'pending' OR state = 'sending' OR state = 'unknown' OR state = 'parked'
                                 OR state = 'dead' OR state = 'sent'),
  messages TEXT NOT NULL,
  route TEXT CHECK (route = 'reply' OR route = 'push' OR route = 'session' OR route = 'template'),
  attempts INTEGER NOT NULL DEFAULT 0,
  -- An operator replayed or resent it, or refused messages were taken out: attempts up to this number don't bind later ones.
  retry_baseline_attempt INTEGER NOT NULL DEFAULT 0,
  -- When to try it next; NULL when something else must happen first.
  due_at INTEGER,
  -- 1: while it waits, other answers go first; and it goes behind them.
  steps_aside INTEGER NOT NULL DEFAULT 0 CHECK (steps_aside IN (0, 1)),
  owner TEXT,
  lease_expires_at INTEGER,
  -- The later delivery (its carrier) that this parked one is sent with.
  bundled_into TEXT,
  reason TEXT,
  evidence TEXT,
  platform_message_ids TEXT,
  created_at INTEGER NOT NULL,
  state_since INTEGER NOT NULL,
  -- When an attempt first had an unknown outcome.
  unknown_since INTEGER,
  -- When it first had to wait for a free route.
  parked_since INTEGER,
  -- Why a message that may have been accepted went out once more.
  resent_because TEXT,
  -- For a platform that doesn't keep the order of messages: until then the next delivery waits for this one's
  -- receipt. NULL: nothing waits for it.
  awaited_until INTEGER,
  -- Deadline of a proactive message: not sent by then, it is dead. NULL: none.
  deliver_by INTEGER,
  ended_at INTEGER,
  -- Set by an operator. A discarded row stays dead and is no longer listed.
  discarded_at INTEGER,
  -- 1: the messages and the recorded calls are deleted.
  content_deleted INTEGER NOT NULL DEFAULT 0 CHECK (content_deleted IN (0, 1)),
  CHECK ((state = 'sending') = (owner IS NOT NULL)),
  CHECK ((state = 'sending') = (lease_expires_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX delivery_one_sending ON delivery (conversation_id) WHERE state = 'sending';
CREATE INDEX delivery_open ON delivery (conversation_id, seq)
  WHERE (state = 'pending' OR state = 'unknown' OR state = 'parked');
CREATE INDEX delivery_parked ON delivery (conversation_id, seq) WHERE state = 'parked';
CREATE INDEX delivery_due ON delivery (of_account, due_at)
  WHERE (state = 'pending' OR state = 'unknown' OR state = 'parked') AND due_at IS NOT NULL;
-- Age of the backlog, at the cost of one index read however large it is, and the operator's list: since when a row is in its state, and for one that
-- alternates between states since when it first was. See ops/count-waiting.ts, which has the same expression. Without those that
-- are being sent, which are few: a message on its usual path is never in it.
CREATE INDEX delivery_waiting ON delivery (
  state, (CASE state WHEN 'pending' THEN created_at WHEN 'unknown' THEN unknown_since
                     WHEN 'parked' THEN parked_since ELSE state_since END), delivery_id
) WHERE state NOT IN ('sending', 'sent') AND discarded_at IS NULL;
CREATE INDEX delivery_of_turn ON delivery (turn_id) WHERE turn_id IS NOT NULL;
CREATE INDEX delivery_bundled ON delivery (bundled_into) WHERE bundled_into IS NOT NULL;
-- These platforms take one message a call, so the list has one id and can be compared as a whole.
CREATE INDEX delivery_of_message ON delivery (platform_message_ids)
  WHERE platform_message_ids IS NOT NULL AND route IN ('session', 'template');
-- For watermark receipts ("everything until then"), newest last.
CREATE INDEX delivery_sent_in_session ON delivery (conversation_id, seq)
  WHERE state = 'sent' AND route IN ('session', 'template');
CREATE INDEX delivery_awaited ON delivery (conversation_id, awaited_until) WHERE awaited_until IS NOT NULL;
CREATE INDEX delivery_awaited_until ON delivery (awaited_until) WHERE awaited_until IS NOT NULL;
-- For a conversation's timeline. Messages that answer no turn are few.
CREATE INDEX delivery_outside_turns ON delivery (conversation_id, created_at) WHERE turn_id IS NULL;
-- For retention: deliveries without a turn, which are not deleted with one.
CREATE INDEX delivery_without_turn ON delivery (content_deleted, ended_at) WHERE turn_id IS NULL AND state = 'sent';
CREATE INDEX delivery_discarded ON delivery (ended_at) WHERE turn_id IS NULL AND discarded_at IS NOT NULL;

CREATE TABLE attempt (
  delivery_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  route TEXT NOT NULL CHECK (route = 'reply' OR route = 'push' OR route = 'session' OR route = 'template'),
  -- Why this route and not a cheaper one: a code of core/route-reason.ts.
  route_reason TEXT,
  token TEXT,
  retry_key TEXT,
  -- The exact request, recorded before the call is made. A repeat sends these bytes.
  path TEXT NOT NULL,
  body TEXT NOT NULL,
  -- How long the next delivery waits for this message's receipt. Stored before the call, because a sweep or a receipt may
  -- settle the attempt when its process is gone. See ops/await-receipt.ts.
  await_delivered_ms INTEGER NOT NULL DEFAULT 0,
  -- 1: the message fits the account's own template, for after the window. By the route `template` it travels in it.
  has_window_template INTEGER NOT NULL DEFAULT 0 CHECK (has_window_template IN (0, 1)),
  owner TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  -- NULL while the call is in flight.
  outcome TEXT CHECK (outcome = 'sent' OR outcome = 'retry' OR outcome = 'media-failed' OR outcome = 'rate-limited' OR outcome = 'token-invalid'
                      OR outcome = 'unknown' OR outcome = 'quota-exhausted' OR outcome = 'window-closed'
                      OR outcome = 'account-stopped' OR outcome = 'refused'),
  reason TEXT,
  status INTEGER,
  response TEXT,
  request_id TEXT,
  accepted_request_id TEXT,
  -- 1: its process never stored an outcome. A late outcome still counts, until another attempt is made.
  outcome_missing INTEGER NOT NULL DEFAULT 0 CHECK (outcome_missing IN (0, 1)),
  PRIMARY KEY (delivery_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
  delivery_id TEXT NOT NULL,
  platform_message_id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status = 'sent' OR status = 'delivered' OR status = 'read' OR status = 'failed'),
  at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  detail TEXT,
  PRIMARY KEY (delivery_id, platform_message_id, status)
) STRICT, WITHOUT ROWID;

-- Which delivery sent a message, where a call sends several: to find what a person quotes. On other platforms
-- delivery_of_message finds it.
CREATE TABLE sent_message (
  message_id TEXT NOT NULL,
  delivery_id TEXT NOT NULL,
  PRIMARY KEY (message_id, delivery_id)
) STRICT, WITHOUT ROWID;

-- A turn whose last reply token was spent on a button; its answer waits for the tap. See core/slow-reply.ts.
CREATE TABLE slow_reply (
  turn_id TEXT PRIMARY KEY,
  -- In the button's postback data: random and secret.
  callback_token TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state = 'prompted' OR state = 'ready' OR state = 'delivered' OR state = 'failed'),
  prompted_at INTEGER NOT NULL,
  -- Until when a button without an answer is valid.
  expires_at INTEGER NOT NULL,
  -- When the answer was ready. It waits for the tap this long (ms) before it is pushed; NULL: forever.
  ready_at INTEGER,
  push_after_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX slow_reply_ready ON slow_reply (conversation_id) WHERE state = 'ready';

-- Results by idempotency key. A repeat, whose first response was lost, gets
-- the same response and changes nothing.
CREATE TABLE idempotency_key (
  -- The turn or the conversation that the key belongs to.
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  -- The fence under which a turn's reply was accepted; 0 for a message without a turn.
  fence INTEGER NOT NULL,
  delivery_ids TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_key_by_age ON idempotency_key (recorded_at);

-- Audit log of operator actions. An action id is done once per item.
CREATE TABLE operator_action (
  item_id TEXT NOT NULL,
  action_id TEXT NOT NULL,
  item TEXT NOT NULL CHECK (item = 'turn' OR item = 'delivery' OR item = 'account' OR item = 'conversation'),
  -- NULL for an account.
  conversation_id TEXT,
  actor TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action = 'replay' OR action = 'discard' OR action = 'sent' OR action = 'resend' OR action = 'start' OR action = 'pause' OR action = 'resume'),
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (item_id, action_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX operator_action_by_age ON operator_action (at, item_id, action_id);

-- The health check's row: the store's time at the last commit.
CREATE TABLE probe (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  written_at INTEGER NOT NULL
) STRICT;
