namespace GpuPerceptron.Tabular.Internals;

/// <summary>Decides row by row which samples are set aside, by a hash of the seed and the row's number.</summary>
/// <param name="seed">Another seed sets others aside.</param>
/// <param name="fraction">The part set aside, from 0 to less than 1.</param>
internal sealed class RowSplit(ulong seed, double fraction)
{
    private readonly ulong _start = Mix(seed);
    private readonly ulong _threshold = (ulong)(fraction * ulong.MaxValue);

    /// <summary>Whether any row is set aside.</summary>
    public bool SetsAside => _threshold > 0;

    /// <summary>Whether a row, counted from 0, is set aside.</summary>
    public bool IsSetAside(long row) => Mix(_start ^ (ulong)row) < _threshold;

    /// <summary>The output function of SplitMix64 (Steele, Lea and Flood 2014).</summary>
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
