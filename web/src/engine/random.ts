/**
 * Random numbers, to the bit those of PyTorch's generator on the CPU: the Mersenne Twister MT19937, its uniform numbers
 * and its permutations. So a seed means on the page what it means in the lesson.
 *
 * Source: Matsumoto & Nishimura, Mersenne Twister, 1998.
 */

const WORDS = 624;
const MIDDLE = 397;

export class MersenneTwister {
  private readonly state = new Uint32Array(WORDS);
  private used = WORDS;

  /** Like torch's, it takes the seed's lowest 32 bits. */
  constructor(seed: number) {
    const state = this.state;
    state[0] = seed;
    for (let i = 1; i < WORDS; i++) {
      const before = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = Math.imul(1812433253, before) + i;
    }
  }

  /** 32 random bits. */
  bits(): number {
    if (this.used >= WORDS) this.twist();
    let word = this.state[this.used++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** A float32 between two bounds, as `Tensor.uniform_` draws it: 24 bits, scaled with one rounding. */
  uniform(low: number, high: number): number {
    const [from, to] = [Math.fround(low), Math.fround(high)];
    return Math.fround(((this.bits() & 0xffffff) / 2 ** 24) * (to - from) + from);
  }

  /** 0 to `length` - 1 in random order, as `torch.randperm` gives it. */
  permutation(length: number): Uint32Array {
    const order = Uint32Array.from({ length }, (_, i) => i);
    for (let i = 0; i < length - 1; i++) {
      const j = i + (this.bits() % (length - i));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  private twist(): void {
    const state = this.state;
    for (let i = 0; i < WORDS; i++) {
      const joined = (state[i]! & 0x80000000) | (state[(i + 1) % WORDS]! & 0x7fffffff);
      state[i] = state[(i + MIDDLE) % WORDS]! ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    this.used = 0;
  }
}
