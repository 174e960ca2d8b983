import { OptionError } from '@unroll/backend';
import {
  type CharacterSet,
  characters,
  type Expression,
  empty,
  inTurn,
  or,
  star,
} from './expression.ts';

type Range = readonly [first: number, last: number];

const code = (character: string): number => character.codePointAt(0) as number;
const between = (first: string, last: string): Range => [code(first), code(last)];
const single = (character: string): Range => between(character, character);

const digits = [between('0', '9')];
const words = [...digits, between('A', 'Z'), single('_'), between('a', 'z')];
const spaces = [
  between('\t', '\r'),
  ...[' ', '\u00a0', '\u1680', '\u2028', '\u2029', '\u202f', '\u205f', '\u3000', '\ufeff'].map(
    single,
  ),
  between('\u2000', '\u200a'),
];
const classes: Readonly<Record<string, readonly Range[]>> = { d: digits, w: words, s: spaces };
const lineEnds = ['\n', '\r', '\u2028', '\u2029'].map(single);
const controls: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  f: '\f',
  v: '\v',
  0: '\0',
};

/**
 * The expression of a pattern written as in JavaScript, over whole code points.
 *
 * @throws OptionError for what is no part of the subset, and for broken patterns
 */
export function parse(source: string): Expression {
  return new Parser(source).whole();
}

class Parser {
  readonly #source: string;
  readonly #characters: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#characters = Array.from(source);
  }

  whole(): Expression {
    const found = this.#alternatives();
    if (this.#next !== undefined) this.#refuse(`there is a '${this.#next}' too many`);
    return found;
  }

  get #next(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(character: string): boolean {
    if (this.#next !== character) return false;
    this.#at++;
    return true;
  }

  #refuse(words: string): never {
    throw new OptionError('matching', `cannot use the pattern /${this.#source}/: ${words}`, {
      pattern: this.#source,
      place: this.#at,
    });
  }

  #alternatives(): Expression {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return or(...parts);
  }

  #sequence(): Expression {
    const parts: Expression[] = [];
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') {
      parts.push(this.#repeated(this.#atom()));
    }
    return parts.reduceRight((rest, part) => inTurn(part, rest), empty);
  }

  #atom(): Expression {
    const character = this.#next as string;
    this.#at++;
    if (character === '(') return this.#group();
    if (character === '[') return characters(this.#class());
    if (character === '.') return characters({ ranges: lineEnds, negated: true });
    if (character === '\\') return characters(this.#escape());
    if ('*+?{'.includes(character)) this.#refuse(`nothing stands before '${character}'`);
    if ('^$'.includes(character)) {
      this.#refuse(
        `'${character}' has no use; a pattern is always of the whole text. Leave it out.`,
      );
    }
    return characters({ ranges: [single(character)], negated: false });
  }

  #group(): Expression {
    if (this.#take('?') && !this.#take(':')) {
      this.#refuse('of the groups with a question mark there is (?:…) only');
    }
    const inside = this.#alternatives();
    if (!this.#take(')')) this.#refuse("a ')' is missing");
    return inside;
  }

  #repeated(x: Expression): Expression {
    const [least, most] = this.#counts() ?? [1, 1];
    if (this.#next === '?')
      this.#refuse('there is no lazy repetition; it would match the same texts');
    if (this.#next !== undefined && '*+{'.includes(this.#next))
      this.#refuse('a repetition is repeated');
    const required = new Array<Expression>(least).fill(x);
    const optional = new Array<Expression>(Number.isFinite(most) ? most - least : 0).fill(x);
    const tail = optional.reduce(
      (rest, part) => or(empty, inTurn(part, rest)),
      most === Infinity ? star(x) : empty,
    );
    return required.reduce((rest, part) => inTurn(part, rest), tail);
  }

  #counts(): [least: number, most: number] | undefined {
    if (this.#take('*')) return [0, Infinity];
    if (this.#take('+')) return [1, Infinity];
    if (this.#take('?')) return [0, 1];
    if (!this.#take('{')) return undefined;
    const rest = this.#characters.slice(this.#at).join('');
    const [all, least, comma, most] =
      /^(\d+)(,?)(\d*)\}/.exec(rest) ?? this.#refuse("after '{' there must be {n}, {n,} or {n,m}");
    this.#at += all.length;
    const from = Number(least);
    const to = comma === '' ? from : most === '' ? Infinity : Number(most);
    if (to < from) this.#refuse(`{${from},${to}} is turned around`);
    if (Math.max(from, Number.isFinite(to) ? to : 0) > 1000) this.#refuse('a count is above 1,000');
    return [from, to];
  }

  #class(): CharacterSet {
    const negated = this.#take('^');
    const ranges: Range[] = [];
    while (!this.#take(']')) {
      const first = this.#member();
      if (this.#next === '-' && this.#characters[this.#at + 1] !== ']') {
        this.#at++;
        const last = this.#member();
        if (first.length > 1 || last.length > 1 || first[0][0] > last[0][1])
          this.#refuse('a range of characters has no order');
        ranges.push([first[0][0], last[0][1]]);
      } else ranges.push(...first);
    }
    return { ranges, negated };
  }

  #member(): readonly Range[] {
    const character = this.#next ?? this.#refuse("a ']' is missing");
    this.#at++;
    if (character !== '\\') return [single(character)];
    const { ranges, negated } = this.#escape();
    if (negated) this.#refuse('inside of [ ] there is no \\D, \\W or \\S');
    return ranges;
  }

  #escape(): CharacterSet {
    const character = this.#next ?? this.#refuse("it ends with a '\\'");
    this.#at++;
    const named = classes[character.toLowerCase()];
    if (named) return { ranges: named, negated: character !== character.toLowerCase() };
    const control = controls[character];
    if (control === undefined && /[\p{L}\p{N}]/u.test(character)) {
      this.#refuse(`there is no \\${character}`);
    }
    return { ranges: [single(control ?? character)], negated: false };
  }
}
