using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuPerceptron.Data;

namespace GpuPerceptron.Engines;

/// <summary>
/// The fused pass over a run of rows, on one thread. Rows go in tiles small enough to stay in the first-level cache, so
/// that the second use of a row, for the gradient, does not reach memory.
/// </summary>
/// <remarks>
/// For a tile: v = X w + b (eight rows at once, eight columns at a time, the eight partial sums of each row added by
/// transposition), r = s ∘ ∂ℓ/∂v, g += rᵀX. The gradient g is summed in float32 over at most
/// <see cref="FlushRows"/> rows and then added to float64 sums.
/// </remarks>
internal static unsafe class FusedRows
{
    /// <summary>Rows in a tile at most.</summary>
    public const int MaximumTileRows = 64;

    private const int Lanes = 8;
    private const int TileBytes = 24 << 10; // of a first-level cache of 32 KiB: the gradient and the weights want room too
    private const int FlushRows = 256;

    /// <summary>The SIMD instructions in use, for people.</summary>
    public static string InstructionSet =>
        Vector512.IsHardwareAccelerated ? "AVX-512" : Vector256.IsHardwareAccelerated ? "AVX2"
        : Vector128.IsHardwareAccelerated ? "128-bit SIMD" : "no SIMD";

    /// <summary>Adds the rows' losses and gradient to <paramref name="sums"/>.</summary>
    /// <param name="loss">ℓ.</param>
    /// <param name="block">The rows' block.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="weights">w: stride floats, the padding 0.</param>
    /// <param name="bias">b.</param>
    /// <param name="sums">The sums so far.</param>
    public static void Pass(PassLoss loss, SampleBlock block, int first, int count, float* weights, float bias, PassSums sums)
    {
        int stride = block.Stride;
        int tileRows = Math.Clamp(TileBytes / (stride * sizeof(float)) / Lanes * Lanes, Lanes, MaximumTileRows);
        // A tile's last group of eight may be short: its missing lanes have sample weight 0, and logits of the last row.
        float* labels = stackalloc float[MaximumTileRows];
        float* sampleWeights = stackalloc float[MaximumTileRows];
        float* residuals = stackalloc float[MaximumTileRows];

        fixed (double* gradient = sums.Gradient)
        fixed (float* pending = sums.Pending)
        {
            var lossSum = Vector256<float>.Zero;
            var residualSum = Vector256<float>.Zero;
            int unflushed = 0;
            for (int done = 0; done < count; done += tileRows)
            {
                int rows = Math.Min(tileRows, count - done);
                float* x = block.FeaturePointer + (nint)(first + done) * stride;
                LoadTargets(block, first + done, rows, labels, sampleWeights);

                for (int row = 0; row < rows; row += Lanes)
                {
                    var logits = Logits(x + (nint)row * stride, rows - row, stride, weights) + Vector256.Create(bias);
                    var (losses, slopes) = loss == PassLoss.Logistic
                        ? VectorMath.Logistic(logits, Vector256.Load(labels + row))
                        : (0.5f * logits * logits, logits);
                    var s = Vector256.Load(sampleWeights + row);
                    lossSum += Weighted(s, losses);
                    var r = Weighted(s, slopes);
                    residualSum += r;
                    r.Store(residuals + row);
                }

                for (int row = 0; row < rows; row += Lanes)
                    AddToGradient(x + (nint)row * stride, residuals + row, rows - row, stride, pending);

                unflushed += rows;
                if (unflushed < FlushRows && done + tileRows < count) continue;
                unflushed = 0;
                Flush(pending, gradient, stride);
                sums.Loss += SumInDouble(lossSum);
                sums.BiasGradient += SumInDouble(residualSum);
                lossSum = residualSum = Vector256<float>.Zero;
            }
        }
    }

    /// <summary>v of up to eight rows, without the bias. Lanes beyond <paramref name="rows"/> repeat the last row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Logits(float* x, int rows, int stride, float* weights)
    {
        float* x0 = x, x1 = x0, x2 = x0, x3 = x0, x4 = x0, x5 = x0, x6 = x0, x7 = x0;
        if (rows > 1) x1 = x0 + stride;
        x2 = rows > 2 ? x1 + stride : x1;
        x3 = rows > 3 ? x2 + stride : x2;
        x4 = rows > 4 ? x3 + stride : x3;
        x5 = rows > 5 ? x4 + stride : x4;
        x6 = rows > 6 ? x5 + stride : x5;
        x7 = rows > 7 ? x6 + stride : x6;

        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector256<float> a4 = default, a5 = default, a6 = default, a7 = default;
        int j = 0;
        for (; j <= stride - Lanes; j += Lanes)
        {
            var w = Vector256.Load(weights + j);
            a0 = Vector256.MultiplyAddEstimate(Vector256.Load(x0 + j), w, a0);
            a1 = Vector256.MultiplyAddEstimate(Vector256.Load(x1 + j), w, a1);
            a2 = Vector256.MultiplyAddEstimate(Vector256.Load(x2 + j), w, a2);
            a3 = Vector256.MultiplyAddEstimate(Vector256.Load(x3 + j), w, a3);
            a4 = Vector256.MultiplyAddEstimate(Vector256.Load(x4 + j), w, a4);
            a5 = Vector256.MultiplyAddEstimate(Vector256.Load(x5 + j), w, a5);
            a6 = Vector256.MultiplyAddEstimate(Vector256.Load(x6 + j), w, a6);
            a7 = Vector256.MultiplyAddEstimate(Vector256.Load(x7 + j), w, a7);
        }

        if (j < stride) // half a vector is left: rows are padded to four floats, not to eight
        {
            var w = Half(weights + j);
            a0 = Vector256.MultiplyAddEstimate(Half(x0 + j), w, a0);
            a1 = Vector256.MultiplyAddEstimate(Half(x1 + j), w, a1);
            a2 = Vector256.MultiplyAddEstimate(Half(x2 + j), w, a2);
            a3 = Vector256.MultiplyAddEstimate(Half(x3 + j), w, a3);
            a4 = Vector256.MultiplyAddEstimate(Half(x4 + j), w, a4);
            a5 = Vector256.MultiplyAddEstimate(Half(x5 + j), w, a5);
            a6 = Vector256.MultiplyAddEstimate(Half(x6 + j), w, a6);
            a7 = Vector256.MultiplyAddEstimate(Half(x7 + j), w, a7);
        }

        if (!Avx.IsSupported)
        {
            return Vector256.Create(
                Vector256.Sum(a0), Vector256.Sum(a1), Vector256.Sum(a2), Vector256.Sum(a3),
                Vector256.Sum(a4), Vector256.Sum(a5), Vector256.Sum(a6), Vector256.Sum(a7));
        }

        // Pairwise sums within the 128-bit halves: sums of rows 0–3 and of rows 4–7, a half of each row at a time.
        var low = Avx.HorizontalAdd(Avx.HorizontalAdd(a0, a1), Avx.HorizontalAdd(a2, a3));
        var high = Avx.HorizontalAdd(Avx.HorizontalAdd(a4, a5), Avx.HorizontalAdd(a6, a7));
        return Avx.Permute2x128(low, high, 0x20) + Avx.Permute2x128(low, high, 0x31);
    }

    /// <summary>g += Σ r x over up to eight rows.</summary>
    private static void AddToGradient(float* x, float* residuals, int rows, int stride, float* gradient)
    {
        if (rows < Lanes)
        {
            for (int row = 0; row < rows; row++, x += stride)
            {
                var r = Vector128.Create(residuals[row]);
                for (int i = 0; i < stride; i += 4)
                    Vector128.MultiplyAddEstimate(Vector128.Load(x + i), r, Vector128.Load(gradient + i)).Store(gradient + i);
            }

            return;
        }

        float* x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride;
        float* x4 = x3 + stride, x5 = x4 + stride, x6 = x5 + stride, x7 = x6 + stride;
        var r0 = Vector256.Create(residuals[0]);
        var r1 = Vector256.Create(residuals[1]);
        var r2 = Vector256.Create(residuals[2]);
        var r3 = Vector256.Create(residuals[3]);
        var r4 = Vector256.Create(residuals[4]);
        var r5 = Vector256.Create(residuals[5]);
        var r6 = Vector256.Create(residuals[6]);
        var r7 = Vector256.Create(residuals[7]);
        int j = 0;
        for (; j <= stride - Lanes; j += Lanes)
        {
            // Two chains, so that an addition does not wait for the one before it.
            var even = Vector256.MultiplyAddEstimate(Vector256.Load(x + j), r0, Vector256.Load(gradient + j));
            var odd = Vector256.Load(x1 + j) * r1;
            even = Vector256.MultiplyAddEstimate(Vector256.Load(x2 + j), r2, even);
            odd = Vector256.MultiplyAddEstimate(Vector256.Load(x3 + j), r3, odd);
            even = Vector256.MultiplyAddEstimate(Vector256.Load(x4 + j), r4, even);
            odd = Vector256.MultiplyAddEstimate(Vector256.Load(x5 + j), r5, odd);
            even = Vector256.MultiplyAddEstimate(Vector256.Load(x6 + j), r6, even);
            odd = Vector256.MultiplyAddEstimate(Vector256.Load(x7 + j), r7, odd);
            (even + odd).Store(gradient + j);
        }

        if (j < stride)
        {
            var even = Vector128.MultiplyAddEstimate(Vector128.Load(x + j), r0.GetLower(), Vector128.Load(gradient + j));
            var odd = Vector128.Load(x1 + j) * r1.GetLower();
            even = Vector128.MultiplyAddEstimate(Vector128.Load(x2 + j), r2.GetLower(), even);
            odd = Vector128.MultiplyAddEstimate(Vector128.Load(x3 + j), r3.GetLower(), odd);
            even = Vector128.MultiplyAddEstimate(Vector128.Load(x4 + j), r4.GetLower(), even);
            odd = Vector128.MultiplyAddEstimate(Vector128.Load(x5 + j), r5.GetLower(), odd);
            even = Vector128.MultiplyAddEstimate(Vector128.Load(x6 + j), r6.GetLower(), even);
            odd = Vector128.MultiplyAddEstimate(Vector128.Load(x7 + j), r7.GetLower(), odd);
            (even + odd).Store(gradient + j);
        }
    }

    /// <summary>Copies a tile's labels and sample weights, with weight 0 up to the next multiple of eight.</summary>
    private static void LoadTargets(SampleBlock block, int first, int rows, float* labels, float* sampleWeights)
    {
        int padded = (rows + Lanes - 1) / Lanes * Lanes;
        var weightTile = new Span<float>(sampleWeights, padded);
        block.Labels.Slice(first, rows).CopyTo(new Span<float>(labels, rows));
        if (block.HasSampleWeights)
            block.SampleWeights.Slice(first, rows).CopyTo(weightTile);
        else
            weightTile[..rows].Fill(1f);
        weightTile[rows..].Clear();
    }

    /// <summary>s · value, and 0 where s is 0: a sample without weight must not bring in an infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Weighted(Vector256<float> s, Vector256<float> value) =>
        Vector256.ConditionalSelect(Vector256.Equals(s, Vector256<float>.Zero), Vector256<float>.Zero, s * value);

    private static void Flush(float* pending, double* gradient, int stride)
    {
        for (int j = 0; j < stride; j++)
        {
            gradient[j] += pending[j];
            pending[j] = 0f;
        }
    }

    private static double SumInDouble(Vector256<float> value)
    {
        var (lower, upper) = Vector256.Widen(value);
        return Vector256.Sum(lower + upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Half(float* address) => Vector128.Load(address).ToVector256();
}
