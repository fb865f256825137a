// The newest moments of one machine: a time column and one column per sensor, in typed arrays that never grow. A
// moment may say only some sensors: the others are NaN there, which means "not said", not "gap".
export class Ring {
  private readonly times: Float64Array;
  private readonly columns = new Map<string, Float64Array>();
  private next = 0;
  /** How many moments are kept now. */
  length = 0;

  constructor(readonly capacity: number) {
    this.times = new Float64Array(capacity);
  }

  get newest(): number | null {
    return this.length > 0 ? this.times[(this.next + this.capacity - 1) % this.capacity]! : null;
  }

  /** Takes one moment. An older one is left out: a repeated event must not draw a line back. The same one is added to. */
  push(time: number, values: Record<string, number | null>): boolean {
    const newest = this.newest;
    if (newest !== null && time < newest) return false;
    if (time === newest) {
      const last = (this.next + this.capacity - 1) % this.capacity;
      for (const name of Object.keys(values)) this.column(name)[last] = values[name] ?? NaN;
      return true;
    }
    this.times[this.next] = time;
    for (const [name, column] of this.columns) if (!(name in values)) column[this.next] = NaN;
    for (const name of Object.keys(values)) this.column(name)[this.next] = values[name] ?? NaN;
    this.next = (this.next + 1) % this.capacity;
    this.length = Math.min(this.length + 1, this.capacity);
    return true;
  }

  /** Calls `take` for each value of the sensor after `after`, oldest first. */
  each_after(name: string, after: number, take: (time: number, value: number) => void): void {
    const column = this.columns.get(name);
    if (!column) return;
    for (let back = this.first_after(after); back > 0; back--) {
      const at = (this.next + this.capacity - back) % this.capacity;
      const value = column[at]!;
      if (!Number.isNaN(value)) take(this.times[at]!, value);
    }
  }

  private column(name: string): Float64Array {
    let column = this.columns.get(name);
    if (!column) {
      column = new Float64Array(this.capacity).fill(NaN);
      this.columns.set(name, column);
    }
    return column;
  }

  /** How many moments from the end are after `after`. */
  private first_after(after: number): number {
    let low = 0, high = this.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.times[(this.next + this.capacity - middle) % this.capacity]! > after) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
