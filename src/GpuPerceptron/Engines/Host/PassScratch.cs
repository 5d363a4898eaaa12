using System.Runtime.InteropServices;

namespace GpuPerceptron.Engines.Host;

/// <summary>A thread's own memory in a pass, aligned to cache lines.</summary>
internal sealed unsafe class PassScratch : IDisposable
{
    private const int PageBytes = 4 << 10;

    /// <param name="stride">Values a row.</param>
    public PassScratch(int stride)
    {
        int padded = PairedTiles.Padded(stride); // whole registers of any width, and pairs of them
        int values = PairedTiles.Keeps(stride) ? PairedTiles.KeptValues(stride) : 0;
        int floats = values + FusedRows.MaximumTileRows + 2 * padded;

        // Two threads' memory shares no page, and there is one between: what a processor asks for by itself is then not the other's (measured: rows of
        // 100 values in float16 took a fifth longer, or not, by chance).
        nuint bytes = ((nuint)floats * sizeof(float) + PageBytes - 1) / PageBytes * PageBytes + PageBytes;
        Values = (float*)NativeMemory.AlignedAlloc(bytes, PageBytes);
        NativeMemory.Clear(Values, bytes);
        Logits = Values + values;
        Gradient = Logits + FusedRows.MaximumTileRows;
        Weights = Gradient + padded;
    }

    /// <summary>A tile's logits, then its residuals.</summary>
    public float* Logits { get; }

    /// <summary>The part of Σ s r x that is not in the float64 sums yet; zero between units.</summary>
    public float* Gradient { get; }

    /// <summary>w as rows in float16 want it: see <see cref="Simd.ScaledHalves"/>.</summary>
    public float* Weights { get; }

    /// <summary>A tile of X in float32: see <see cref="PairedTiles.Keeps"/>.</summary>
    public float* Values { get; }

    public void Dispose() => NativeMemory.AlignedFree(Values);
}
