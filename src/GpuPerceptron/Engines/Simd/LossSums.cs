using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// Σ ℓ over rows, lane by lane, of losses ℓ = a + log(1 + e). Of many rows only one logarithm is taken, that of
/// Π (1 + e) = 1 + E: E grows to E + (e + E e), whose terms are none of them negative, so that it keeps its relative accuracy
/// however small it is, and log(1 + E) with it. Rows with sample weights take one each.
/// </summary>
/// <remarks>e ≤ 1, so that E &lt; 2ⁿ after n rows a lane: float32 takes 127, float64 1,023.</remarks>
internal struct LossSums<T>
    where T : struct, ILanes<T>
{
    private T _odds;

    /// <summary>Σ a, and Σ s ℓ of rows with sample weights.</summary>
    public T Linear { readonly get; private set; }

    /// <summary>E of all lanes.</summary>
    public readonly double OddsInDouble
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => T.OddsInDouble(_odds);
    }

    /// <summary>Adds a + log(1 + e).</summary>
    /// <param name="linear">a.</param>
    /// <param name="odds">e, from 0 to 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T linear, T odds)
    {
        Linear += linear;
        _odds += T.MultiplyAdd(_odds, odds, odds);
    }

    /// <summary>Adds a + log(1 + e) in some of the lanes.</summary>
    /// <param name="linear">a.</param>
    /// <param name="odds">e, from 0 to 1.</param>
    /// <param name="mask">1 in those lanes, 0 in the others.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddSome(T linear, T odds, T mask) => Add(VectorMath.Weighted(mask, linear), VectorMath.Weighted(mask, odds));

    /// <summary>Adds s (a + log(1 + e)).</summary>
    /// <param name="linear">a.</param>
    /// <param name="odds">e, from 0 to 1.</param>
    /// <param name="sampleWeights">s ≥ 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddWeighted(T linear, T odds, T sampleWeights) => Linear += VectorMath.Weighted(sampleWeights, linear + VectorMath.LogOnePlus(odds));
}

/// <summary>(1 + e)(1 + f) − 1, without cancellation.</summary>
internal static class Odds
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Product(double e, double f) => double.MultiplyAddEstimate(e, f, e + f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Product(Vector256<double> e, Vector256<double> f) => Vector256.MultiplyAddEstimate(e, f, e + f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Product(Vector512<double> e, Vector512<double> f) => Vector512.MultiplyAddEstimate(e, f, e + f);

    /// <summary>Of all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Product(Vector256<double> lanes)
    {
        Vector128<double> e = lanes.GetLower(), f = lanes.GetUpper();
        var product = Vector128.MultiplyAddEstimate(e, f, e + f);
        return Product(product[0], product[1]);
    }
}
