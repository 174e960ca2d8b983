import { type DType, type Memory, type Operand, sizeOf, UnsupportedError } from '@unroll/backend';
import { type Content, gone } from './content.ts';

/** The memory of this backend. Numbers of every dtype are float32 on the device. */
export class GpuMemory implements Memory {
  readonly dtype: DType;
  readonly length: number;
  #content: Content | undefined;
  #stays = false;

  constructor(dtype: DType, content: Content) {
    this.dtype = dtype;
    this.length = content.length;
    this.#content = content;
    content.hold();
  }

  get content(): Content {
    if (this.#content) return this.#content;
    throw gone();
  }

  /** Gives it other values; what was submitted before reads the ones before. */
  set content(content: Content) {
    const before = this.content;
    content.hold();
    if (this.#stays) content.stay();
    this.#content = content;
    before.drop();
  }

  /** Whether the host has its values. */
  get onHost(): boolean {
    return this.#content?.host !== undefined;
  }

  /** It will be read again and again, as a parameter is. */
  stay(): void {
    this.#stays = true;
    this.content.stay();
  }

  /** Nobody will read it on the device again. Values that the host has stay readable. */
  free(): void {
    if (this.onHost) this.content.evict();
    else {
      this.#content?.drop();
      this.#content = undefined;
    }
  }
}

/** The memory of an operand, which must be this backend's. */
export function memoryOf(x: Operand): GpuMemory {
  if (x.memory instanceof GpuMemory) return x.memory;
  throw new UnsupportedError(
    'gpu',
    'the operand lies in the memory of another backend; read it there and upload it here',
  );
}

export function contentOf(x: Operand): Content {
  return memoryOf(x).content;
}

/** Whether an operand is all of its memory. */
export function isWhole(x: Operand): boolean {
  return x.offset === 0 && sizeOf(x.shape) === x.memory.length;
}
