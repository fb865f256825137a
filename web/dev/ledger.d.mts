// The types of ledger.mjs, for the tests.
export class Signer {
  constructor(name: string);
  name: string;
  public_key: Buffer;
  sign(text: string | Buffer): Buffer;
  id(type: number): Buffer;
  text(type: number): string;
  cosign(text: string, seconds: number): string;
}
export class Ledger {
  constructor(origin: string, witnesses: Signer[], quorum: number);
  origin: string;
  witnesses: Signer[];
  quorum: number;
  entries: string[];
  append(entry: string): number;
  root(): Buffer;
  checkpoint(seconds?: number, cosigners?: Signer[]): string;
  proof(index: number, checkpoint?: string): string;
  policy(): { key: string; witnesses: string[]; quorum: number };
}
