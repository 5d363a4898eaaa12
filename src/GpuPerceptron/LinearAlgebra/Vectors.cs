using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.LinearAlgebra;

/// <summary>Arithmetic on vectors of parameters.</summary>
/// <remarks>In registers of four everywhere, so that a sum's order does not depend on the processor.</remarks>
internal static class Vectors
{
    private const int Lanes = 4;

    /// <summary>a·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ref double x = ref MemoryMarshal.GetReference(a), y = ref MemoryMarshal.GetReference(b[..a.Length]);
        Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default;
        int j = 0;
        for (; j <= a.Length - 4 * Lanes; j += 4 * Lanes)
        {
            s0 += Vector256.LoadUnsafe(ref x, (nuint)j) * Vector256.LoadUnsafe(ref y, (nuint)j);
            s1 += Vector256.LoadUnsafe(ref x, (nuint)(j + Lanes)) * Vector256.LoadUnsafe(ref y, (nuint)(j + Lanes));
            s2 += Vector256.LoadUnsafe(ref x, (nuint)(j + 2 * Lanes)) * Vector256.LoadUnsafe(ref y, (nuint)(j + 2 * Lanes));
            s3 += Vector256.LoadUnsafe(ref x, (nuint)(j + 3 * Lanes)) * Vector256.LoadUnsafe(ref y, (nuint)(j + 3 * Lanes));
        }

        double sum = Vector256.Sum((s0 + s1) + (s2 + s3));
        for (; j < a.Length; j++)
            sum += a[j] * b[j];
        return sum;
    }

    /// <summary>a ← a + b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(Span<double> a, ReadOnlySpan<double> b)
    {
        ref double x = ref MemoryMarshal.GetReference(a[..b.Length]), y = ref MemoryMarshal.GetReference(b);
        int j = 0;
        for (; j <= b.Length - Lanes; j += Lanes)
            (Vector256.LoadUnsafe(ref x, (nuint)j) + Vector256.LoadUnsafe(ref y, (nuint)j)).StoreUnsafe(ref x, (nuint)j);
        for (; j < b.Length; j++)
            a[j] += b[j];
    }

    /// <summary>a ← a + factor · b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(Span<double> a, double factor, ReadOnlySpan<double> b)
    {
        ref double x = ref MemoryMarshal.GetReference(a[..b.Length]), y = ref MemoryMarshal.GetReference(b);
        var factors = Vector256.Create(factor);
        int j = 0;
        for (; j <= b.Length - Lanes; j += Lanes)
            (Vector256.LoadUnsafe(ref x, (nuint)j) + factors * Vector256.LoadUnsafe(ref y, (nuint)j)).StoreUnsafe(ref x, (nuint)j);
        for (; j < b.Length; j++)
            a[j] += factor * b[j];
    }

    /// <summary>aⱼ ← aⱼ / divisor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Divide(Span<double> a, double divisor)
    {
        ref double x = ref MemoryMarshal.GetReference(a);
        var divisors = Vector256.Create(divisor);
        int j = 0;
        for (; j <= a.Length - Lanes; j += Lanes)
            (Vector256.LoadUnsafe(ref x, (nuint)j) / divisors).StoreUnsafe(ref x, (nuint)j);
        for (; j < a.Length; j++)
            a[j] /= divisor;
    }

    /// <summary>target ← factor · a ∘ b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaledProduct(ReadOnlySpan<double> a, ReadOnlySpan<double> b, double factor, Span<double> target)
    {
        ref double x = ref MemoryMarshal.GetReference(a), y = ref MemoryMarshal.GetReference(b[..a.Length]);
        ref double z = ref MemoryMarshal.GetReference(target[..a.Length]);
        var factors = Vector256.Create(factor);
        int j = 0;
        for (; j <= a.Length - Lanes; j += Lanes)
            (factors * Vector256.LoadUnsafe(ref x, (nuint)j) * Vector256.LoadUnsafe(ref y, (nuint)j)).StoreUnsafe(ref z, (nuint)j);
        for (; j < a.Length; j++)
            target[j] = factor * a[j] * b[j];
    }

    /// <summary>max |aⱼ|; NaN where one is not finite.</summary>
    public static double MaxNorm(ReadOnlySpan<double> a)
    {
        double norm = 0;
        foreach (double value in a)
        {
            if (!double.IsFinite(value)) return double.NaN;
            norm = Math.Max(norm, Math.Abs(value));
        }

        return norm;
    }
}
