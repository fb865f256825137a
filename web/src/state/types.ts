// What the station says, in types: items, the station sheet, events. The contract is the station's HTTP API.
export type Decision = 'OK' | 'KO' | 'NO_DECISION';
export type Box = [left: number, top: number, right: number, bottom: number];

export interface Score { label: string; probability: number }
interface MadeBy { model_name: string; model_version: string }
export interface ClassPrediction extends MadeBy { prediction_type: 'class'; label: string; probability: number; scores?: Score[] }
export interface FoundObject { location: Box; objectness: number; label: string }
export interface ObjectsPrediction extends MadeBy { prediction_type: 'objects'; detected_objects: Record<string, FoundObject> }
export interface MaskPrediction extends MadeBy {
  prediction_type: 'mask'; width: number; height: number; labels: string[];
  area_ratios: Record<string, number>; box: Box; runs: [label: number, count: number][];
}
export type Prediction = ClassPrediction | ObjectsPrediction | MaskPrediction;

export interface Binary {
  creation_date: string; storing_path: string; sha256: string; media_type: string;
  width: number; height: number; bytes: number; source: string;
}
export interface StepRule { type: string; label?: string; threshold?: number }
export interface Step {
  name: string; camera: string; model: string; model_version: string; model_digest: string;
  decision: Decision; rule: StepRule | null; reason: string; reason_code?: string;
  reason_values?: Record<string, string | number>; timings_us: Record<string, number>;
}
export interface Item {
  id: string; station_name: string; config: string; creation_date: string; state: string;
  decision: Decision; reason: string; trigger?: { type: string; detail: string };
  cameras_metadata: Record<string, unknown>; binaries: Record<string, Binary>;
  predictions: Record<string, Prediction>; camera_decisions: Record<string, Decision>;
  steps: Step[]; item_rule?: { type: string; expected_decision?: string; threshold?: number; reason?: string };
  timings_us: Record<string, number>; truth?: string;
}

export interface Totals { ok: number; ko: number; no_decision: number; items: number; rate_per_s: number; p50_us: number; p95_us: number; since: string }
export interface Health { check: string; state: 'ok' | 'warning' | 'failed'; detail: string }
export interface Camera {
  name: string; type: string; state: 'ok' | 'late' | 'failed' | 'waiting'; last_error: string; last_seen: string | null;
  frames: number; failures: number; deadline_ms: number;
}
export interface Model {
  name: string; version: string; state: string; reason: string;
  /** Only of a model that is loaded. */
  backend?: string; task?: string; bytes?: number; labels?: string[]; input?: string;
  digest?: string; licence?: string; runs?: number; infer_p50_us?: number; infer_p95_us?: number;
}
export interface Trigger { type: string; detail: string; fired: number; missed: number }
export interface Storage { records: number; blobs: number; bytes: number; max_bytes: number; free_bytes: number; written_bytes: number; full: boolean; oldest?: string | null }
export interface StationSheet {
  station_name: string; version: string; started: string; uptime_s: number;
  host: { name: string; cpus: number; load: number; memory_bytes: number; available_bytes: number };
  process: { rss_bytes: number; cpu_s: number; threads: number };
  storage: Storage; cameras: Camera[]; models: Model[]; triggers: Trigger[]; totals: Totals; health: Health[]; log: string[];
  /** True where machines' readings are taken: the pages about them are shown. */
  telemetry?: boolean;
  /** True where maintenance orders are written. */
  maintenance?: boolean;
  /** True where modules run beside the station. */
  modules?: boolean;
  /** Where a hub looks after this station. */
  fleet?: Fleet | null;
}
export interface Module {
  name: string; image: string; runs_as: 'station' | 'process' | 'container'; command?: string[]; wanted: 'running' | 'stopped';
  status: string; runtime_status: string; restart_policy: string; restarts: number;
  started: number | null; finished: number | null; exit_code?: number; detail?: string; error?: string;
}
export interface ModulesAnswer {
  modules: Module[]; deployment: { code: number; description: string; since: number; manifest: string };
  limits: string | null; no_limits_because: string;
}
export interface Slot { version: string; package: string }
export interface FleetUnit {
  kind: 'model' | 'configuration' | 'deployment'; name: string; state: string; phase: string;
  slots: { current: Slot | null; last_good: Slot | null; new: Slot | null };
  progress?: { bytes: number; of: number }; error: { code: string; message: string } | null; bad: string[];
}
export interface Fleet { hub: string; device: string; connected: boolean; trouble: string; units: FleetUnit[] }
export interface Bucket { start: string; ok: number; ko: number; no_decision: number; p50_us: number; p95_us: number }
export interface LabelCount { label: string; count: number }
