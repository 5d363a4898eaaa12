using System.Runtime.InteropServices;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>A thread's own memory in a pass, aligned to cache lines.</summary>
internal sealed unsafe class PassScratch : IDisposable
{
    /// <param name="stride">Values a row.</param>
    public PassScratch(int stride)
    {
        int padded = (stride + PairedTiles512.Values - 1) / PairedTiles512.Values * PairedTiles512.Values; // whole registers of any width, and pairs of them
        nuint floats = FusedRows.MaximumTileRows + 2 * (nuint)padded;
        Logits = (float*)NativeMemory.AlignedAlloc(floats * sizeof(float), 64);
        NativeMemory.Clear(Logits, floats * sizeof(float));
        Gradient = Logits + FusedRows.MaximumTileRows;
        Weights = Gradient + padded;
    }

    /// <summary>A tile's logits, then its residuals.</summary>
    public float* Logits { get; }

    /// <summary>The part of Σ s r x that is not in the float64 sums yet; zero between units.</summary>
    public float* Gradient { get; }

    /// <summary>w as rows in float16 want it: see <see cref="Simd.ScaledHalves"/>.</summary>
    public float* Weights { get; }

    public void Dispose() => NativeMemory.AlignedFree(Logits);
}
