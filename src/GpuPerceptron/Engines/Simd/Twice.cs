using System.Runtime.CompilerServices;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// Two registers as one. A loss is a long chain of operations that wait for each other, and a processor looks ahead only so far: with
/// two chains abreast it need not wait.
/// </summary>
internal readonly unsafe struct Twice<T>(T first, T second) : ILanes<Twice<T>>
    where T : struct, ILanes<T>
{
    private readonly T _first = first, _second = second;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2 * T.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> Create(float value) => new(T.Create(value), T.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> Load(float* address) => new(T.Load(address), T.Load(address + T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> LoadBytes(byte* address) => new(T.LoadBytes(address), T.LoadBytes(address + T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* address)
    {
        _first.Store(address);
        _second.Store(address + T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> operator +(Twice<T> a, Twice<T> b) => new(a._first + b._first, a._second + b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> operator -(Twice<T> a, Twice<T> b) => new(a._first - b._first, a._second - b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> operator -(Twice<T> a) => new(-a._first, -a._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> operator *(Twice<T> a, Twice<T> b) => new(a._first * b._first, a._second * b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> operator /(Twice<T> a, Twice<T> b) => new(a._first / b._first, a._second / b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> MultiplyAdd(Twice<T> a, Twice<T> b, Twice<T> c) =>
        new(T.MultiplyAdd(a._first, b._first, c._first), T.MultiplyAdd(a._second, b._second, c._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> Abs(Twice<T> a) => new(T.Abs(a._first), T.Abs(a._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> Sqrt(Twice<T> a) => new(T.Sqrt(a._first), T.Sqrt(a._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> Max(Twice<T> a, Twice<T> b) => new(T.Max(a._first, b._first), T.Max(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> Min(Twice<T> a, Twice<T> b) => new(T.Min(a._first, b._first), T.Min(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> ScaleByPowerOfTwo(Twice<T> a, Twice<T> n) =>
        new(T.ScaleByPowerOfTwo(a._first, n._first), T.ScaleByPowerOfTwo(a._second, n._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> ExpOfMinusAbsolute(Twice<T> a) => VectorMath.ExpOfMinus(Abs(a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twice<T> SelectIfAtLeast(Twice<T> a, Twice<T> b, Twice<T> whenTrue, Twice<T> whenFalse) => new(
        T.SelectIfAtLeast(a._first, b._first, whenTrue._first, whenFalse._first),
        T.SelectIfAtLeast(a._second, b._second, whenTrue._second, whenFalse._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumInDouble(Twice<T> a) => T.SumInDouble(a._first + a._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double OddsInDouble(Twice<T> e) => Odds.Product(T.OddsInDouble(e._first), T.OddsInDouble(e._second));
}
