// What GET /api/v1/models says.
export interface Port { name: string; datatype: string; shape: number[]; optional?: boolean; labels?: number }
export interface Measured { batch: number; us: number }
export interface Ran { size: number; runs: number; infer_us: number }
export interface Version {
  version: string; state: string; reason: string; backend: string; quick: boolean;
  memory_bytes: number; load_seconds: number; requests: number; failures: number; pending: number; executions: number;
  means_us: { queue: number; input: number; infer: number; output: number };
  latency_us: { p50: number; p95: number; p99: number } | null;
  measured: Measured[]; batches: Ran[]; inputs: Port[]; outputs: Port[]; pictures: boolean;
}
export interface Model { name: string; platform: string; default: string | null; versions: Version[] }
export interface Sheet { server: { name: string; version: string; backends: string[]; grpc: string; changes: boolean }; models: Model[] }
