import { Tensor } from '@unroll/tensor';

/** A tensor of a module that is saved with it and never trained, such as a running mean. Module finds it. */
export class Buffer extends Tensor {
  constructor(value: Tensor) {
    super(value.storage, value.offset, value.shape, value.dtype);
  }
}

/** A buffer with the values of x, whose memory it takes over; write it with `assign`. */
export function buffer(x: Tensor): Buffer {
  return new Buffer(x);
}
