using System.Runtime.CompilerServices;
using GpuPerceptron.Engines.Host;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// Rows in float16, pair by pair: a lane holds two values, of which the lower and the upper become a register each, and weights and gradient come in
/// the same order.
/// </summary>
/// <remarks>
/// Conversion is what these rows' pass takes much of its time for: four operations for two registers, in place of six by halves of one.
/// </remarks>
internal static unsafe class PairedHalves<T>
    where T : struct, ISimd<T>
{
    /// <summary>Values at once, whose weights and gradients fill two registers.</summary>
    public static int Values
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2 * T.Count;
    }

    /// <summary>Puts numbers in pairs' order: of each two registers those that the lower halves of pairs go with, then the upper halves'.</summary>
    /// <param name="numbers">In the order of columns.</param>
    /// <param name="count">How many, a multiple of <see cref="Values"/>.</param>
    public static void Part(float* numbers, int count)
    {
        float* parted = stackalloc float[2 * FusedRows.MaximumLanes];
        for (int j = 0; j < count; j += Values, numbers += Values)
        {
            for (int i = 0; i < T.Count; i++)
                (parted[i], parted[T.Count + i]) = (numbers[2 * i], numbers[2 * i + 1]);
            new ReadOnlySpan<float>(parted, Values).CopyTo(new Span<float>(numbers, Values));
        }
    }

    /// <summary>Puts numbers in the order of columns.</summary>
    /// <param name="numbers">In pairs' order.</param>
    /// <param name="count">How many, a multiple of <see cref="Values"/>.</param>
    public static void Join(float* numbers, int count)
    {
        float* joined = stackalloc float[2 * FusedRows.MaximumLanes];
        for (int j = 0; j < count; j += Values, numbers += Values)
        {
            for (int i = 0; i < T.Count; i++)
                (joined[2 * i], joined[2 * i + 1]) = (numbers[i], numbers[T.Count + i]);
            new ReadOnlySpan<float>(joined, Values).CopyTo(new Span<float>(numbers, Values));
        }
    }

    /// <summary>Converts values, times 2⁻¹¹²: see <see cref="ScaledHalves"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Lower, T Upper) Converted(Half* x)
    {
        var pairs = T.Load((float*)x);
        return (T.LowerHalves(pairs), T.UpperHalves(pairs));
    }

    /// <summary>The same, and writes them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Lower, T Upper) Converted(Half* x, float* target)
    {
        var (lower, upper) = Converted(x);
        lower.Store(target);
        upper.Store(target + T.Count);
        return (lower, upper);
    }

    /// <summary>What was so written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Lower, T Upper) Loaded(float* values) => (T.Load(values), T.Load(values + T.Count));

    /// <summary>g += r x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled((T Lower, T Upper) x, T residual, ref T lower, ref T upper)
    {
        lower = T.MultiplyAdd(x.Lower, residual, lower);
        upper = T.MultiplyAdd(x.Upper, residual, upper);
    }
}
