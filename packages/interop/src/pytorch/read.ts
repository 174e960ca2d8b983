import { FileError } from '@unroll/backend';
import { decode } from '@unroll/safetensors';
import type { Tensor } from '@unroll/tensor';
import { decodeNpz, type NpzOptions } from '../npz/npz.ts';
import { looksLikeZip } from '../zip/read-zip.ts';

/** The bytes of a safetensors or an .npz file, or tensors under the names they have in one. */
export type WeightSource = Uint8Array | ArrayBuffer | Readonly<Record<string, Tensor>>;

/** About the file, when bytes are given. */
export type FileOptions = NpzOptions;

const advice =
  'a pickle, which may run any code and is not read. In Python: safetensors.torch.save_file(model.state_dict(), path)';

export function readWeights(
  source: WeightSource,
  options: FileOptions,
): Readonly<Record<string, Tensor>> {
  const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
  if (!(bytes instanceof Uint8Array)) return bytes;
  const { file = 'file', maxBytes } = options;
  if (looksLikePickle(bytes)) {
    throw new FileError('loadPyTorch', `${file}: is ${advice}`, { file });
  }
  return looksLikeZip(bytes)
    ? decodeNpz(bytes, { file, maxBytes })
    : decode(bytes, { file }).tensors;
}

/**
 * What `torch.save` writes: a zip archive that begins with the pickle, before PyTorch 1.6 the pickle alone, of protocols 2 to 5. A
 * safetensors header may have such a length, but a brace follows it.
 */
function looksLikePickle(bytes: Uint8Array): boolean {
  if (looksLikeZip(bytes)) {
    const nameEnd = 30 + bytes[26] + 256 * bytes[27];
    return new TextDecoder().decode(bytes.subarray(30, nameEnd)).endsWith('data.pkl');
  }
  return bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5 && bytes[8] !== 0x7b;
}
