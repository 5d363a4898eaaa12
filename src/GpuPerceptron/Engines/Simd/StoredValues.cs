using System.Runtime.CompilerServices;

namespace GpuPerceptron.Engines.Simd;

/// <summary>Registers of values as X keeps them, in float32 or float16.</summary>
internal static unsafe class StoredValues<T>
    where T : struct, ISimd<T>
{
    /// <summary>Loads a register of values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<TValue>(TValue* values)
        where TValue : unmanaged =>
        typeof(TValue) == typeof(Half) ? LoadScaled(values) * T.Create(ScaledHalves.Whole) : LoadScaled(values);

    /// <summary>Loads a register of values; of halves times 2⁻¹¹².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LoadScaled<TValue>(TValue* values)
        where TValue : unmanaged => typeof(TValue) == typeof(Half) ? T.LoadScaled((Half*)values) : T.Load((float*)values);

    /// <summary>a·b + c; of halves 2⁻¹¹² a·b + c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T MultiplyAdd<TValue>(TValue* a, T b, T c)
        where TValue : unmanaged =>
        typeof(TValue) == typeof(Half) ? T.MultiplyAdd(T.LoadScaled((Half*)a), b, c) : T.MultiplyAdd((float*)a, b, c);

    /// <summary>What w and r are multiplied by, and v and g in return: see <see cref="ScaledHalves"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale<TValue>() => typeof(TValue) == typeof(Half) ? ScaledHalves.Factor : 1f;
}
