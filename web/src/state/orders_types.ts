// What the station says of maintenance orders, their approval, the ledger and the events. Times are milliseconds since 1970.
export type OrderState = 'proposed' | 'approved' | 'refused' | 'expired' | 'ordered' | 'scheduled' | 'in_progress' | 'done' | 'cancelled';
export type Priority = 'low' | 'normal' | 'high' | 'urgent';
export interface Said { en: string; fr: string }
export interface Share { sensor: string; share: number }
export interface AnomalyCause { kind: 'anomaly'; machine: string; detector: string; model: string; score: number; threshold: number; started: number; contributions: Share[] }
export interface RunCause { kind: 'ko_run'; station: string; count: number; of: number; started: number; items: string[]; labels: string[]; model?: string }
export interface PersonCause { kind: 'person'; by: string; sentence: string }
export type Cause = AnomalyCause | RunCause | PersonCause;

export interface EvidencePart { name: string; type: string; bytes: number; digest: string }
export interface Evidence { digest: string; bytes: number; parts: EvidencePart[] }
export interface Seal { name: string; decision: 'approve' | 'refuse' | 'pending' | 'waiting' | 'unknown'; code: string; by: string; reason: string; at: number; statement: string; signature: string; key: string }
export type OrderProof = { kind: 'embedded'; index: number; size: number; cosigned: string[]; at: number } | { kind: 'ethereum'; chain_id: number; contract: string; transaction: string; block: number };
export interface ErpNumber { system: string; number: string; url: string; at: number; state: string; reason?: string }
export interface Task { id: string; text: Said; done: boolean; at?: number; by?: string }
export interface SparePart { id: string; name: Said; quantity: number; used: boolean }
export interface Photo { digest: string; op: string; at: number; by: string }
export interface Work { note: string; technician: string; started: number | null; finished: number | null; photos: Photo[]; signature: { digest: string; name: string } | null }
/** What one operation wrote; `op` is empty for what the station itself did. */
export interface Written { op: string; value: unknown; by: string; device: string; at: number }
export interface Conflict { field: string; values: Written[] }
export interface Happening { at: number; state: OrderState; by: string; code: string; reason: string }
export interface Order {
  id: string; asset: string; fault: string; state: OrderState; priority: Priority; created: number; updated: number; expires: number; due: number | null;
  cost: { ceiling: number; currency: string }; cause: Cause; causes: number; evidence: Evidence;
  quorum: { needed?: number; of?: number; approvals?: number; refusals?: number; entry?: number; decisions?: string };
  authorities: Seal[]; proof: OrderProof | null; erp: ErpNumber | null; tasks: Task[]; parts: SparePart[]; work: Work;
  versions: Record<string, string>; fields: Record<string, Written>; conflicts: Conflict[]; history: Happening[];
}

/** The window as it was judged, with what came before it; the judged rows are the last `window` ones. */
export interface Window {
  machine: string; columns: string[]; step_ms: number; end: number; window: number; rows: (number | null)[][];
  score: number; threshold: number; contributions: Share[];
}
export interface Manifest { asset: string; parts: EvidencePart[]; scores: [ms: number, score: number][]; detector: { name: string; model: string; threshold?: number } }

export interface Authority { name: string; url: string; key: string; state: 'ready' | 'away'; last_seen: number | null; approved?: number; refused?: number; error: string }
export interface Authorities { quorum: number; authorities: Authority[] }
export interface Chain { state?: string; chain_id?: number; contract?: string; block?: number; error?: string }
export interface LedgerSheet {
  origin: string; size: number; root: string; key: string; witnesses: string[]; quorum: number; kind: 'embedded' | 'ethereum'; checkpoint: string; cosigned_size: number; cosigned?: string[]; chain?: Chain | null;
}
export interface LedgerEntry { index: number; order: string; state: OrderState; evidence: string; proposal: string; decisions: string; at: number; text: string }

export interface Subscription { name: string; sink: string; address: string; schema: string; filter: Record<string, unknown>; state: 'active' | 'validating' | 'failed' | 'gone'; waiting: number; delivered: number; dead: number; last_error: string; last_delivery: number | null }
export interface Delivery { id: string; subscription: string; event: string; type: string; subject: string; state: 'waiting' | 'delivered' | 'dead'; attempts: number; next_attempt: number | null; last_outcome: string; time: number }
export interface DeadLetter { id: string; subscription: string; event: string; type: string; reason: string; attempts: number; last_outcome: string; publish_time: number; last_attempt: number; data: unknown }
