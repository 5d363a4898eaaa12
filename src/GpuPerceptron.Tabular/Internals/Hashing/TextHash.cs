namespace GpuPerceptron.Tabular.Internals.Hashing;

/// <summary>
/// 64 bits of a column's text: FNV-1a (Fowler, Noll and Vo) over the column's name, a 0 and the text, in UTF-8, and the output
/// function of SplitMix64 (Steele, Lea and Flood 2014) to spread it. Models depend on it: it must never change.
/// </summary>
internal static class TextHash
{
    private const ulong Offset = 14695981039346656037, Prime = 1099511628211;

    /// <summary>The state after a column's name.</summary>
    public static ulong Begin(ReadOnlySpan<byte> column) => Add(Offset, column) * Prime;

    /// <summary>The hash of a text.</summary>
    /// <param name="state">From <see cref="Begin"/>.</param>
    /// <param name="text">The text.</param>
    public static ulong End(ulong state, ReadOnlySpan<byte> text)
    {
        ulong z = Add(state, text);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static ulong Add(ulong state, ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes)
            state = (state ^ one) * Prime;
        return state;
    }
}
