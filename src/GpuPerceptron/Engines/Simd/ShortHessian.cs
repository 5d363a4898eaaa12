using System.Runtime.CompilerServices;
using GpuPerceptron.Data;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// The Hessian pass over rows of up to 32 values in float32, from the rows as they lie in X: a register of d x times x's values one
/// by one, or times x turned. No copy of the rows is made, and the gradient and the bias's row are summed by the way.
/// </summary>
/// <remarks>
/// A part of the rows is gone through several times: for the losses, and for some products each time. It stays in the second cache, while
/// the next comes from memory.
/// <para>A row's last register reaches past its end as in <see cref="FusedRows"/>: what is computed there is not read.</para>
/// </remarks>
internal static unsafe class ShortHessian
{
    /// <summary>Of 32 values.</summary>
    public const int MaximumRowBytes = 32 * sizeof(float);

    private const int PartRows = HessianTile.ResidualRows; // fewer are summed in float64 too often

    /// <summary>Whether such rows are taken.</summary>
    /// <param name="block">The rows' block.</param>
    public static bool Takes(SampleBlock block) => block.Storage == FeatureStorage.Float32 && block.RowBytes <= MaximumRowBytes;

    /// <summary>
    /// <see cref="FusedRows.AddHessian"/> of such rows; <paramref name="leastTurned"/>: of how many columns on the last panel is turned in AVX-512.
    /// </summary>
    public static void Pass<T, TSums>(
        SampleBlock block, int first, int count, float* weights, float bias, PassScratch scratch, PassSums sums, HessianTile tile, double* blocks,
        int leastTurned)
        where T : struct, ISimd<T>
        where TSums : struct, IShortHessianSums
    {
        for (int end = first + count; first < end; first += PartRows)
        {
            var rows = new ShortRows(block, first, Math.Min(PartRows, end - first), weights, bias, scratch.Gradient, tile, blocks, leastTurned);
            TSums.Add(rows, sums);
            AddBiasItself<T>(rows);
        }
    }

    /// <summary>Σ d.</summary>
    [MethodImpl(FusedRows.Hot)]
    private static void AddBiasItself<T>(in ShortRows rows)
        where T : struct, ISimd<T>
    {
        var sums = T.Create(0f);
        for (int k = 0; k < rows.Count; k += T.Count)
            sums += T.Load(rows.Curvatures + k);
        *rows.Place(rows.Features, rows.Features) += T.SumInDouble(sums);
    }
}

/// <summary>What there is to be summed over some rows, in registers of a width.</summary>
internal interface IShortHessianSums
{
    /// <summary>
    /// Adds losses, gradient and Hessian, but for the bias's own entry; leaves the rows' curvatures. Some entries may have to be put in their
    /// places when all rows are added.
    /// </summary>
    static abstract void Add(in ShortRows rows, PassSums sums);
}

/// <summary>Rows whose products are summed in float32, and where these sums go.</summary>
internal readonly unsafe struct ShortRows(
    SampleBlock block, int first, int count, float* weights, float bias, float* gradient, HessianTile tile, double* blocks,
    int leastTurned)
{
    public readonly float* X = block.FeaturePointer + (nint)first * block.Stride;
    public readonly int Count = count;
    public readonly nint Stride = block.Stride;
    public readonly int Features = tile.Features;
    public readonly float* Weights = weights; // w, and zeros
    public readonly float Bias = bias;
    public readonly byte* Labels = block.LabelPointer + first;
    public readonly float* SampleWeights = block.SampleWeightPointer == null ? null : block.SampleWeightPointer + first; // null where each is 1
    public readonly float* Residuals = tile.Residuals;   // s ∘ ∂ℓ/∂v
    public readonly float* Curvatures = tile.Curvatures; // s ∘ ∂²ℓ/∂v², in whole registers, of which the last is filled up with zeros
    public readonly float* Gradient = gradient;
    public readonly int LeastTurned = leastTurned; // columns

    private readonly double* _blocks = blocks;

    /// <summary>What comes after the rows: the next ones, if any.</summary>
    public byte* End
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (byte*)(X + Count * Stride);
    }

    /// <summary>Where an entry of the lower triangle is; see <see cref="HessianTile"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double* Place(int row, int column)
    {
        const int Columns = HessianTile.PanelColumns;
        int block = HessianTile.BlocksBefore(row / Columns) + column / Columns;
        return _blocks + block * HessianTile.BlockSums + row % Columns * Columns + column % Columns;
    }
}
