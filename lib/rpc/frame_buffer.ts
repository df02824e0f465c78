import { NESTING_MAX } from "../msgpack/reader.ts";
import { ProtocolError } from "./errors.ts";

/** Unused bytes kept behind the received ones, so that look-ups may read whole words. */
const SLACK = 8;
/** Capacity of a new buffer. */
const CAPACITY_MIN = 64 * 1024;
/** Reads are offered at least this much room. */
const ROOM_MIN = 32 * 1024;
/** A buffer that a read has filled grows up to this, to need fewer reads. */
const CAPACITY_EAGER = 1024 * 1024;
/** A larger buffer is given back when it is empty: its connection may now be silent for long. */
const CAPACITY_KEPT = 2 * CAPACITY_EAGER;

/** Bytes that all buffers of a server may take together. */
export class BufferBudget {
  /** Bytes taken now. */
  used = 0;
  constructor(readonly bytesMax: number) {}

  /** So much is taken that buffers should be no larger than what was received needs. */
  get isScarce(): boolean {
    return this.used > this.bytesMax / 2;
  }
}

/**
 * Bytes received from one socket, and where messages end in them. No value is scanned twice, but for
 * the head of the one that is incomplete. Invariant: start <= scanned <= end.
 */
export class FrameBuffer {
  /** The received bytes are `[start, end)`. Replaced when it grows. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** The same bytes. */
  view: DataView = new DataView(this.bytes.buffer);
  /** First byte not yet handed out: where the next message begins. */
  start = 0;
  /** End of the received bytes. */
  end = 0;
  /** End of the message that {@link next} found. */
  frameEnd = 0;
  /** Values before this are known to be part of the message being scanned. */
  #scanned = 0;
  /** The value at `scanned` goes on at least to here. */
  #needed = 0;
  /** Values still missing in each open container; `[0]` counts messages. */
  readonly #missing: Float64Array;
  #depth = 0;
  readonly #messageBytesMax: number;
  readonly #nestingMax: number;
  readonly #budget: BufferBudget;

  constructor(messageBytesMax: number, budget: BufferBudget, nestingMax: number = NESTING_MAX) {
    this.#messageBytesMax = messageBytesMax;
    this.#budget = budget;
    this.#nestingMax = nestingMax;
    this.#missing = new Float64Array(nestingMax + 1);
    this.#missing[0] = 1;
  }

  /** Room for the next read. Moves the bytes: what {@link next} found is gone. */
  room(): Uint8Array<ArrayBuffer> {
    if (this.start === this.end) {
      this.start = 0;
      this.end = 0;
      this.#scanned = 0;
      this.#needed = 0;
      const kept = this.#budget.isScarce ? CAPACITY_MIN + SLACK : CAPACITY_KEPT;
      if (this.bytes.length > kept) this.#resize(CAPACITY_MIN + SLACK);
    }
    const capacity = this.bytes.length - SLACK;
    if (capacity - this.end < ROOM_MIN) this.#makeRoom(capacity);
    return this.bytes.subarray(this.end, this.bytes.length - SLACK);
  }

  /** Takes over `size` bytes that were read into {@link room}. */
  received(size: number): void {
    this.end += size;
    const full = this.end === this.bytes.length - SLACK;
    const isEager = full && this.start === 0 && !this.#budget.isScarce;
    if (isEager && this.bytes.length < CAPACITY_EAGER) this.#resize(this.bytes.length * 4);
  }

  /**
   * Finds the next message: true, and it is `[start, frameEnd)`; the caller sets `start = frameEnd` when
   * done with it. False when more bytes are needed. Throws on bytes that are no msgpack.
   */
  next(): boolean {
    const { bytes, view, end } = this;
    const missing = this.#missing;
    let depth = this.#depth;
    let at = Math.max(this.#scanned, this.start);
    while (true) {
      if (at >= end) break;
      const head = bytes[at]!;
      let size = 1;
      let children = 0;
      if (head < 0x80 || head >= 0xe0) {
        // a small integer
      } else if (head < 0x90) children = (head & 15) * 2;
      else if (head < 0xa0) children = head & 15;
      else if (head < 0xc0) size += head & 31;
      else {
        switch (head) {
          case 0xc0:
          case 0xc2:
          case 0xc3:
            break;
          case 0xca:
          case 0xce:
          case 0xd2:
            size = 5;
            break;
          case 0xcb:
          case 0xcf:
          case 0xd3:
            size = 9;
            break;
          case 0xcc:
          case 0xd0:
            size = 2;
            break;
          case 0xcd:
          case 0xd1:
            size = 3;
            break;
          case 0xc4:
          case 0xd9:
            if (at + 2 > end) return this.#wait(at, depth, 2);
            size = 2 + bytes[at + 1]!;
            break;
          case 0xc5:
          case 0xda:
            if (at + 3 > end) return this.#wait(at, depth, 3);
            size = 3 + view.getUint16(at + 1);
            break;
          case 0xc6:
          case 0xdb:
            if (at + 5 > end) return this.#wait(at, depth, 5);
            size = 5 + view.getUint32(at + 1);
            break;
          case 0xdc:
          case 0xde:
            if (at + 3 > end) return this.#wait(at, depth, 3);
            size = 3;
            children = view.getUint16(at + 1) * (head === 0xde ? 2 : 1);
            break;
          case 0xdd:
          case 0xdf:
            if (at + 5 > end) return this.#wait(at, depth, 5);
            size = 5;
            children = view.getUint32(at + 1) * (head === 0xdf ? 2 : 1);
            break;
          default:
            throw new ProtocolError(`byte 0x${head.toString(16)} begins no msgpack value`);
        }
      }
      if (at + size > end) return this.#wait(at, depth, size);
      const isContainer = head >= 0x80 && head < 0xa0 ? size === 1 : head >= 0xdc && head <= 0xdf;
      at += size;
      if (isContainer && depth === this.#nestingMax) {
        throw new ProtocolError(`arrays and maps are nested more than ${this.#nestingMax} deep`);
      }
      if (children > 0) {
        if (depth + 1 < this.#nestingMax) {
          // The most frequent thing: pairs of a short key and a double.
          while (children > 0 && at + 42 <= end && bytes[at] === 0x92 && (bytes[at + 1]! & 0xe0) === 0xa0) {
            const valueAt = at + 2 + (bytes[at + 1]! & 31);
            if (bytes[valueAt] !== 0xcb) break;
            at = valueAt + 9;
            children--;
          }
        }
        missing[++depth] = children + 1;
      }
      while (--missing[depth]! === 0) {
        if (depth === 0) {
          missing[0] = 1;
          this.#depth = 0;
          this.#scanned = at;
          this.frameEnd = at;
          this.#checkSize(at - this.start);
          return true;
        }
        depth--;
      }
    }
    return this.#wait(at, depth, 0);
  }

  /** Goes past the message that {@link next} found and leaves the buffer to it: its bytes stay as they are. */
  leave(): void {
    this.start = this.frameEnd;
    this.#resize(Math.max(CAPACITY_MIN, this.end - this.start) + SLACK);
  }

  /** Gives the memory back. */
  release(): void {
    this.#budget.used -= this.bytes.length;
    this.bytes = new Uint8Array(0);
    this.view = new DataView(this.bytes.buffer);
    this.start = this.end = 0;
  }

  /** Keeps the state of a scan that ends before a value of at least `size` bytes. */
  #wait(scanned: number, depth: number, valueSize: number): false {
    this.#needed = scanned + valueSize;
    this.#checkSize(Math.max(this.#needed, this.end) - this.start);
    this.#scanned = scanned;
    this.#depth = depth;
    return false;
  }

  #checkSize(size: number): void {
    if (size > this.#messageBytesMax) {
      throw new ProtocolError(`a message of at least ${size} bytes is larger than ${this.#messageBytesMax}`);
    }
  }

  #makeRoom(capacity: number): void {
    const kept = this.end - this.start;
    // Room for all that is announced saves copies, as long as announcing costs nobody else his room.
    const announced = this.#needed - this.start;
    const wanted = Math.max(kept, this.#budget.isScarce ? Math.min(announced, 2 * kept) : announced) + ROOM_MIN;
    const least = Math.max(CAPACITY_MIN, capacity);
    const target = least >= wanted ? least : Math.max(wanted, Math.min(2 * least, this.#messageBytesMax));
    if (target !== capacity) {
      this.#resize(target + SLACK);
    } else {
      this.bytes.copyWithin(0, this.start, this.end);
      this.#moveToFront();
    }
  }

  #resize(length: number): void {
    const budget = this.#budget;
    const used = budget.used + length - this.bytes.length;
    if (used > budget.bytesMax && length > this.bytes.length) {
      throw new ProtocolError(`all receive buffers would take ${used} bytes; at most ${budget.bytesMax} are allowed`);
    }
    budget.used = used;
    const bytes = new Uint8Array(length);
    bytes.set(this.bytes.subarray(this.start, this.end));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.#moveToFront();
  }

  #moveToFront(): void {
    this.end -= this.start;
    this.#scanned = Math.max(0, this.#scanned - this.start);
    this.#needed = Math.max(0, this.#needed - this.start);
    this.start = 0;
  }
}
