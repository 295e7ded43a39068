/** Reads, one after the other, what SSH writes: strings behind their lengths (RFC 4251, section 5). */
export class Wire {
  constructor(
    readonly bytes: Buffer,
    public at = 0,
  ) {}

  /** @throws RangeError where there is no length. */
  string(): Buffer {
    const from = this.at + 4
    const value = this.bytes.subarray(from, from + this.bytes.readUInt32BE(this.at))
    this.at = from + value.length
    return value
  }
}
