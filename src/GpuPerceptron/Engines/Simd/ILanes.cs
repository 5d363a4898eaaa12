namespace GpuPerceptron.Engines.Simd;

/// <summary>Lanes of float32, and arithmetic on each: what the losses need.</summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal unsafe interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Lanes: a power of two from 4 to 16.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes the same.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Loads <see cref="Count"/> floats; no alignment is asked for.</summary>
    static abstract TSelf Load(float* address);

    /// <summary>Loads <see cref="Count"/> bytes, each as the number it is; no alignment is asked for.</summary>
    static abstract TSelf LoadBytes(byte* address);

    /// <summary>Stores <see cref="Count"/> floats.</summary>
    void Store(float* address);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a·b + c, fused where the processor can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Abs(TSelf a);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary>The greater, lane by lane; b where it is NaN. In one instruction, which cannot promise the same of a.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The less, lane by lane; b where it is NaN.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>a·2ⁿ by n's addition to the exponent, n whole, in the lowest bits of a number: a and the result must be normal.</summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf a, TSelf n);

    /// <summary>e to the power of −|a|, right to 2 ulp; 2⁻¹²⁶ where it is below that, and for NaN.</summary>
    static abstract TSelf ExpOfMinusAbsolute(TSelf a);

    /// <summary>Lane by lane: a ≥ b ? whenTrue : whenFalse; whenFalse for NaN.</summary>
    static abstract TSelf SelectIfAtLeast(TSelf a, TSelf b, TSelf whenTrue, TSelf whenFalse);

    /// <summary>The sum over the lanes, in float64.</summary>
    static abstract double SumInDouble(TSelf a);

    /// <summary>Π (1 + e) − 1 over the lanes, in float64: see <see cref="LossSums{T}"/>.</summary>
    static abstract double OddsInDouble(TSelf e);
}
