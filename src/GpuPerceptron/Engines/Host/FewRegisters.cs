using System.Runtime.CompilerServices;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>The two products of rows of two to seven registers, whose weights and gradient stay in others.</summary>
internal static unsafe class FewRegisters
{
    /// <summary>A row's products with the weights, added up lane by lane; of the weights there are as many as registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Product<T, TValue, TRegisters>(TValue* x, T w0, T w1, T w2, T w3, T w4, T w5, T w6)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TRegisters : struct, ICount
    {
        var sums = StoredValues<T>.LoadScaled(x) * w0;
        sums = StoredValues<T>.MultiplyAdd(x + T.Count, w1, sums);
        if (TRegisters.Value > 2) sums = StoredValues<T>.MultiplyAdd(x + 2 * T.Count, w2, sums);
        if (TRegisters.Value > 3) sums = StoredValues<T>.MultiplyAdd(x + 3 * T.Count, w3, sums);
        if (TRegisters.Value > 4) sums = StoredValues<T>.MultiplyAdd(x + 4 * T.Count, w4, sums);
        if (TRegisters.Value > 5) sums = StoredValues<T>.MultiplyAdd(x + 5 * T.Count, w5, sums);
        if (TRegisters.Value > 6) sums = StoredValues<T>.MultiplyAdd(x + 6 * T.Count, w6, sums);
        return sums;
    }

    /// <summary>rᵀX of four rows, a register's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T FourRows<T, TValue>(TValue* x, nint stride, T r0, T r1, T r2, T r3)
        where T : struct, ISimd<T>
        where TValue : unmanaged
    {
        var even = StoredValues<T>.LoadScaled(x) * r0;
        var odd = StoredValues<T>.LoadScaled(x + stride) * r1;
        even = StoredValues<T>.MultiplyAdd(x + 2 * stride, r2, even);
        odd = StoredValues<T>.MultiplyAdd(x + 3 * stride, r3, odd);
        return even + odd;
    }
}
