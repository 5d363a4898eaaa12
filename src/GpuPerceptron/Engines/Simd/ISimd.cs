using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;

namespace GpuPerceptron.Engines.Simd;

/// <summary>
/// A register of float32 lanes, with what the fused pass needs. Code over it is compiled once for each width, with no calls left in it.
/// </summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal unsafe interface ISimd<TSelf> : ILanes<TSelf>
    where TSelf : struct, ISimd<TSelf>
{
    /// <summary>a·b + c with a in memory, in one instruction: from a register of its own, the compiler takes three.</summary>
    static abstract TSelf MultiplyAdd(float* a, TSelf b, TSelf c);

    /// <summary>Loads as many halves as there are lanes, times 2⁻¹¹²: see <see cref="ScaledHalves"/>.</summary>
    static abstract TSelf LoadScaled(Half* address);

    /// <summary>The halves in the lower 16 bits of each lane, times 2⁻¹¹².</summary>
    static abstract TSelf LowerHalves(TSelf pairs);

    /// <summary>The halves in the upper 16 bits of each lane, times 2⁻¹¹².</summary>
    static abstract TSelf UpperHalves(TSelf pairs);

    /// <summary>The sums over the lanes of four registers, in a fixed order.</summary>
    static abstract Vector128<float> Sums(TSelf a, TSelf b, TSelf c, TSelf d);

    /// <summary>Four values in each four lanes.</summary>
    static abstract TSelf InFours(float* values);

    /// <summary>In each four lanes the sums of the same four of four registers: the k-th has that of the k-th register.</summary>
    static abstract TSelf SumsInFours(TSelf a, TSelf b, TSelf c, TSelf d);

    /// <summary>
    /// Of registers' parts of four lanes: the sum of a's first two, of its third and fourth, and so on, then b's likewise; of one part, a. So sums of
    /// fours become sums of all lanes.
    /// </summary>
    static abstract TSelf SumsOfParts(TSelf a, TSelf b);

    /// <summary>In each four lanes their k-th.</summary>
    static abstract TSelf SpreadInFours(TSelf a, [ConstantExpected] byte k);

    /// <summary>The sums, lane by lane, of all fours.</summary>
    static abstract Vector128<float> SumOfFours(TSelf a);

    /// <summary>Values in the order of rows that <see cref="SumsInFours"/> leaves: of n fours the i-th has i, n + i, 2n + i and 3n + i.</summary>
    static abstract TSelf LoadTurned(float* values);

    /// <summary>The same of bytes, each as the number it is.</summary>
    static abstract TSelf LoadBytesTurned(byte* values);

    /// <summary>Adds the lanes to as many float64 numbers.</summary>
    static abstract void AddTo(double* sums, TSelf a);
}
