// What the station says of machines, messages, jobs and alerts. Times are milliseconds since 1970.
export type MachineState = 'normal' | 'learning' | 'warning' | 'anomaly' | 'stale';
export interface Sensor { name: string; unit: string; last: number | null; time: number | null }
export interface Detector { name: string; model: string; threshold: number; score: number | null; scores: [time: number, score: number][] }
export interface Machine { name: string; state: MachineState; last_seen: number | null; detector: Detector | null; sensors: Sensor[]; alerts: number }
export interface Anomaly {
  id: string; machine: string; detector: string; from: number; to: number; score: number; threshold: number;
  contributions: [sensor: string, share: number][]; sentence: string;
}
export interface MachineSheet extends Machine { anomalies: Anomaly[] }

export type Resolution = 'raw' | '1s' | '1m' | '1h';
export type Column = (number | null)[];
export interface SensorSeries { name: string; unit: string; time: number[]; value: Column; min: Column; max: Column }
export interface ScoreSeries { time: number[]; value: Column; threshold: number | null }
export interface MachineSeries { from: number; to: number; resolution: Resolution; sensors: SensorSeries[]; score: ScoreSeries | null; anomalies: Anomaly[] }
/** One moment of one machine, as the stream says it. */
export interface MachineEvent { machine: string; time: number; values: Record<string, number | null>; score: number | null; threshold: number | null; state: MachineState }

export interface Rates { in: number; out: number; acked: number }
export interface Queue { endpoint: string; priority: number; length: number; oldest: number | null; sent: number; expired: number; state: 'connected' | 'waiting' | 'off' }
export interface Client { id: string; user: string; address: string; protocol: string; connected: boolean; since: number | null; queued: number; inflight: number; subscriptions: number }
export interface Route { name: string; text: string; matched: number }
export interface Messages {
  rates: Rates; history: { time: number[]; in: Column; out: Column; acked: Column }; totals: Rates; dropped: { reason: string; count: number }[];
  store: { bytes: number; max_bytes: number; messages: number; full: boolean }; clients: Client[]; routes: Route[]; queues: Queue[];
}
export interface RatesEvent extends Rates { time: number }

export type JobState = 'Created' | 'Starting' | 'Idle' | 'Processing' | 'Degraded' | 'Stopped' | 'Failed';
export interface Job { name: string; statement: string; state: JobState; in: number; out: number; dropped: number; error: string }
export interface Schedule { name: string; when: string; statement: string; last_run: number | null; last_result: string; next_run: number | null }
export interface Jobs { jobs: Job[]; schedules: Schedule[] }
export type Cell = string | number | boolean | null;
export interface SqlResult { columns: string[]; rows: Cell[][]; truncated: boolean; elapsed_ms: number }

export type AlertState = 'pending' | 'firing' | 'resolved';
export interface Alert {
  id: string; rule: string; state: AlertState; severity: 'page' | 'ticket' | 'info'; sentence: string; since: number; ended: number | null;
  value: number | null; threshold: number | null; labels: Record<string, string>; silenced: boolean;
}
export interface Silence { id: string; matchers: Record<string, string>; until: number; comment: string }
export interface AlertRule { name: string; expression: string; for_s: number; severity: string }
export interface AlertBook { alerts: Alert[]; silences: Silence[]; rules: AlertRule[] }
