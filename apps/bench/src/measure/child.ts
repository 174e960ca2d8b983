import { type ChildProcess, spawn } from 'node:child_process';
import { env as environment } from 'node:process';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import type { Answer, Prepared, Ran, Ready, Request } from '../protocol.ts';
import type { Spec } from '../specs.ts';

/** How a child process is started. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Makes ready what it needs, and tells the variables of its environment beside ours. */
  readonly env?: () => Promise<Readonly<Record<string, string>>>;
}

/** What a child or a peer could not do, in a sentence for the reader. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
}

/** A process that does what it is told, one request at a time, and sleeps in between. */
export class Child {
  readonly who: string;
  readonly ready: Ready;
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lastWords: () => string;

  private constructor(
    who: string,
    ready: Ready,
    process: ChildProcess,
    answers: AsyncIterator<string>,
    lastWords: () => string,
  ) {
    this.who = who;
    this.ready = ready;
    this.#process = process;
    this.#answers = answers;
    this.#lastWords = lastWords;
  }

  /** Starts a process and waits until it has loaded everything. @throws PeerError with its last words */
  static async start(who: string, { file, args, env }: Command): Promise<Child> {
    const process = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...environment, ...(await env?.()) },
    });
    const lastWords = collect(process);
    const lines: Interface = createInterface({ input: process.stdout! });
    const answers = lines[Symbol.asyncIterator]();
    const failed = new Promise<never>((_, reject) => process.on('error', reject));
    process.stdin?.on('error', () => {}); // of a process that has died: its answer says so
    const first = await Promise.race([answers.next(), failed]).catch((error: Error) => {
      throw new PeerError(`${who}: ${error.message}`);
    });
    if (first.done) throw new PeerError(`${who} ended: ${lastWords()}`);
    return new Child(who, unwrap<Ready>(who, first.value), process, answers, lastWords);
  }

  prepare(id: string, spec: Spec): Promise<Prepared> {
    return this.#ask({ do: 'prepare', id, spec });
  }

  run(id: string, calls: number): Promise<Ran> {
    return this.#ask({ do: 'run', id, calls });
  }

  drop(id: string): Promise<boolean> {
    return this.#ask({ do: 'drop', id });
  }

  /** Lets the process end; one that does not within ten seconds is killed. */
  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    await Promise.race([ended, setTimeout(10_000, undefined, { ref: false })]);
    if (this.#process.exitCode === null) this.#process.kill('SIGKILL');
    await ended;
  }

  async #ask<T>(request: Request): Promise<T> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    const { done, value } = await this.#answers.next();
    if (done) {
      throw new PeerError(`${this.who} ended in the middle of a measurement: ${this.#lastWords()}`);
    }
    return unwrap<T>(this.who, value);
  }
}

function unwrap<T>(who: string, line: string): T {
  let answer: Answer;
  try {
    answer = JSON.parse(line) as Answer;
  } catch {
    throw new PeerError(`${who} said something that is no answer: ${line}`);
  }
  if ('error' in answer) throw new PeerError(`${who}: ${answer.error}`);
  return answer.ok as T;
}

/** Keeps the end of what a process writes on its error stream. */
function collect({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.setEncoding('utf8').on('data', (part: string) => {
    text = (text + part).slice(-2000);
  });
  return () => text.trim() || 'it said nothing';
}
