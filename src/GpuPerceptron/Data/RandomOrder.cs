namespace GpuPerceptron.Data;

/// <summary>
/// A random order of 0 … count − 1, computed item by item, so that the first few cost nothing for all the others: a Feistel
/// network permutes the next even power of two, and what lies outside is sent through again until it lies inside (Black and
/// Rogaway, "Ciphers with arbitrary finite domains", 2002).
/// </summary>
/// <param name="count">At least 1.</param>
/// <param name="seed">Of the order.</param>
internal readonly struct RandomOrder(long count, ulong seed)
{
    private const int Rounds = 6;

    private readonly int _halfBits = Math.Max(1, (65 - int.CreateChecked(long.LeadingZeroCount(count - 1))) / 2);

    /// <summary>The item at a place, from 0.</summary>
    public long this[long place]
    {
        get
        {
            do place = Permute((ulong)place);
            while (place >= count);
            return place;
        }
    }

    private long Permute(ulong value)
    {
        ulong mask = (1UL << _halfBits) - 1, left = value >> _halfBits, right = value & mask;
        for (uint round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ (Mix(right + (seed ^ ((ulong)round << 56))) & mask));
        return (long)((left << _halfBits) | right);
    }

    /// <summary>SplitMix64's mixing of bits (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).</summary>
    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
