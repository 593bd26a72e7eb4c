// Printed by `python -m server.wire`; a test fails when it is stale. Do not edit.

export const CONTROL_LIMIT = 2048
export const DELIVERY_PREFIX = 8

/** One conversation in the console's list; `minutes` is -1 once it no longer waits. */
export interface Listed {
  readonly conversation: string
  readonly desk: string
  readonly language: string
  readonly phase: string
  readonly line: string
  readonly minutes: number
}

/** Come back to a conversation; everything after `after` follows. */
export interface Resume {
  readonly t: "resume"
  readonly conversation: string
  readonly key: string
  readonly signature: string
  readonly after: number
}

/** The visitor closes the conversation. */
export interface End {
  readonly t: "end"
  readonly conversation: string
  readonly key: string
  readonly signature: string
}

/** Shred the conversation now. */
export interface Delete {
  readonly t: "delete"
  readonly conversation: string
  readonly key: string
  readonly signature: string
}

/** The page is being closed; the line is left, not lost. */
export interface Leave {
  readonly t: "leave"
}

/** Send the list now and whenever it changes. */
export interface Watch {
  readonly t: "watch"
}

/** Claim a waiting conversation. */
export interface Take {
  readonly t: "take"
  readonly conversation: string
}

/** Send the opening and every frame after `after`, then what comes. */
export interface Read {
  readonly t: "read"
  readonly conversation: string
  readonly after: number
}

/** The claimer closes the conversation. */
export interface Close {
  readonly t: "close"
  readonly conversation: string
}

/** First on every socket of a visitor, and after each used proof: a single-use nonce. */
export interface Hello {
  readonly t: "hello"
  readonly nonce: string
}

/** The opening is committed. */
export interface Opened {
  readonly t: "opened"
  readonly conversation: string
  readonly phase: string
}

/** The proof held; frames up to `last` follow. */
export interface Resumed {
  readonly t: "resumed"
  readonly conversation: string
  readonly phase: string
  readonly last: number
}

/** The frame is committed under `seq`. */
export interface Accepted {
  readonly t: "accepted"
  readonly conversation: string
  readonly instance: string
  readonly counter: number
  readonly seq: number
}

/** A rule said no. Identity fields are there when a frame was refused. */
export interface Refused {
  readonly t: "refused"
  readonly code: string
  readonly conversation?: string
  readonly instance?: string
  readonly counter?: number
}

/** The conversation changed its phase. */
export interface Phase {
  readonly t: "phase"
  readonly conversation: string
  readonly phase: string
}

/** The other side's line: here, lost, left. */
export interface Line {
  readonly t: "line"
  readonly conversation: string
  readonly line: string
}

/** Receipt of what was destroyed. */
export interface Deleted {
  readonly t: "deleted"
  readonly conversation: string
  readonly keys: number
  readonly frames: number
}

/** What waits at the counsellor's desks, and what the counsellor has taken. */
export interface Conversations {
  readonly t: "conversations"
  readonly waiting: readonly Listed[]
  readonly mine: readonly Listed[]
}

/** What a claimer needs to open K_1: answer to `take` and `read`; frames up to `last` follow. */
export interface Opening {
  readonly t: "opening"
  readonly conversation: string
  readonly desk: string
  readonly epoch: number
  readonly stub: string
  readonly wrap: string
  readonly sealed: string
  readonly phase: string
  readonly line: string
  readonly last: number
}

/** POST /api/salt. */
export interface Salt {
  readonly login: string
}

/** What the browser needs to stretch a password; the same shape for unknown logins. */
export interface SaltAnswer {
  readonly org: string
  readonly random: string
}

/** POST /api/sign-in. */
export interface SignIn {
  readonly login: string
  readonly secret: string
}

/** A desk epoch: statement, public key and the seed wrapped to the member who asks. */
export interface EpochKey {
  readonly epoch: number
  readonly delegation: string
  readonly statement: string
  readonly key: string
  readonly wrap: string
}

/** A desk of the member who asks. */
export interface MemberDesk {
  readonly desk: string
  readonly slug: string
  readonly name: string
  readonly country: string
  readonly role: string
  readonly delegation: string
  readonly statement: string
  readonly epochs: readonly EpochKey[]
}

/** GET /api/me: everything the console needs to unlock. */
export interface Me {
  readonly org: string
  readonly member: string
  readonly login: string
  readonly random: string
  readonly key_generation: number
  readonly key_wrap: string
  readonly key: string
  readonly desks: readonly MemberDesk[]
}

/** What the visitor's page needs of a desk before the first word. */
export interface DeskKeys {
  readonly org: string
  readonly desk: string
  readonly name: string
  readonly country: string
  readonly languages: readonly string[]
  readonly retention_days: number
  readonly delegation: string
  readonly statement: string
  readonly epoch: number
  readonly key: string
}

/** Data block `page` of the visitor's page. */
export interface Page {
  readonly origin: string
  readonly language: string
  readonly strings: Readonly<Record<string, string>>
  readonly desk: DeskKeys
}

/** Data block `page` of the console. */
export interface ConsolePage {
  readonly catalogues: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Body of every HTTP refusal. */
export interface Failure {
  readonly code: string
}

export type FromVisitor = Resume | End | Delete | Leave
export type FromCounsellor = Watch | Take | Read | Close
export type ToVisitor = Hello | Opened | Resumed | Accepted | Refused | Phase | Line | Deleted
export type ToCounsellor = Conversations | Opening | Accepted | Refused | Phase | Line
