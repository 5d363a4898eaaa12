using System.Runtime.CompilerServices;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>The two products of rows of two to eight registers, whose weights and gradient stay in others.</summary>
internal static unsafe class FewRegisters
{
    /// <summary>A row's products with the weights, added up lane by lane; of the weights there are as many as registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Product<T, TValue, TRegisters>(TValue* x, T w0, T w1, T w2, T w3, T w4, T w5, T w6, T w7)
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
        if (TRegisters.Value > 7) sums = StoredValues<T>.MultiplyAdd(x + 7 * T.Count, w7, sums);
        return sums;
    }

    /// <summary>g += rᵀX of four rows, of whose eight registers there may be fewer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFourRows<T, TValue, TRegisters>(
        TValue* x, nint stride, float* r, ref T g0, ref T g1, ref T g2, ref T g3, ref T g4, ref T g5, ref T g6, ref T g7)
        where T : struct, ISimd<T>
        where TValue : unmanaged
        where TRegisters : struct, ICount
    {
        T r0 = T.Create(r[0]), r1 = T.Create(r[1]), r2 = T.Create(r[2]), r3 = T.Create(r[3]);
        g0 += FourRows(x, stride, r0, r1, r2, r3);
        g1 += FourRows(x + T.Count, stride, r0, r1, r2, r3);
        if (TRegisters.Value > 2) g2 += FourRows(x + 2 * T.Count, stride, r0, r1, r2, r3);
        if (TRegisters.Value > 3) g3 += FourRows(x + 3 * T.Count, stride, r0, r1, r2, r3);
        if (TRegisters.Value > 4) g4 += FourRows(x + 4 * T.Count, stride, r0, r1, r2, r3);
        if (TRegisters.Value > 5) g5 += FourRows(x + 5 * T.Count, stride, r0, r1, r2, r3);
        if (TRegisters.Value > 6) g6 += FourRows(x + 6 * T.Count, stride, r0, r1, r2, r3);
        if (TRegisters.Value > 7) g7 += FourRows(x + 7 * T.Count, stride, r0, r1, r2, r3);
    }

    /// <summary>Stores as many registers as a row has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T, TRegisters>(float* target, T g0, T g1, T g2, T g3, T g4, T g5, T g6, T g7)
        where T : struct, ISimd<T>
        where TRegisters : struct, ICount
    {
        g0.Store(target);
        g1.Store(target + T.Count);
        if (TRegisters.Value > 2) g2.Store(target + 2 * T.Count);
        if (TRegisters.Value > 3) g3.Store(target + 3 * T.Count);
        if (TRegisters.Value > 4) g4.Store(target + 4 * T.Count);
        if (TRegisters.Value > 5) g5.Store(target + 5 * T.Count);
        if (TRegisters.Value > 6) g6.Store(target + 6 * T.Count);
        if (TRegisters.Value > 7) g7.Store(target + 7 * T.Count);
    }

    /// <summary>rᵀX of four rows, a register's width, of rows of any length.</summary>
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
