// What the hub says: docs/formats/hub.md.
export interface Slot { version: string; package: string }
export type StationState = 'pending' | 'offered' | 'downloading' | 'installing' | 'shadow' | 'healthy' | 'failed' | 'rolled_back' | 'silent' | 'offline';
export interface Model { name: string; state: StationState; current: Slot | null; desired: string | null; progress: { bytes: number; of: number }; error: { code: string; message: string } | null }
export interface Module { name: string; image: string; status: string; restarts: number }
export interface Device {
  id: string; standing: 'admitted' | 'waiting' | 'cloned'; online: boolean; last_seen: number; hardware: string; software: string;
  tags: string[]; models: Model[]; configuration?: Model | null; deployment?: Model | null; modules?: Module[]; attacks: string[];
}
export interface Counts { stations: number; online: number; waiting: number; cloned: number; updating: number }
export interface Fleet { devices: Device[]; counts: Counts; now: number }
export interface Wave { name: string; percent: number; count: number; state: 'done' | 'running' | 'waiting'; stations: number; healthy: number; failed: number }
export type Status = 'running' | 'paused' | 'aborting' | 'aborted' | 'done';
export interface Rollout {
  id: string; kind: 'model' | 'configuration' | 'deployment'; model: string; version: string; state: Status; reason: string; created: number; created_by: string; waves: Wave[];
  stations: { fleet: number; exposed: number; unproven: number; proven: number; failed: number; offline: number };
}
export interface Gate { hardware: string; gate: string; verdict: 'no_worse' | 'worse' | 'undecided'; text: string }
export interface RolloutDetail extends Rollout { gates: Gate[]; by_station: { id: string; state: StationState; wave: number; why: string }[] }
export interface Hub { name: string; takes_unsigned: boolean; person: { name: string; role: 'operator' | 'engineer' | 'admin' } | null }
