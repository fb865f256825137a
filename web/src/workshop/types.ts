// What GET /api/v1/optimise says: docs/formats/certificate.md for the certificate itself.
export interface Stage { name: string; what: string; accuracy?: number; bytes?: number; p50_ms?: number; memory?: number }
export type Verdict = 'holds' | 'fails' | 'open';
export interface Gate { name: string; limit: string; measured: string; verdict: Verdict; why?: string; repair?: string }
export interface Certificate {
  target: string; holds: boolean; issued: string; recipe: string; measured_on: string;
  stages: Stage[]; gates: Gate[]; notes?: string[];
}
export interface Outcome { target: string; holds: boolean; certificate: Certificate; page?: string; model?: string }
export interface Trial { text: string; accuracy: number; p50_ms: number; bytes: number; front: boolean; file?: string }
export interface Search { space: number; tried: number; budget: number; trials: Trial[]; pick?: number; float?: { accuracy: number; p50_ms: number; bytes: number } }
export interface Run {
  model: string; state: 'running' | 'done' | 'failed'; now: string; seconds: number; error?: string; fix?: string;
  stages: Stage[]; outcomes: Outcome[]; search?: Search;
}
